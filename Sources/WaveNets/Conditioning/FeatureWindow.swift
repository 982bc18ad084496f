import KodamaTensors

/// The features beside the steps of a pass through a network: from `marginFrames` before the frame of the first step to
/// as many after that of the last.
///
/// The first step of a pass stands at a multiple of the hop; T steps need ⌈T / hop⌉ + 2 · margin frames.
public struct FeatureWindow: Sendable, Equatable {
  /// The frames of every signal.
  public let values: [Float]
  /// [B, frames, C].
  public let shape: Shape

  /// As many numbers as `shape` [B, frames, C] has elements.
  public init(_ values: [Float], shape: Shape) {
    precondition(values.count == shape.count && shape.rank == 3, "\(values.count) numbers do not fill shape \(shape)")
    self.values = values
    self.shape = shape
  }
}

extension FeatureConditioning {
  /// The frames of a window for some steps.
  public func windowFrames(steps: Int) -> Int { (steps + hopLength - 1) / hopLength + 2 * marginFrames }
}
