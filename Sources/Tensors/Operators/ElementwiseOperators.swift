import KodamaCore

// Elementwise functions, activations and dropout.

extension Variable {
  /// eˣ.
  public func exponential() -> Variable { unary(.exponential) }
  /// ln x.
  public func logarithm() -> Variable { unary(.logarithm) }
  /// √x.
  public func squareRoot() -> Variable { unary(.squareRoot) }
  /// |x|; its gradient at 0 is 0.
  public func magnitude() -> Variable { unary(.magnitude) }
  /// x².
  public func squared() -> Variable { unary(.square) }
  /// xᵖ for a number p.
  public func power(_ exponent: S) -> Variable { unary(.power(exponent)) }
  /// 1 / x.
  public func reciprocal() -> Variable { unary(.reciprocal) }
  /// x limited to a range; the gradient passes inside it, bounds included.
  public func clamped(to range: ClosedRange<S>) -> Variable { unary(.clamp(range.lowerBound, range.upperBound)) }

  func unary(_ function: UnaryFunction<S>) -> Variable {
    let workspace = tape.workspace
    let output = workspace.backend.unary(function, value, in: workspace.resources)
    let input = function.isDifferentiableFromOutput ? output : value
    return tape.record([self], output: output) { gradient in
      [workspace.backend.unaryGradient(function, x: input, y: output, dy: gradient, in: workspace.resources)]
    }
  }
}

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

extension Variable {
  /// Sets elements to 0 with probability `rate` and divides the others by 1 − rate.
  ///
  /// - Parameters:
  ///   - rate: in [0, 1).
  ///   - random: the generator, with one draw per element.
  /// - Source: Srivastava et al. 2014, in the inverted form.
  public func dropout(rate: Double, random: Philox) -> Variable {
    precondition((0..<1).contains(rate), "a dropout rate is in [0, 1), not \(rate)")
    if rate == 0 { return self }
    let (kept, key, first) = (S(1 / (1 - rate)), random.key, random.position)
    var mask = Tensor<S>(undefined: shape, workspace: tape.workspace)
    let region = mask.mutable
    tape.workspace.workers.forEachRun(of: shape.count) { run in
      // Each element has a fixed position in the stream, so runs may be drawn in any order.
      var draws = Philox(seed: key.0, stream: key.1, position: first + UInt64(run.lowerBound))
      for element in run { region.base[element] = draws.uniform() < rate ? 0 : kept }
    }
    return self * tape.constant(mask)
  }
}
