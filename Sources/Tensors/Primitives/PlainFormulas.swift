import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// The formulas that plain loops compute, in double precision, and kernels are compared with.

extension UnaryFunction {
  /// f(x).
  @_specialize(where S == Double)
  func callAsFunction(_ x: S) -> S {
    let v = Double(x)
    switch self {
    case .exponential: return S(exp(v))
    case .logarithm: return S(log(v))
    case .squareRoot: return x.squareRoot()
    case .magnitude: return Swift.abs(x)
    case .square: return x * x
    case .power(let p): return S(pow(v, Double(p)))
    case .reciprocal: return 1 / x
    case .clamp(let low, let high): return x < low ? low : x > high ? high : x
    case .tanh: return S(Self.hyperbolicTangent(v))
    case .sigmoid: return S(Self.logistic(v))
    case .leakyReLU(let slope): return x < 0 ? slope * x : x
    case .elu(let scale): return x < 0 ? scale * S(expm1(v)) : x
    case .silu: return S(v * Self.logistic(v))
    case .gelu: return S(v * Self.normalShare(v))
    case .hardSwish: return S(v * min(max(v + 3, 0), 6) / 6)
    case .softplus(let sharpness):
      let z = Double(sharpness) * v
      return S((z > 0 ? v : 0) + log1p(exp(-Swift.abs(z))) / Double(sharpness))
    case .huber(let threshold):
      let size = Swift.abs(x)
      return size > threshold ? threshold * (size - threshold / 2) : x * x / 2
    }
  }

  /// f′(x), from x and y = f(x).
  @_specialize(where S == Double)
  func derivative(at x: S, where y: S) -> S {
    let v = Double(x)
    switch self {
    case .exponential: return y
    case .logarithm: return 1 / x
    case .squareRoot: return 1 / (2 * y)
    case .magnitude: return x > 0 ? 1 : x < 0 ? -1 : x
    case .square: return 2 * x
    case .power(let p): return p * S(pow(v, Double(p) - 1))
    case .reciprocal: return -y * y
    case .clamp(let low, let high): return x >= low && x <= high ? 1 : 0
    case .tanh: return 1 - y * y
    case .sigmoid: return y * (1 - y)
    case .leakyReLU(let slope): return x > 0 ? 1 : slope
    case .elu(let scale): return x < 0 ? y + scale : 1
    case .silu:
      let share = Self.logistic(v)
      return S(share * (1 + v * (1 - share)))
    case .gelu: return S(Self.normalShare(v) + v * exp(-v * v / 2) / (2 * Double.pi).squareRoot())
    case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6
    case .softplus(let sharpness): return S(Self.logistic(Double(sharpness) * v))
    case .huber(let threshold): return x < -threshold ? -threshold : x > threshold ? threshold : x
    }
  }

  private static func hyperbolicTangent(_ x: Double) -> Double {
    #if canImport(Glibc)
      Glibc.tanh(x)
    #else
      Darwin.tanh(x)
    #endif
  }

  private static func logistic(_ x: Double) -> Double { 0.5 * hyperbolicTangent(0.5 * x) + 0.5 }

  /// The distribution function of the standard normal distribution.
  private static func normalShare(_ x: Double) -> Double { 0.5 * (1 + erf(x * 0.5.squareRoot())) }
}

extension BinaryOperation {
  @_specialize(where S == Double)
  func callAsFunction<S: Scalar>(_ a: S, _ b: S) -> S {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: S(pow(Double(a), Double(b)))
    case .maximum: a.isNaN || a > b ? a : b
    case .minimum: a.isNaN || a < b ? a : b
    case .greater: a > b ? 1 : 0
    case .equal: a == b ? 1 : 0
    }
  }
}

extension Reduction {
  /// - Precondition: at least one element.
  @_specialize(where S == Double)
  func callAsFunction<S: Scalar>(_ x: UnsafeBufferPointer<S>) -> S {
    switch self {
    case .sum: return S(x.reduce(0.0) { $0 + Double($1) })
    case .largest: return x.dropFirst().reduce(x[0]) { BinaryOperation.maximum($0, $1) }
    case .logSumExp:
      let largest = Reduction.largest(x)
      // Infinity and NaN are returned unchanged.
      if !largest.isFinite { return largest }
      return S(Double(largest) + log(x.reduce(0.0) { $0 + exp(Double($1) - Double(largest)) }))
    }
  }
}

extension kodama_windows {
  /// The taps of an output that lie inside the map, with the position of each.
  func forEachTap(ofOutput output: Int, _ body: (_ tap: Int, _ position: Int) -> Void) {
    let (row, column) = output.quotientAndRemainder(dividingBy: out_width)
    for ky in 0..<kernel_height {
      let y = row * stride_height + ky * dilation_height - padding_height
      for kx in 0..<kernel_width where y >= 0 && y < height {
        let x = column * stride_width + kx * dilation_width - padding_width
        if x >= 0 && x < width { body(ky * kernel_width + kx, y * width + x) }
      }
    }
  }
}

extension kodama_finish {
  /// x limited to the range; NaN stays.
  func limited<S: Scalar>(_ x: S) -> S { x < S(lower) ? S(lower) : x > S(upper) ? S(upper) : x }
}

extension kodama_runs {
  /// The contiguous runs of a row.
  func forEachRun<S>(ofRow row: Int, _ body: (_ run: Int, _ elements: UnsafePointer<S>) -> Void) {
    for run in 0..<runs {
      body(run, starts[run * rows + row].unsafelyUnwrapped.assumingMemoryBound(to: S.self))
    }
  }
}
