import CKernels
import Foundation
import KodamaCore
import KodamaTensors
import Testing

@testable import KodamaGeneration

/// The recurrent unit of every entry against its formulas, with canaries behind the state.
@Suite struct RecurrentKernelTests {
  static let entries = InstructionSet.available

  private func random(_ count: Int, seed: UInt64, scale: Double) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Float(scale * generator.normal()) }
  }

  /// Replaces the states of as many buffers as there are, which stand behind gates and products.
  private func run(
    _ entry: InstructionSet, units: Int, gates: [[Float]], products: [[Float]], states: [[Float]]
  ) -> [[Float]] {
    let buffers = StepBuffers(count: gates.count, bytes: 16_384)
    func floats(_ buffer: Int, _ offset: Int) -> UnsafeMutablePointer<Float> {
      (buffers[buffer] + offset).assumingMemoryBound(to: Float.self)
    }
    for buffer in gates.indices {
      (buffers[buffer] + 8192).initializeMemory(as: UInt8.self, repeating: 0xa5, count: 8192)
      for (offset, values) in [(0, gates[buffer]), (4096, products[buffer]), (8192, states[buffer])] {
        floats(buffer, offset).update(from: values, count: values.count)
      }
    }
    var operation = kodama_operation()
    operation.run = kodama_generation_entry(entry.index).pointee.gru
    operation.gru = kodama_gru(units: units, gates: 0, product: 4096, state: 8192)
    withUnsafePointer(to: operation) { kodama_run($0, 1, buffers.count, buffers.descriptors) }
    return gates.indices.map { buffer in
      let end = buffers[buffer] + 8192 + 4 * units
      #expect((0..<64).allSatisfy { end.load(fromByteOffset: $0, as: UInt8.self) == 0xa5 }, "\(units) units")
      return (0..<units).map { floats(buffer, 8192)[$0] }
    }
  }

  @Test(arguments: entries) func statesAreWhatTheFormulasSay(entry: InstructionSet) {
    for units in [1, 2, 7, 15, 16, 17, 31, 33, 64, 100, 257] {
      let (gates, products) = (
        (0..<2).map { random(3 * units, seed: $0, scale: 3) }, (0..<2).map { random(3 * units, seed: 5 + $0, scale: 3) }
      )
      let states = (0..<2).map { random(units, seed: 9 + $0, scale: 0.5) }
      let found = run(entry, units: units, gates: gates, products: products, states: states)
      for buffer in 0..<2 {
        let (a, p) = (gates[buffer].map(Double.init), products[buffer].map(Double.init))
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        for unit in 0..<units {
          let (r, z) = (sigmoid(a[unit] + p[unit]), sigmoid(a[units + unit] + p[units + unit]))
          let n = tanh(a[2 * units + unit] + r * p[2 * units + unit])
          let expected = (1 - z) * n + z * Double(states[buffer][unit])
          #expect(abs(Double(found[buffer][unit]) - expected) <= 2e-6, "\(units) units, unit \(unit)")
        }
      }
    }
  }

  /// A number that is not finite stays visible, in its own unit alone; numbers far out give whole gates.
  @Test(arguments: entries) func numbersFarOutAreGatesOfZeroAndOne(entry: InstructionSet) {
    let (units, zeros) = (20, [Float](repeating: 0, count: 60))
    var gates = zeros
    gates[17] = .nan
    // Unit 3 keeps its state, unit 4 takes the new one.
    (gates[20 + 3], gates[20 + 4], gates[40 + 4]) = (1e6, -1e6, 1e6)
    let found = run(
      entry, units: units, gates: [gates], products: [zeros], states: [[Float](repeating: 0.5, count: units)])[0]
    for unit in 0..<units where unit != 17 { #expect(found[unit].isFinite) }
    #expect(found[17].isNaN && abs(found[3] - 0.5) < 1e-6 && abs(found[4] - 1) < 1e-6 && abs(found[0] - 0.25) < 1e-6)
  }
}
