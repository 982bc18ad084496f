/// The features of a whole signal, frame after frame. Frames before the first and after the last repeat them.
public struct FeatureSequence: Sendable, Hashable {
  /// The numbers, [frames, C].
  public let values: [Float]
  /// Numbers of a frame.
  public let channels: Int

  /// Features of at least one frame.
  ///
  /// - Precondition: as many numbers as frames of `channels` have.
  public init(_ values: [Float], channels: Int) {
    precondition(
      channels > 0 && !values.isEmpty && values.count % channels == 0,
      "\(values.count) numbers are no frames of \(channels)")
    self.values = values
    self.channels = channels
  }

  /// One frame of zeros, which stands for all: for what takes as long whatever the features are.
  package static func silence(of features: FeatureConditioning) -> FeatureSequence {
    FeatureSequence([Float](repeating: 0, count: features.channels), channels: features.channels)
  }

  /// The number of frames.
  public var frames: Int { values.count / channels }

  /// Some frames, [range, C], of which those outside repeat the nearest.
  public func frames(_ range: Range<Int>) -> [Float] {
    var rows: [Float] = []
    rows.reserveCapacity(range.count * channels)
    for frame in range {
      let start = max(0, min(frames - 1, frame)) * channels
      rows += values[start..<start + channels]
    }
    return rows
  }
}

extension FeatureConditioning {
  /// The features beside the steps of a pass over one signal.
  ///
  /// - Parameter steps: which of the signal's steps; the first is a multiple of the hop.
  public func window(of features: FeatureSequence, steps: Range<Int>) -> FeatureWindow {
    precondition(
      steps.lowerBound % hopLength == 0 && features.channels == channels,
      "steps \(steps) of \(features.channels) channels for a hop of \(hopLength) and \(channels) channels")
    let first = steps.lowerBound / hopLength - marginFrames
    let frames = windowFrames(steps: steps.count)
    return FeatureWindow(features.frames(first..<first + frames), shape: [1, frames, channels])
  }

  /// Whether so many frames are those of a signal of so many samples: one for every hop that begins within it, or one
  /// more, as frames that are centred on every hop have it.
  public func hasFrames(_ frames: Int, forSamples samples: Int) -> Bool {
    frames == (samples + hopLength - 1) / hopLength || frames == 1 + samples / hopLength
  }
}
