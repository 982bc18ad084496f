import KodamaTensors

/// Maximum or average pooling over sliding windows along time, or along height and width, or over all positions.
///
/// - Shapes: x [B, T, C] → [B, T′, C], or [B, H, W, C] → [B, H′, W′, C]; a global one → [B, C].
/// - Parameters in checkpoints: none.
public enum Pooling: Layer, Equatable {
  /// Pooling over sliding windows.
  case sliding(PoolingGeometry)
  /// The mean of each channel over all positions.
  case globalAverage
  /// The maximum of each channel over all positions.
  case globalMaximum

  public var declarations: [ParameterDeclaration] { [] }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` with all lengths where there is no output, a window covers only padding, or the rank
  ///   does not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    if case .sliding(let geometry) = self { return try geometry.validatedOutputShape(of: input) }
    let operation = "a global pooling"
    let axes = input.rank - 2
    if !(1...2).contains(axes) { throw .otherInput(operation: operation, input: input, axes: 1, channels: nil) }
    let positions = input.extents[1...axes]
    if positions.contains(0) {
      throw .noOutput(operation: operation, input: input, windows: positions.map { SlidingWindow(max(1, $0)) })
    }
    return [input[0], input.last]
  }

  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    switch self {
    case .sliding(let geometry): x.pooled(geometry)
    case .globalAverage: x.globalAverage()
    case .globalMaximum: x.globalMaximum()
    }
  }
}
