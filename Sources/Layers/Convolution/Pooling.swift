import KodamaTensors

/// The largest or the mean of the elements under a window that slides along time, or along height and width; or over all
/// positions.
///
/// - Shapes: x [B, T, C] → [B, T′, C], or [B, H, W, C] → [B, H′, W′, C]; a global one → [B, C].
/// - Parameters in checkpoints: none.
public enum Pooling: Layer, Equatable {
  /// A window that slides.
  case sliding(PoolingGeometry)
  /// The mean of each channel over all positions.
  case globalAverage
  /// The largest of each channel over all positions.
  case globalMaximum

  public var declarations: [ParameterDeclaration] { [] }

  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    switch self {
    case .sliding(let geometry): x.pooled(geometry)
    case .globalAverage: x.globalAverage()
    case .globalMaximum: x.globalMaximum()
    }
  }
}
