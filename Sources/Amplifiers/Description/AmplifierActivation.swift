/// A function of one number between layers.
public enum AmplifierActivation: Sendable, Equatable {
  case tanh
  /// A ratio of polynomials near tanh, within 1e-3.
  case fastTanh
  /// x between −1 and 1.
  case hardTanh
  case relu
  /// x, below zero times a slope.
  case leakyReLU(slope: Float)
  /// As `leakyReLU` with learned slopes: one for all channels, or one of each.
  case prelu(slopes: [Float])
  case sigmoid
  /// x · sigmoid(x)
  case silu
  /// x · clip(x + 3, 0, 6) / 6
  case hardSwish
  /// x between two bounds, beyond them with slopes.
  case leakyHardTanh(minimum: Float, maximum: Float, slopeBelow: Float, slopeAbove: Float)
  /// x / (1 + |x|)
  case softsign

  /// Its name in files.
  public var name: String {
    switch self {
    case .tanh: "Tanh"
    case .fastTanh: "Fasttanh"
    case .hardTanh: "Hardtanh"
    case .relu: "ReLU"
    case .leakyReLU: "LeakyReLU"
    case .prelu: "PReLU"
    case .sigmoid: "Sigmoid"
    case .silu: "SiLU"
    case .hardSwish: "Hardswish"
    case .leakyHardTanh: "LeakyHardtanh"
    case .softsign: "Softsign"
    }
  }

  /// Each function, with the usual parameters.
  static let usual: [AmplifierActivation] = [
    .tanh, .hardTanh, .fastTanh, .relu, .leakyReLU(slope: 0.01), .prelu(slopes: [0.01]), .sigmoid, .silu, .hardSwish,
    .leakyHardTanh(minimum: -1, maximum: 1, slopeBelow: 0.01, slopeAbove: 0.01), .softsign,
  ]
}

/// How the channels of a convolution become a layer's: as they are, or halved by a gate.
public enum AmplifierGating: Sendable, Equatable {
  /// z = f(a)
  case none
  /// z = f(a) · g(b), with a the first half of the channels and b the second.
  case gated(by: AmplifierActivation)
  /// z = g(b) · f(a) + (1 − g(b)) · a
  case blended(by: AmplifierActivation)

  /// Whether the convolution has twice the channels.
  public var isHalving: Bool { self != .none }

  /// g
  public var second: AmplifierActivation? {
    switch self {
    case .none: nil
    case .gated(let second), .blended(let second): second
    }
  }
}
