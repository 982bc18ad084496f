import CKernels
import Foundation
import KodamaCore
import KodamaInference
import KodamaTensors
import Testing

@testable import KodamaGeneration

/// The gate and the conversions of every entry against plain formulas, with canaries behind what is written.
@Suite struct ConversionTests {
  static let entries = InstructionSet.available
  static let sizes = [1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 100, 257]

  /// Runs one operation on two buffers whose inputs stand at 0, and gives the bytes at 8192.
  private func run(
    _ operation: kodama_operation, inputs: [[Float]], count: Int, of size: Int,
    _ check: (Int, UnsafeMutableRawPointer) -> Void
  ) {
    let buffers = StepBuffers(count: inputs.count, bytes: 16_384)
    // Whole vectors are written.
    let bytes = count.roundedUp(toMultipleOf: PackedLayer.lanes) * size
    for (buffer, values) in inputs.enumerated() {
      (buffers[buffer] + 8192).initializeMemory(as: UInt8.self, repeating: 0xa5, count: 8192)
      buffers[buffer].assumingMemoryBound(to: Float.self).update(from: values, count: values.count)
    }
    withUnsafePointer(to: operation) { kodama_run($0, 1, buffers.count, buffers.descriptors) }
    for buffer in inputs.indices {
      let output = buffers[buffer] + 8192
      check(buffer, output)
      #expect((bytes..<bytes + 64).allSatisfy { output.load(fromByteOffset: $0, as: UInt8.self) == 0xa5 })
    }
  }

  private func random(_ count: Int, seed: UInt64, scale: Double = 1) -> [Float] {
    var generator = Philox(seed: seed, stream: UInt64(count))
    return (0..<count).map { _ in Float(scale * generator.normal()) }
  }

  @Test(arguments: entries) func gates(entry: InstructionSet) {
    for channels in Self.sizes {
      let inputs = (0..<2).map { seed in
        // The gates begin after 512 numbers.
        (random(channels, seed: seed, scale: 3) + [Float](repeating: 0, count: 512)).prefix(512)
          + random(channels, seed: 9 + seed, scale: 3)
      }.map(Array.init)
      var operation = kodama_operation()
      operation.run = kodama_generation_entry(entry.index).pointee.gate_f32
      operation.conversion = kodama_conversion(
        count: channels, x: 0, gate: 2048, y: 8192, factor: 1, rectified: 0, zero_point: 0)
      run(operation, inputs: inputs, count: channels, of: 4) { buffer, output in
        let out = output.assumingMemoryBound(to: Float.self)
        for c in 0..<channels {
          let (f, g) = (Double(inputs[buffer][c]), Double(inputs[buffer][512 + c]))
          #expect(abs(Double(out[c]) - tanh(f) / (1 + exp(-g))) <= 5e-7)
        }
      }
    }
  }

  /// The gates of the other forms are conversions of what is, as the polynomials of `KODAMA_COARSE_TANH_RATIO` have it,
  /// within 1.2e-4 of what the gate of floats gives: of a byte a sixty-fifth.
  @Test(arguments: entries) func gatesAreConverted(entry: InstructionSet) {
    let kernels = kodama_generation_entry(entry.index).pointee
    let count = 257
    let steps = (0..<count).map { 12 * (Float($0) / 128 - 1) }
    let filler = [Float](repeating: 0, count: 512 - count)
    let inputs = [steps + filler + random(count, seed: 2, scale: 4)]
    func gate(_ kernel: kodama_kernel?, factor: Float, zero: Int32, size: Int) -> [UInt8] {
      var operation = kodama_operation()
      operation.run = kernel
      operation.conversion = kodama_conversion(
        count: count, x: 0, gate: 2048, y: 8192, factor: factor, rectified: 0, zero_point: zero)
      var bytes: [UInt8] = []
      run(operation, inputs: inputs, count: count, of: size) { _, output in
        bytes = (0..<count * size).map { output.load(fromByteOffset: $0, as: UInt8.self) }
      }
      return bytes
    }
    let floats = gate(kernels.gate_f32, factor: 1, zero: 0, size: 4)
    let values = (0..<count).map { index in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(floats[4 * index + $1]) << (8 * UInt32($1)) })
    }
    let bytes = gate(kernels.gate_u8, factor: 127, zero: 128, size: 1)
    let halves = gate(kernels.gate_bf16, factor: 1, zero: 0, size: 2)
    for index in 0..<count {
      let (value, byte) = (values[index], Float(bytes[index]) - 128)
      #expect(abs(byte - 127 * value) <= 0.5 + 127 * 1.2e-4)
      let half = Float(bitPattern: UInt32(halves[2 * index]) << 16 | UInt32(halves[2 * index + 1]) << 24)
      #expect(abs(half - value) <= 1.2e-4 + abs(value) / 256)
    }
  }

  @Test(arguments: entries) func notANumberStaysOne(entry: InstructionSet) {
    let kernels = kodama_generation_entry(entry.index).pointee
    for kernel in [kernels.gate_f32, kernels.convert_f32] {
      var operation = kodama_operation()
      operation.run = kernel
      operation.conversion = kodama_conversion(
        count: 1, x: 0, gate: 2048, y: 8192, factor: 1, rectified: 1, zero_point: 0)
      run(operation, inputs: [[.nan]], count: 1, of: 4) { _, output in
        #expect(output.load(as: Float.self).isNaN)
      }
    }
  }

  @Test(arguments: entries) func gatesAtTheEndsOfTheirRange(entry: InstructionSet) {
    let inputs: [Float] = [30, -30, 1e30, -1e30] + [Float](repeating: 0, count: 508) + [0, 0, 30, -30]
    var operation = kodama_operation()
    operation.run = kodama_generation_entry(entry.index).pointee.gate_f32
    operation.conversion = kodama_conversion(
      count: 4, x: 0, gate: 2048, y: 8192, factor: 1, rectified: 0, zero_point: 0)
    run(operation, inputs: [inputs], count: 4, of: 4) { _, output in
      let out = output.assumingMemoryBound(to: Float.self)
      let expected: [Float] = [0.5, -0.5, 1, 0]
      for c in 0..<4 { #expect(abs(out[c] - expected[c]) <= 1e-6) }
    }
  }

  @Test(arguments: entries, [false, true]) func floats(entry: InstructionSet, rectified: Bool) {
    for count in Self.sizes {
      let inputs = [random(count, seed: 1), random(count, seed: 2)]
      var operation = kodama_operation()
      operation.run = kodama_generation_entry(entry.index).pointee.convert_f32
      operation.conversion = conversion(count, factor: 0.3, rectified: rectified)
      run(operation, inputs: inputs, count: count, of: 4) { buffer, output in
        let out = output.assumingMemoryBound(to: Float.self)
        #expect((0..<count).map { out[$0] } == inputs[buffer].map { rectified ? max(0, 0.3 * $0) : 0.3 * $0 })
      }
    }
  }

  @Test(arguments: entries, [false, true]) func bfloat16(entry: InstructionSet, rectified: Bool) {
    for count in Self.sizes {
      // Halves between two neighbours among them.
      let halves = [Float(bitPattern: 0x3f80_8000), Float(bitPattern: 0x3f81_8000), -Float(bitPattern: 0x3f81_8001)]
      let inputs = [random(count, seed: 1), Array((halves + random(count, seed: 2)).prefix(count))]
      var operation = kodama_operation()
      operation.run = kodama_generation_entry(entry.index).pointee.convert_bf16
      operation.conversion = conversion(count, factor: 1, rectified: rectified)
      run(operation, inputs: inputs, count: count, of: 2) { buffer, output in
        let out = output.assumingMemoryBound(to: UInt16.self)
        for index in 0..<count {
          let x = rectified ? max(0, inputs[buffer][index]) : inputs[buffer][index]
          // The nearest of the two neighbours, of two as near the even one.
          let low = x.bitPattern & 0xffff_0000
          let rest = x.bitPattern & 0xffff
          let up = rest > 0x8000 || rest == 0x8000 && low & 0x1_0000 != 0
          #expect(UInt32(out[index]) << 16 == (up ? low + 0x1_0000 : low))
        }
      }
    }
  }

  @Test(arguments: entries, [(0, true), (128, false), (0, false), (128, true)])
  func bytes(entry: InstructionSet, form: (zero: Int, rectified: Bool)) {
    let (zero, rectified) = form
    for count in Self.sizes {
      let halves: [Float] = [0.125, 0.375, 0.625, -0.125, 1e9, -1e9, .nan]
      let inputs = [random(count, seed: 1, scale: 20), Array((halves + random(count, seed: 2)).prefix(count))]
      var operation = kodama_operation()
      operation.run = kodama_generation_entry(entry.index).pointee.convert_u8
      operation.conversion = conversion(count, factor: 4, rectified: rectified, zero: Int32(zero))
      run(operation, inputs: inputs, count: count, of: 1) { buffer, output in
        for index in 0..<count {
          let x = inputs[buffer][index]
          let got = Int(output.load(fromByteOffset: index, as: UInt8.self))
          if x.isNaN { continue }
          let v = (4 * (rectified ? max(0, x) : x)).rounded(.toNearestOrEven)
          #expect(got == Int(min(max(v + Float(zero), 0), 255)), "\(x)")
        }
      }
    }
  }

  private func conversion(_ count: Int, factor: Float, rectified: Bool, zero: Int32 = 0) -> kodama_conversion {
    kodama_conversion(
      count: count, x: 0, gate: 0, y: 8192, factor: factor, rectified: rectified ? 1 : 0, zero_point: zero)
  }
}
