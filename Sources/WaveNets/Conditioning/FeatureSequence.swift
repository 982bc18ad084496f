import KodamaTensors

/// The features of a whole signal, frame by frame. The first frame is repeated before the signal, the last one after
/// it.
public struct FeatureSequence: Sendable, Hashable {
  /// The numbers, [frames, C].
  public let values: [Float]
  /// The channels of a frame.
  public let channels: Int

  /// Features of at least one frame.
  ///
  /// - Precondition: the number of values is a positive multiple of `channels`.
  public init(_ values: [Float], channels: Int) {
    precondition(
      channels > 0 && !values.isEmpty && values.count % channels == 0,
      "\(values.count) numbers are no frames of \(channels)")
    self.values = values
    self.channels = channels
  }

  /// One frame of zeros, which represents the whole signal: for measurements whose time does not depend on the
  /// features.
  package static func silence(of features: FeatureConditioning) -> FeatureSequence {
    FeatureSequence([Float](repeating: 0, count: features.channels), channels: features.channels)
  }

  /// The number of frames.
  public var frames: Int { values.count / channels }

  /// A range of frames, [range, C]; those outside the signal repeat the nearest.
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
  /// The features of the steps of a pass over one signal.
  ///
  /// - Parameter steps: a range of the signal's steps; the first is a multiple of the hop.
  public func window(of features: FeatureSequence, steps: Range<Int>) -> FeatureWindow {
    precondition(
      steps.lowerBound % hopLength == 0 && features.channels == channels,
      "steps \(steps) of \(features.channels) channels for a hop of \(hopLength) and \(channels) channels")
    let first = steps.lowerBound / hopLength - marginFrames
    let frames = windowFrames(steps: steps.count)
    return FeatureWindow(features.frames(first..<first + frames), shape: [1, frames, channels])
  }

  /// Whether a signal of this length has this number of frames: one for every hop that starts within it, or one more
  /// where frames are centered on the hops.
  public func hasFrames(_ frames: Int, forSamples samples: Int) -> Bool {
    frames == (samples + hopLength - 1) / hopLength || frames == 1 + samples / hopLength
  }
}

/// The features of the steps of a pass through a network: from `marginFrames` before the frame of the first step to as
/// many after that of the last.
///
/// The first step of a pass is a multiple of the hop; T steps need ⌈T / hop⌉ + 2 · margin frames.
public struct FeatureWindow: Sendable, Equatable {
  /// The frames of every signal.
  public let values: [Float]
  /// [B, frames, C].
  public let shape: Shape

  /// - Precondition: as many numbers as `shape` [B, frames, C] has elements.
  public init(_ values: [Float], shape: Shape) {
    precondition(values.count == shape.count && shape.rank == 3, "\(values.count) numbers do not fill shape \(shape)")
    self.values = values
    self.shape = shape
  }
}

extension FeatureConditioning {
  /// The number of frames of a window for `steps` steps.
  public func windowFrames(steps: Int) -> Int { (steps + hopLength - 1) / hopLength + 2 * marginFrames }
}
