import CKernels

/// A function of one element, y = f(x).
package enum UnaryFunction<S: Scalar>: Sendable, Equatable {
  /// eˣ.
  case exponential
  /// ln x.
  case logarithm
  /// √x.
  case squareRoot
  /// |x|; the derivative at 0 is 0.
  case magnitude
  /// x².
  case square
  /// xᵖ.
  case power(S)
  /// 1 / x.
  case reciprocal
  /// x limited to a range; the derivative is 1 inside, bounds included, and 0 outside.
  case clamp(S, S)
  /// tanh x.
  case tanh
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// x, or `slope` · x where x < 0.
  case leakyReLU(slope: S)
  /// x, or `scale` · (eˣ − 1) where x < 0.
  case elu(scale: S)
  /// x · sigmoid(x).
  case silu
  /// x · (1 + erf(x / √2)) / 2.
  case gelu
  /// x · clamp(x + 3, 0, 6) / 6.
  case hardSwish
  /// ln(1 + e^(sharpness · x)) / sharpness.
  case softplus(sharpness: S)
  /// x² / 2, or `threshold` · (|x| − threshold / 2) where |x| > threshold.
  case huber(threshold: S)

  /// Whether the derivative follows from y = f(x) alone, so that x need not be kept for it.
  var isDifferentiableFromOutput: Bool {
    switch self {
    case .exponential, .squareRoot, .reciprocal, .tanh, .sigmoid: true
    // The sign of y is that of x.
    case .leakyReLU(let slope): slope >= 0
    case .elu(let scale): scale > 0
    case .logarithm, .magnitude, .square, .power, .clamp, .silu, .gelu, .hardSwish, .softplus, .huber: false
    }
  }

  /// Its code and constants for C kernels.
  var kernel: (code: kodama_unary, p: S, q: S) {
    switch self {
    case .exponential: (KODAMA_EXP, 0, 0)
    case .logarithm: (KODAMA_LOG, 0, 0)
    case .squareRoot: (KODAMA_SQRT, 0, 0)
    case .magnitude: (KODAMA_ABS, 0, 0)
    case .square: (KODAMA_SQUARE, 0, 0)
    case .power(let exponent): (KODAMA_POWER, exponent, 0)
    case .reciprocal: (KODAMA_RECIPROCAL, 0, 0)
    case .clamp(let low, let high): (KODAMA_CLAMP, low, high)
    case .tanh: (KODAMA_TANH, 0, 0)
    case .sigmoid: (KODAMA_SIGMOID, 0, 0)
    case .leakyReLU(let slope): (KODAMA_LEAKY_RELU, slope, 0)
    case .elu(let scale): (KODAMA_ELU, scale, 0)
    case .silu: (KODAMA_SILU, 0, 0)
    case .gelu: (KODAMA_GELU, 0, 0)
    case .hardSwish: (KODAMA_HARD_SWISH, 0, 0)
    case .softplus(let sharpness): (KODAMA_SOFTPLUS, sharpness, 0)
    case .huber(let threshold): (KODAMA_HUBER, threshold, 0)
    }
  }
}

/// An operation of two elements.
package enum BinaryOperation: Sendable, CaseIterable {
  case add, subtract, multiply, divide
  /// a to the power of b.
  case power
  /// The maximum; NaN where one is NaN.
  case maximum
  /// The minimum; NaN where one is NaN.
  case minimum
  /// 1 where a > b, else 0.
  case greater
  /// 1 where a = b, else 0.
  case equal

  var kernel: kodama_binary {
    switch self {
    case .add: KODAMA_ADD
    case .subtract: KODAMA_SUBTRACT
    case .multiply: KODAMA_MULTIPLY
    case .divide: KODAMA_DIVIDE
    case .power: KODAMA_POW
    case .maximum: KODAMA_MAXIMUM
    case .minimum: KODAMA_MINIMUM
    case .greater: KODAMA_GREATER
    case .equal: KODAMA_EQUAL
    }
  }
}

/// A reduction of many elements to one.
package enum Reduction: Sendable, CaseIterable {
  case sum
  /// The maximum; NaN where one is NaN.
  case largest
  /// ln Σ eˣ, without overflow.
  case logSumExp

  var kernel: kodama_reduction {
    switch self {
    case .sum: KODAMA_SUM
    case .largest: KODAMA_LARGEST
    case .logSumExp: KODAMA_LOG_SUM_EXP
    }
  }
}
