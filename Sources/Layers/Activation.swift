import KodamaTensors

/// The choice of an elementwise activation function of a layer.
public enum Activation: String, Sendable, Equatable, CaseIterable, Codable {
  /// max(0, x).
  case relu
  /// x limited to 0...6.
  ///
  /// - Source: Krizhevsky 2010; used by Howard et al. 2017 and Sandler et al. 2018.
  case relu6
  /// x · sigmoid(x).
  case silu

  /// The limits of the functions that only limit their argument; nil of others.
  public var limits: ClosedRange<Double>? {
    switch self {
    case .relu: 0...Double.infinity
    case .relu6: 0...6
    case .silu: nil
    }
  }

  /// Applies the function to every element.
  public func forward<S: Scalar>(_ x: Variable<S>) -> Variable<S> {
    switch self {
    case .relu: x.relu()
    case .relu6: x.clamped(to: 0...6)
    case .silu: x.silu()
    }
  }
}
