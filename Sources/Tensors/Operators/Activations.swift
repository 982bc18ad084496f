// Activation functions.

extension Variable {
  /// tanh x.
  public func tanh() -> Variable { unary(.tanh) }
  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Variable { unary(.sigmoid) }
  /// max(0, x).
  public func relu() -> Variable { unary(.leakyReLU(slope: 0)) }

  /// x, or `slope` · x where x < 0.
  ///
  /// - Source: Maas et al. 2013.
  public func leakyReLU(slope: S = 0.01) -> Variable { unary(.leakyReLU(slope: slope)) }

  /// x, or `scale` · (eˣ − 1) where x < 0.
  ///
  /// - Source: Clevert et al. 2016, eq. 15.
  public func elu(scale: S = 1) -> Variable { unary(.elu(scale: scale)) }

  /// x · sigmoid(x), also called swish.
  ///
  /// - Source: Elfwing et al. 2018; Ramachandran et al. 2017.
  public func silu() -> Variable { unary(.silu) }

  /// x · Φ(x), Φ the distribution function of the standard normal distribution; exact, not the tanh approximation.
  ///
  /// - Source: Hendrycks and Gimpel 2016.
  public func gelu() -> Variable { unary(.gelu) }

  /// x limited to ±1.
  public func hardTanh() -> Variable { clamped(to: -1...1) }

  /// x · clamp(x + 3, 0, 6) / 6.
  ///
  /// - Source: Howard et al. 2019, §5.2.
  public func hardSwish() -> Variable { unary(.hardSwish) }

  /// ln(1 + e^(sharpness · x)) / sharpness, a smooth ReLU.
  ///
  /// - Precondition: the sharpness is positive.
  public func softplus(sharpness: S = 1) -> Variable {
    precondition(sharpness > 0, "softplus needs a positive sharpness, not \(sharpness)")
    return unary(.softplus(sharpness: sharpness))
  }

  /// The gated activation tanh(x_filter) · sigmoid(x_gate), where the first half of the innermost axis is the filter
  /// and the second half the gate.
  ///
  /// - Shapes: [.., 2C] → [.., C].
  /// - Source: van den Oord et al. 2016, §2.3, eq. 2.
  public func gated() -> Variable {
    precondition(shape.last % 2 == 0, "a gated activation halves the innermost axis of \(shape)")
    let channels = shape.last / 2
    let filter = sliced(axis: -1, 0..<channels)
    let gate = sliced(axis: -1, channels..<2 * channels)
    return filter.tanh() * gate.sigmoid()
  }
}
