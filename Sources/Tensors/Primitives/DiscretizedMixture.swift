import CKernels

/// A mixture of K distributions over the cells of a grid.
///
/// A grid of L levels has the values x_k = g · (2k − L) / L for k in 0..<L, where g is the gain. Their cells extend h =
/// g/L to both sides, the first to −∞ and the last to ∞:
///
///     p(k) = Σᵢ softmax(w)ᵢ · (F((x_k + h − mᵢ) / sᵢ) − F((x_k − h − mᵢ) / sᵢ)),   sᵢ = exp(max(log sᵢ, floor))
///
/// where F is the distribution function of the kind; F(∞) = 1 and F(−∞) = 0 at the ends, so that the sum over all cells
/// is 1. A mixture is parameterized by a row of 3K numbers: the logits w, then the means m, then the log scales log s.
///
/// - Source: Salimans et al. 2017, "PixelCNN++", eq. 2, for images of 256 levels.
public struct DiscretizedMixture: Sendable, Hashable {
  /// The distribution of one component.
  public enum Kind: Sendable, Hashable {
    /// F(z) = 1 / (1 + e⁻ᶻ).
    case logistic
    /// F(z) = Φ(z), the normal distribution's.
    case gaussian
  }

  /// The valid numbers of components.
  public static let componentRange = 1...Int(KODAMA_MIXTURE_COMPONENTS)

  /// The distribution of its components.
  public let kind: Kind
  /// The number K of components.
  public let components: Int
  /// The number L of levels of the grid.
  public let levels: Int
  /// The magnitude that the values of the grid extend to.
  public let gain: Double
  /// The natural logarithm of the smallest scale.
  public let logScaleFloor: Double

  /// - Precondition: the components are in their range, there are 2 to 2³⁰ levels, and the gain is positive.
  public init(_ kind: Kind, components: Int, levels: Int, gain: Double = 1, logScaleFloor: Double) {
    precondition(Self.componentRange.contains(components), "a mixture of \(components) components")
    precondition((2...1 << 30).contains(levels), "a grid of \(levels) levels")
    precondition(gain > 0 && gain.isFinite, "a gain of \(gain)")
    self.kind = kind
    self.components = components
    self.levels = levels
    self.gain = gain
    self.logScaleFloor = logScaleFloor
  }

  /// The numbers of a row: 3K.
  public var channels: Int { 3 * components }

  /// The parameter of C kernels.
  package var kernel: kodama_mixture {
    kodama_mixture(
      kind: kind == .logistic ? KODAMA_LOGISTIC : KODAMA_GAUSSIAN, components: components, levels: Int32(levels),
      gain: gain,
      log_scale_floor: logScaleFloor)
  }
}
