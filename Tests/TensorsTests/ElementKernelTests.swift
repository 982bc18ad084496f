import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Elementwise functions, operations and reductions of every instruction set against the plain formulas in double
/// precision, with canaries around every output.
@Suite struct ElementKernelTests {
  static let entries = InstructionSet.available
  static let sizes = [1, 2, 3, 15, 16, 17, 33, 100, 257, 1_111]

  static let functions: [UnaryFunction<Float>] = [
    .exponential, .logarithm, .squareRoot, .magnitude, .square, .power(1.7), .power(-2), .reciprocal, .clamp(-0.5, 0.7),
    .tanh, .sigmoid, .leakyReLU(slope: 0), .leakyReLU(slope: 0.1), .elu(scale: 1.5), .silu, .gelu, .hardSwish,
    .softplus(sharpness: 1), .softplus(sharpness: 3), .huber(threshold: 0.6),
  ]

  private func double(_ function: UnaryFunction<Float>) -> UnaryFunction<Double> {
    switch function {
    case .exponential: .exponential
    case .logarithm: .logarithm
    case .squareRoot: .squareRoot
    case .magnitude: .magnitude
    case .square: .square
    case .power(let p): .power(Double(p))
    case .reciprocal: .reciprocal
    case .clamp(let low, let high): .clamp(Double(low), Double(high))
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .leakyReLU(let slope): .leakyReLU(slope: Double(slope))
    case .elu(let scale): .elu(scale: Double(scale))
    case .silu: .silu
    case .gelu: .gelu
    case .hardSwish: .hardSwish
    case .softplus(let sharpness): .softplus(sharpness: Double(sharpness))
    case .huber(let threshold): .huber(threshold: Double(threshold))
    }
  }

  /// Numbers of a function's domain.
  private func inputs(_ function: UnaryFunction<Float>, count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    let numbers = (0..<count).map { _ in Float(3 * generator.normal()) }
    switch function {
    case .logarithm, .squareRoot, .power: return numbers.map { abs($0) + 0.01 }
    default: return numbers
    }
  }

  /// Each number within a tolerance of its own size, and finite.
  private func expect(_ got: Guarded, _ expected: [Double], tolerance: Double, _ what: String) {
    #expect(got.isIntact && got.count == expected.count, "\(what) wrote outside its buffer")
    for (a, b) in zip(got.values, expected) where !(abs(Double(a) - b) <= tolerance * max(1, abs(b))) {
      Issue.record("\(what), n = \(got.count): \(a), not \(b)")
      return
    }
  }

  @Test(arguments: entries) func functionsAndTheirDerivatives(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    for function in Self.functions {
      let exact = double(function)
      for n in Self.sizes {
        let (x, upstream) = (inputs(function, count: n), inputs(.tanh, count: n, seed: 2))
        let (y, inPlace) = (Guarded(x), Guarded(x))
        primitives.unary(function, n: n, x, y.base)
        primitives.unary(function, n: n, inPlace.base, inPlace.base)
        #expect(y.values == inPlace.values, "\(function) in place")
        expect(y, x.map { exact(Double($0)) }, tolerance: 1e-6, "\(function) of \(entry)")

        let (dx, dy) = (Guarded(x), Guarded(upstream))
        let kept = function.isDifferentiableFromOutput ? y.values : x
        primitives.unaryGradient(function, n: n, kept, y.values, upstream, dx.base)
        primitives.unaryGradient(function, n: n, kept, y.values, dy.base, dy.base)
        #expect(dx.values == dy.values, "derivative of \(function) in place")
        let slopes = zip(x, upstream).map { x, dy in
          Double(dy) * exact.derivative(at: Double(x), where: exact(Double(x)))
        }
        expect(dx, slopes, tolerance: 4e-6, "derivative of \(function) of \(entry)")
      }
    }
  }

  @Test(arguments: entries) func functionsHoldOverTheirWholeRange(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    let x = stride(from: -100, through: 100, by: 1.0 / 64).map { Float($0) }
    for function: UnaryFunction<Float> in [
      .tanh, .sigmoid, .silu, .gelu, .elu(scale: 1), .hardSwish, .softplus(sharpness: 1),
    ] {
      let y = Guarded(x)
      primitives.unary(function, n: x.count, x, y.base)
      expect(y, x.map { double(function)(Double($0)) }, tolerance: 4e-7, "\(function) of \(entry)")
    }
    let inside = x.filter { $0 <= 88 }
    let y = Guarded(inside)
    primitives.unary(.exponential, n: inside.count, inside, y.base)
    for (got, x) in zip(y.values, inside) {
      #expect(abs(Double(got) - exp(Double(x))) <= max(8e-7 * exp(Double(x)), 1e-37), "exp \(x)")
    }
  }

  @Test(arguments: entries) func whatIsNotFinite(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    let x: [Float] = [.nan, .infinity, -.infinity, 90, -120]
    for function in Self.functions {
      var y = [Float](repeating: 0, count: 20)
      primitives.unary(function, n: 20, (0..<20).map { _ in .nan }, &y)
      #expect(y.allSatisfy { $0.isNaN }, "\(function) of NaN")
    }
    func of(_ function: UnaryFunction<Float>) -> [Float] {
      var y = [Float](repeating: 0, count: 5)
      primitives.unary(function, n: 5, x, &y)
      return Array(y.dropFirst())
    }
    #expect(of(.exponential) == [.infinity, 0, .infinity, 0])
    #expect(of(.huber(threshold: 1)) == [.infinity, .infinity, 89.5, 119.5])
    for (function, limits): (UnaryFunction<Float>, [Float]) in [
      (.tanh, [1, -1, 1, -1]), (.sigmoid, [1, 0, 1, 0]), (.softplus(sharpness: 1), [.infinity, 0, 90, 0]),
      (.elu(scale: 1), [.infinity, -1, 90, -1]),
    ] {
      for (got, limit) in zip(of(function), limits) { #expect(got == limit || abs(got - limit) < 4e-7, "\(function)") }
    }
  }

  @Test(arguments: entries) func operations(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    for operation in BinaryOperation.allCases {
      for n in Self.sizes {
        var (a, b) = (inputs(.logarithm, count: n), inputs(operation == .power ? .tanh : .logarithm, count: n, seed: 5))
        // Equal ones too.
        if n > 2 { b[n / 2] = a[n / 2] }
        for (aStep, bStep) in [(1, 1), (1, 0), (0, 1), (0, 0)] {
          let out = Guarded(a)
          primitives.binary(operation, n: n, a, step: aStep, b, step: bStep, out.base)
          let expected = (0..<n).map { operation(Double(a[$0 * aStep]), Double(b[$0 * bStep])) }
          expect(out, expected, tolerance: 1e-6, "\(operation) of \(entry), steps \(aStep) and \(bStep)")
        }
        a.withUnsafeMutableBufferPointer { a in
          let expected = (0..<n).map { operation(Double(a[$0]), Double(b[$0])) }
          primitives.binary(operation, n: n, a.baseAddress!, step: 1, b, step: 1, a.baseAddress!)
          expect(Guarded(Array(a)), expected, tolerance: 1e-6, "\(operation) of \(entry) in place")
        }
      }
    }
    for operation in [BinaryOperation.maximum, .minimum] {
      var out: [Float] = [0, 0, 0]
      primitives.binary(operation, n: 3, [.nan, 1, .nan], step: 1, [1, .nan, .nan], step: 1, &out)
      #expect(out.allSatisfy { $0.isNaN }, "\(operation) of NaN")
    }
  }

  @Test(arguments: entries) func selection(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    for n in Self.sizes {
      let (a, b) = (inputs(.tanh, count: n), inputs(.tanh, count: n, seed: 3))
      let mask = (0..<n).map { Float($0 % 3 == 0 ? 0 : $0 % 3 == 1 ? 1 : -2) }
      let out = Guarded(a)
      primitives.select(n: n, mask: mask, a, b, out.base)
      #expect(out.isIntact && out.values == (0..<n).map { mask[$0] != 0 ? a[$0] : b[$0] })
    }
  }

  @Test(arguments: entries) func reductions(entry: InstructionSet) {
    let primitives = FloatPrimitives(entry)
    for reduction in Reduction.allCases {
      for columns in Self.sizes {
        let rows = 3
        let x = inputs(.tanh, count: rows * columns)
        let out = Guarded([0, 0, 0])
        primitives.reduceRows(reduction, rows: rows, columns: columns, x, out.base)
        let expected = (0..<rows).map { row in
          x[row * columns..<(row + 1) * columns].map(Double.init).withUnsafeBufferPointer { reduction($0) }
        }
        expect(out, expected, tolerance: reduction == .sum ? 2e-5 : 4e-7, "\(reduction) of \(entry)")
        for place in Set([0, columns / 2, columns - 1]) {
          var bad = Array(x.prefix(columns))
          bad[place] = .nan
          var result: Float = 0
          primitives.reduceRows(reduction, rows: 1, columns: columns, bad, &result)
          #expect(result.isNaN, "\(reduction) of \(columns) with NaN at \(place)")
        }
      }
      var infinite: Float = 0
      primitives.reduceRows(reduction, rows: 1, columns: 3, [1, .infinity, 2], &infinite)
      #expect(infinite == .infinity)
    }
  }
}
