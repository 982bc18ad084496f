import KodamaCore

/// Errors in the arguments of a C function.
enum CallFault: Fault, Equatable {
  /// A required pointer is NULL.
  case null(argument: String)
  /// More elements than fit into memory.
  case count(UInt)
  /// The size of a `kodama_sampling` is unknown to this library.
  case samplingSize(UInt32, known: Int)
  /// A sample to prime with is infinite or not a number.
  case sampleNotFinite(index: Int)
  /// A value of a frame is infinite or not a number.
  case featureNotFinite(frame: Int, channel: Int)
  /// More samples than there are features for.
  case samplesBeyondFeatures(count: Int, available: Int)
  /// Frames after the end of a stream's features.
  case featuresEnded
  /// The end of features before any frame was added.
  case noFeaturesToEnd

  var description: String {
    switch self {
    case .null(let argument): "\(argument) is NULL"
    case .count(let count): "count is \(count), more than memory can hold"
    case .samplingSize(let size, let known):
      "sampling->size is \(size), and this library knows \(known): begin with KODAMA_SAMPLING_STANDARD, and use a "
        + "library that is not older than its header"
    case .sampleNotFinite(let index): "samples[\(index)] is not a finite number"
    case .featureNotFinite(let frame, let channel): "channel \(channel) of frame \(frame) is not a finite number"
    case .samplesBeyondFeatures(let count, let available):
      "count is \(count), and the features of the next \(available) samples are known: ask for no more than these, or bring "
        + "more with kodama_stream_add_features or kodama_stream_end_features"
    case .featuresEnded:
      "the features of this stream were ended, and the last frame stands for all after it: add frames before "
        + "kodama_stream_end_features, or to another stream"
    case .noFeaturesToEnd:
      "no frame was added, and the last one is to stand for all after it: call kodama_stream_add_features first"
    }
  }

  var exitStatus: ExitStatus {
    switch self {
    case .null, .count, .samplingSize, .samplesBeyondFeatures, .featuresEnded, .noFeaturesToEnd: .usage
    case .sampleNotFinite, .featureNotFinite: .badData
    }
  }
}
