import CKernels
import Foundation
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaGeneration

/// Every entry of the generation kernels that this processor runs, against plain loops in double precision, on sizes
/// that no vector divides, with canaries around every output.
@Suite struct GenerationKernelTests {
  static let entries = InstructionSet.available
  static let sizes = [1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 100, 257]

  private func random(_ count: Int, seed: UInt64, scale: Double = 1) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Float(scale * generator.normal()) }
  }

  private func table(_ entry: InstructionSet) -> kodama_generation_f32 {
    kodama_generation_f32_entry(entry.index).pointee
  }

  private func expect(
    _ got: Guarded, _ expected: [Double], size: Double, tolerance: Double = 4e-7, _ what: String
  ) {
    #expect(got.isIntact, "\(what) wrote outside its buffer")
    #expect(got.count == expected.count)
    for (index, value) in expected.enumerated() where !(abs(Double(got.base[index]) - value) <= tolerance * size) {
      Issue.record("\(what), element \(index): \(got.base[index]), not \(value)")
      return
    }
  }

  @Test(arguments: entries) func everyTableNamesItsInstructionSet(entry: InstructionSet) {
    #expect(String(cString: table(entry).name) == entry.description)
    #expect(table(entry).block_outputs % PackedMatrix.lanes == 0)
  }

  @Test(arguments: entries) func products(entry: InstructionSet) {
    let kernels = table(entry)
    for outputs in Self.sizes {
      for inputs in [1, 2, 3, 16, 33, 64, 129] {
        let dense = DenseMatrix(
          outputs: outputs, inputs: inputs, weights: random(outputs * inputs, seed: 1), bias: random(outputs, seed: 2))
        let packed = PackedMatrix(dense, offset: 5)
        let weights = Guarded([Float](repeating: 0, count: 5 + packed.count))
        packed.pack(dense, blockOutputs: kernels.block_outputs, into: weights.base)
        #expect(weights.isIntact, "packing wrote outside its memory")
        let (x, y) = (random(inputs, seed: 3), random(packed.outputs, seed: 4))
        let sums = (0..<packed.outputs).map { row in
          row < outputs
            ? (0..<inputs).reduce(Double(dense.bias[row])) {
              $0 + Double(dense.weights[row * inputs + $1]) * Double(x[$1])
            } : 0
        }
        let size = Double(inputs) + 5
        func run(_ what: String, _ expected: [Double], _ body: (UnsafeMutablePointer<Float>) -> Void) {
          let out = Guarded(y)
          body(out.base)
          expect(out, expected, size: size, "\(what) of \(entry), \(outputs) x \(inputs)")
        }
        let matrix = weights.base + packed.offset
        run("product", sums) { kernels.product(packed.outputs, inputs, matrix, x, $0) }
        run("rectified_product", sums.map { max(0, $0) }) {
          kernels.rectified_product(packed.outputs, inputs, matrix, x, $0)
        }
        let residual = zip(sums, y).map { $0 + Double(Float(0.7)) * Double($1) }
        run("residual_product", residual) { kernels.residual_product(packed.outputs, inputs, matrix, x, 0.7, y, $0) }
        run("residual_product in place", residual) {
          kernels.residual_product(packed.outputs, inputs, matrix, x, 0.7, $0, $0)
        }
      }
    }
  }

  @Test(arguments: entries) func gates(entry: InstructionSet) {
    for channels in Self.sizes {
      let (filter, gate) = (random(channels, seed: 5, scale: 3), random(channels, seed: 6, scale: 3))
      let out = Guarded(filter)
      table(entry).gate(channels, filter, gate, out.base)
      let expected = (0..<channels).map { tanh(Double(filter[$0])) / (1 + exp(-Double(gate[$0]))) }
      expect(out, expected, size: 1, "gate of \(entry), \(channels) channels")
    }
  }

  @Test(arguments: entries) func exponentialsAndTheirSum(entry: InstructionSet) {
    let kernels = table(entry)
    for count in Self.sizes {
      let x = random(count, seed: 7, scale: 5)
      var index = -1
      let largest = kernels.largest(count, x, &index)
      #expect(largest == x.max()! && index == x.firstIndex(of: largest))
      let weights = Guarded(x)
      kernels.exponentials(count, 0.5, largest, x, weights.base)
      expect(weights, x.map { exp(0.5 * (Double($0) - Double(largest))) }, size: 1, "exponentials of \(entry)")
      let sum = weights.values.reduce(0) { $0 + Double($1) }
      #expect(abs(kernels.total(count, weights.base) - sum) <= 1e-6 * sum)
    }
  }

  @Test(arguments: entries) func locateFindsWhereTheRunningSumPassesTheTarget(entry: InstructionSet) {
    let kernels = table(entry)
    for count in Self.sizes {
      // Small integers, whose sums are exact in any order; some are 0 and must never be found.
      let weights = (0..<count).map { Float($0 % 3) } + [1]
      let total = kernels.total(weights.count, weights)
      var (sum, expected) = (0, [Int]())
      for (index, weight) in weights.enumerated() { expected += [Int](repeating: index, count: Int(weight)) }
      sum = expected.count
      #expect(total == Double(sum))
      #expect((0..<sum).map { kernels.locate(weights.count, weights, Double($0)) } == expected)
      #expect((0..<sum).map { kernels.locate(weights.count, weights, Double($0) + 0.999) } == expected)
      #expect(kernels.locate(weights.count, weights, total) == weights.count)
    }
  }

  @Test(arguments: entries) func notANumberIsPassedOver(entry: InstructionSet) {
    var index = -1
    #expect(table(entry).largest(5, [.nan, 1, .nan, 3, 2], &index) == 3)
    #expect(index == 3)
    #expect(table(entry).largest(2, [.nan, .nan], &index) == -.infinity)
    #expect(index == 0)
  }
}
