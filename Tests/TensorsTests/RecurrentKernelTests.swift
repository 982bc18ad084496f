import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Steps of recurrent layers of every instruction set against the plain formulas in double precision, on sizes that no
/// vector divides and numbers of rows that make every tile, with canaries around every buffer.
@Suite struct RecurrentKernelTests {
  static let entries = InstructionSet.available
  static let rows = [1, 2, 3, 4, 5, 6, 7, 8, 13]

  /// The buffers of a step, by name, with space between the rows.
  private final class Buffers<S: Scalar> {
    private(set) var guarded: [String: Guarded] = [:]
    private var arrays: [String: UnsafeMutableBufferPointer<S>] = [:]

    deinit { for array in arrays.values { array.deallocate() } }

    func add(_ name: String, _ values: [Double]) -> UnsafeMutablePointer<S> {
      if S.self == Float.self {
        let buffer = Guarded(values.map(Float.init))
        guarded[name] = buffer
        return UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: S.self)
      }
      let array = UnsafeMutableBufferPointer<S>.allocate(capacity: values.count)
      _ = array.initialize(from: values.map { S($0) })
      arrays[name] = array
      return array.baseAddress!
    }

    func rows(_ name: String, _ values: [Double], _ rows: Int) -> SignalRows<S> {
      SignalRows(add(name, values), stride: values.count / rows)
    }

    func values(_ name: String) -> [S] {
      if let buffer = guarded[name] { return (0..<buffer.count).map { S(buffer.base[$0]) } }
      return Array(arrays[name]!)
    }
  }

  /// Numbers that single precision holds, the same for both.
  private func numbers(_ count: Int, _ seed: UInt64, scale: Double = 1) -> [Double] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Double(Float(scale * generator.normal())) }
  }

  private func matrix<S: Scalar>(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Tensor<S> {
    Tensor([rows, columns], numbers(rows * columns, seed, scale: 1 / Double(columns).squareRoot()).map { S($0) })
  }

  /// The buffers after a step forward.
  private func forward<S: Scalar>(
    _ primitives: RecurrentPrimitives<S>, _ unit: RecurrentUnit, rows: Int, units n: Int, inPlace: Bool
  ) -> Buffers<S> {
    let (buffers, gates) = (Buffers<S>(), unit.gates)
    let weight = primitives.packed(matrix(gates * n, n, 1), memory: nil)
    let previous = buffers.rows("previous", numbers(rows * (n + 5), 2), rows)
    let previousCell = buffers.rows("previous cell", numbers(rows * (n + 2), 3), rows)
    let hidden = inPlace ? previous : buffers.rows("hidden", numbers(rows * (n + 3), 4), rows)
    let cell = inPlace ? previousCell : buffers.rows("cell", numbers(rows * (n + 1), 5), rows)
    let step = RecurrentStep(
      unit: unit, rows: rows, units: n, weight: weight.region.base,
      productBias: unit == .gru && n % 3 != 0 ? UnsafePointer(buffers.add("bias", numbers(n, 6))) : nil,
      peepholes: unit == .peepholeLSTM ? UnsafePointer(buffers.add("peepholes", numbers(3 * n, 7))) : nil,
      gates: buffers.rows("gates", numbers(rows * (gates * n + 7), 8), rows),
      previous: RecurrentState(hidden: previous, cell: unit.hasCell ? previousCell : nil),
      next: RecurrentState(hidden: hidden, cell: unit.hasCell ? cell : nil),
      product: unit == .gru && !inPlace ? buffers.rows("product", numbers(rows * (n + 4), 9), rows) : nil)
    let scratch = buffers.add("scratch", numbers(rows * primitives.padded(gates * n), 10))
    primitives.forward(step, scratch: scratch)
    withExtendedLifetime(weight) {}
    return buffers
  }

  @Test(arguments: entries, RecurrentUnit.allCases) func stepsForward(entry: InstructionSet, unit: RecurrentUnit) {
    for n in [1, 3, 8, 17, 33, 64, 100] {
      for rows in Self.rows {
        for inPlace in [false, true] {
          let what = "\(unit) of \(entry), \(n) units, \(rows) rows"
          let found = forward(FloatRecurrentPrimitives(entry), unit, rows: rows, units: n, inPlace: inPlace)
          let expected = forward(RecurrentPrimitives<Double>(), unit, rows: rows, units: n, inPlace: inPlace)
          for (name, buffer) in found.guarded {
            #expect(buffer.isIntact, "\(what) wrote outside \(name)")
            if name == "scratch" { continue }
            expectClose(buffer.values, expected.values(name), tolerance: 2e-6, floor: 1, "\(what): \(name)")
          }
        }
      }
    }
  }

  /// The buffers after a step backward.
  private func backward<S: Scalar>(
    _ primitives: RecurrentPrimitives<S>, _ unit: RecurrentUnit, rows: Int, units n: Int, hasOutput: Bool
  ) -> Buffers<S> {
    let (buffers, gates, width) = (Buffers<S>(), unit.gates, primitives.padded(n))
    let weight = primitives.packed(matrix(gates * n, n, 1), transposed: true, memory: nil)
    func state(_ name: String, _ seed: UInt64) -> RecurrentState<SignalRows<S>> {
      RecurrentState(
        hidden: buffers.rows(name, numbers(rows * (n + 5), seed), rows),
        cell: unit.hasCell ? buffers.rows(name + " cell", numbers(rows * (n + 2), seed + 1), rows) : nil)
    }
    // Gates are between 0 and 1.
    let open = numbers(rows * (gates * n + 7), 8).map { Double(Float($0.magnitude / (1 + $0.magnitude))) }
    let step = RecurrentStep(
      unit: unit, rows: rows, units: n, weight: weight.region.base, productBias: nil,
      peepholes: unit == .peepholeLSTM ? UnsafePointer(buffers.add("peepholes", numbers(3 * n, 7))) : nil,
      gates: buffers.rows("gates", open, rows), previous: state("previous", 2), next: state("next", 4),
      product: unit == .gru ? buffers.rows("product", numbers(rows * (n + 4), 9), rows) : nil)
    let upstream = numbers(rows * n, 11)
    let padded = (0..<rows * width).map { $0 % width < n ? upstream[$0 / width * n + $0 % width] : 99 }
    primitives.backward(
      step,
      RecurrentStepGradients(
        output: hasOutput ? buffers.rows("dy", numbers(rows * (n + 1), 12), rows) : nil,
        state: RecurrentState(
          hidden: buffers.rows("dh", padded, rows),
          cell: unit.hasCell ? buffers.rows("dc", numbers(rows * (n + 3), 13), rows) : nil),
        products: unit == .gru ? buffers.rows("dproducts", numbers(rows * (3 * n + 2), 14), rows) : nil,
        peepholes: unit == .peepholeLSTM ? buffers.add("dpeepholes", numbers(rows * 3 * n, 15)) : nil))
    withExtendedLifetime(weight) {}
    return buffers
  }

  @Test(arguments: entries, RecurrentUnit.allCases) func stepsBackward(entry: InstructionSet, unit: RecurrentUnit) {
    for n in [1, 3, 8, 17, 33, 64, 100] {
      for rows in Self.rows {
        let what = "\(unit) of \(entry), \(n) units, \(rows) rows"
        let primitives = FloatRecurrentPrimitives(entry)
        let found = backward(primitives, unit, rows: rows, units: n, hasOutput: rows != 2)
        let expected = backward(RecurrentPrimitives<Double>(), unit, rows: rows, units: n, hasOutput: rows != 2)
        for (name, buffer) in found.guarded {
          #expect(buffer.isIntact, "\(what) wrote outside \(name)")
          var values = buffer.values
          if name == "dh" {
            let width = primitives.padded(n)
            values = (0..<rows * n).map { values[$0 / n * width + $0 % n] }
          }
          expectClose(values, expected.values(name), tolerance: 4e-6, floor: 1, "\(what): \(name)")
        }
      }
    }
  }

  @Test(arguments: entries) func packedProducts(entry: InstructionSet) {
    let (kernels, plain) = (FloatRecurrentPrimitives(entry), RecurrentPrimitives<Double>())
    let vector = kernels.packing.vector
    for outputs in [1, vector, 2 * vector + 1, 3 * vector, 4 * vector, 8 * vector, 13 * vector - 2] {
      for rows in Self.rows {
        for (inner, adds) in [(1, false), (5, true), (40, false)] {
          let (columns, stride) = (kernels.padded(outputs), kernels.padded(outputs) + 3)
          let (x, bias, start) = (numbers(rows * (inner + 2), 1), numbers(columns, 2), numbers(rows * stride, 3))
          func product<S: Scalar>(_ primitives: RecurrentPrimitives<S>, columns: Int) -> Buffers<S> {
            let buffers = Buffers<S>()
            let packed = primitives.packed(matrix(outputs, inner, 4), memory: nil)
            primitives.multiplyPacked(
              rows: rows, columns: columns, inner: inner, buffers.rows("x", x, rows), packed.region.base,
              bias: adds ? UnsafePointer(buffers.add("bias", bias)) : nil, adds: adds,
              buffers.rows("out", start, rows))
            withExtendedLifetime(packed) {}
            return buffers
          }
          let found = product(kernels, columns: columns)
          #expect(found.guarded.values.nonemptyAllSatisfy { $0.isIntact })
          // The padding holds what is added to 0.
          let expected = product(plain, columns: outputs).values("out").enumerated().map { index, value in
            let (row, column) = index.quotientAndRemainder(dividingBy: stride)
            if column < outputs || column >= columns { return value }
            return adds ? start[row * stride + column] + bias[column] : 0
          }
          expectClose(
            found.values("out"), expected, tolerance: 2e-6, floor: 1,
            "\(rows) rows of \(inner) by \(outputs), \(entry)")
        }
      }
    }
  }

  @Test(arguments: entries, RecurrentUnit.allCases)
  func aRowIsTheSameWhateverIsBesideIt(entry: InstructionSet, unit: RecurrentUnit) {
    let primitives = FloatRecurrentPrimitives(entry)
    let n = 70
    // Rows that are all alike.
    let (weight, z, h, c) = (
      primitives.packed(matrix(unit.gates * n, n, 1), memory: nil), numbers(unit.gates * n, 2), numbers(n, 3),
      numbers(n, 4)
    )
    func hidden(_ rows: Int) -> [Float] {
      let buffers = Buffers<Float>()
      func repeated(_ name: String, _ row: [Double]) -> SignalRows<Float> {
        buffers.rows(name, (0..<rows).flatMap { _ in row }, rows)
      }
      let peepholes = unit == .peepholeLSTM ? UnsafePointer(buffers.add("p", numbers(3 * n, 5))) : nil
      let state = RecurrentState(hidden: repeated("h", h), cell: unit.hasCell ? repeated("c", c) : nil)
      primitives.forward(
        RecurrentStep(
          unit: unit, rows: rows, units: n, weight: weight.region.base, productBias: nil, peepholes: peepholes,
          gates: repeated("z", z), previous: state, next: state, product: nil),
        scratch: buffers.add("scratch", numbers(rows * primitives.padded(unit.gates * n), 6)))
      return buffers.values("h")
    }
    let one = hidden(1)
    for rows in Self.rows { #expect(hidden(rows) == (0..<rows).flatMap { _ in one }, "\(rows) rows") }
    withExtendedLifetime(weight) {}
  }
}
