import CKernels
import Foundation
import KodamaCore
import KodamaInference
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

  private func table(_ entry: InstructionSet) -> kodama_generation { kodama_generation_entry(entry.index).pointee }

  private func expect(
    _ got: Guarded, _ expected: [Double], size: Double, tolerance: Double = 4e-7, _ what: String
  ) {
    #expect(got.isIntact, "\(what) wrote outside its buffer")
    // Numbers over the size, so that the tolerance is of it and not of the largest number.
    expectClose(got.values.map { Double($0) / size }, expected.map { $0 / size }, tolerance: tolerance, floor: 1, what)
  }

  @Test(arguments: entries) func everyTableNamesItsInstructionSet(entry: InstructionSet) {
    #expect(String(cString: table(entry).name) == entry.description)
    #expect(table(entry).tile_outputs % PackedLayer.lanes == 0)
    #expect([2, 4, 8].contains(table(entry).tile_steps))
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
