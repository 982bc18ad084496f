import CKernels
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets

@testable import KodamaGeneration

/// A layer of random numbers, random inputs, and what their product is.
struct ProductExample {
  static let steps = 15

  let layer: InferenceLayer
  /// What the layer's inputs are, as it takes them: bits of float, of bfloat16, or integers; [steps][taps][channels].
  private let inputs: [[[UInt32]]]

  /// - Parameter blocks: the share of blocks of 16 outputs by 4 channels of one tap that are not 0.
  init(
    _ precision: Precision, _ shape: (outputs: Int, channels: Int, taps: Int), seed: UInt64, blocks: Double = 1
  ) {
    var random = Philox(seed: seed, stream: UInt64(shape.outputs))
    let count = shape.outputs * shape.channels * shape.taps
    let quantization =
      precision.hasIntegerInputs ? InputQuantization(scale: 0.02, zeroPoint: seed % 2 == 0 ? 128 : 0) : nil
    let groups = Precision.groups(channels: shape.channels)
    func normal() -> Float { Float(random.normal()) }
    func scales(_ count: Int) -> [Float] { (0..<count).map { _ in 0.001 + 0.01 * Float(random.uniform()) } }
    var kept = Philox(seed: seed, stream: 77)
    let channelBlocks = (shape.channels + 3) / 4
    let pattern = (0..<(shape.outputs + 15) / 16 * shape.taps * channelBlocks).map { _ in kept.uniform() < blocks }
    func isKept(_ index: Int) -> Bool {
      let (row, tap) = index.quotientAndRemainder(dividingBy: shape.taps)
      let (output, channel) = row.quotientAndRemainder(dividingBy: shape.channels)
      return pattern[(output / 16 * shape.taps + tap) * channelBlocks + channel / 4]
    }
    let weights: InferenceLayer.Weights =
      switch precision {
      case .float32: .float32((0..<count).map { isKept($0) ? normal() : 0 })
      case .bfloat16: .bfloat16((0..<count).map { isKept($0) ? UInt16(normal().bitPattern >> 16) : 0 })
      case .int8:
        .int8(
          (0..<count).map { isKept($0) ? Int8(random.integer(below: 255) - 127) : 0 }, scales: scales(shape.outputs))
      case .ternary:
        .integers(
          .ternary, (0..<count).map { isKept($0) ? Int8(random.integer(below: 3) - 1) : 0 },
          scales: scales(shape.outputs))
      case .binary:
        .integers(
          .binary, (0..<count).map { _ in Int8(2 * random.integer(below: 2) - 1) }, scales: scales(shape.outputs))
      case .int4:
        .int4(
          (0..<count).map { _ in Int8(random.integer(below: 16) - 8) },
          scales: scales(shape.outputs * shape.taps * groups))
      }
    layer = InferenceLayer(
      path: "layer", outputs: shape.outputs, channels: shape.channels, taps: shape.taps, weights: weights,
      bias: (0..<shape.outputs).map { _ in normal() }, input: quantization)
    inputs = (0..<Self.steps).map { _ in
      (0..<shape.taps).map { _ in
        (0..<shape.channels).map { _ in
          switch precision {
          case .float32: normal().bitPattern
          case .bfloat16: normal().bitPattern >> 16
          case .int8, .int4, .ternary, .binary: UInt32(random.integer(below: 256))
          }
        }
      }
    }
  }

  /// The same integer everywhere, 33 outputs.
  init(weight: Int8, input: UInt8, channels: Int) {
    layer = InferenceLayer(
      path: "layer", outputs: 33, channels: channels, taps: 2,
      weights: .int8(
        [Int8](repeating: weight, count: 33 * channels * 2), scales: [Float](repeating: 1, count: 33)),
      bias: [Float](repeating: 0, count: 33), input: InputQuantization(scale: 1, zeroPoint: 128))
    inputs = [[[UInt32]](repeating: [UInt32](repeating: UInt32(input), count: channels), count: 2)]
  }

  /// What comes out, in double precision.
  func expected(step: Int) -> [Double] {
    let weights = layer.dequantized
    return (0..<layer.outputs).map { output in
      var sum = Double(layer.bias?[output] ?? 0)
      for channel in 0..<layer.channels {
        for tap in 0..<layer.taps {
          let weight = weights[(output * layer.channels + channel) * layer.taps + tap]
          sum += Double(weight) * number(inputs[step][tap][channel])
        }
      }
      return sum
    }
  }

  private func number(_ bits: UInt32) -> Double {
    guard let input = layer.input else {
      return Double(Float(bitPattern: layer.precision == .bfloat16 ? bits << 16 : bits))
    }
    return Double(input.scale) * Double(Int(bits) - input.zeroPoint)
  }

  /// The integer sums of the past taps of the first step.
  var expectedIntegerSums: [Int32] {
    guard case .integers(.int8, let values, _) = layer.weights else {
      preconditionFailure("\(layer.precision) has no sums")
    }
    return (0..<layer.outputs).map { output in
      var sum: Int32 = 0
      for channel in 0..<layer.channels {
        for tap in 0..<layer.taps - 1 {
          sum += Int32(values[(output * layer.channels + channel) * layer.taps + tap]) * Int32(inputs[0][tap][channel])
        }
      }
      return sum
    }
  }

  /// Integer sums of the past taps as the kernels form them.
  func integerSums(_ entry: InstructionSet, isSparse: Bool) -> [Int32] {
    let memory = ProductMemory(self, steps: 1, entry: entry, isSparse: isSparse)
    memory.run(taps: .past, epilogue: KODAMA_EPILOGUE_NONE)
    return memory.values(layer.outputs)[0].map { Int32(bitPattern: $0.bitPattern) }
  }

  /// Runs the product, in one or as past and present taps; KODAMA_EPILOGUE_ADD adds 2, KODAMA_EPILOGUE_CONDITION 3
  /// and the step's index, and the factor is 0.75.
  func run(
    _ entry: InstructionSet, steps: Int, split: Bool, epilogue: kodama_epilogue, isSparse: Bool = false
  ) -> (values: [[Float]], isIntact: Bool) {
    let memory = ProductMemory(self, steps: steps, entry: entry, isSparse: isSparse)
    if split && layer.taps > 1 {
      memory.run(taps: .past, epilogue: KODAMA_EPILOGUE_NONE)
      memory.run(taps: .present, epilogue: epilogue)
    } else {
      memory.run(taps: .all, epilogue: epilogue)
    }
    return (memory.values(layer.outputs), memory.isIntact)
  }

  /// Writes the inputs of a step as kernels take them.
  fileprivate func write(step: Int, tap: Int, to memory: UnsafeMutableRawPointer) {
    for (channel, bits) in inputs[step][tap].enumerated() {
      switch layer.precision {
      case .float32: memory.storeBytes(of: bits, toByteOffset: 4 * channel, as: UInt32.self)
      case .bfloat16: memory.storeBytes(of: UInt16(bits), toByteOffset: 2 * channel, as: UInt16.self)
      case .int8, .int4, .ternary, .binary: memory.storeBytes(of: UInt8(bits), toByteOffset: channel, as: UInt8.self)
      }
    }
  }
}

/// Step buffers with the inputs and outputs of a product between canaries.
private final class ProductMemory {
  enum Taps {
    case past
    case present
    case all
  }

  private static let canary: UInt8 = 0xa5
  private let example: ProductExample
  private let packed: PackedLayer
  private let weights: ByteMemory
  /// Where the past and the present weights stand behind the header, and their end.
  private let (pastWeights, presentWeights, weightsEnd): (Int, Int, Int)
  private let buffers: StepBuffers
  /// Buffers of conditions alone.
  private let conditions: StepBuffers
  private let kernels: kodama_generation
  /// The index of sparse weights and their rows, past and present, between canaries too; none of dense ones.
  private let sparse: [(index: ByteMemory, rows: ByteMemory, counts: (index: Int, rows: Int))]
  /// Offsets in a buffer.
  private let (past, present, addend, output): (Int, Int, Int, Int)
  private let end: Int

  init(_ example: ProductExample, steps count: Int, entry: InstructionSet, isSparse: Bool = false) {
    self.example = example
    kernels = kodama_generation_entry(entry.index).pointee
    let layer = example.layer
    packed = PackedLayer(layer)
    pastWeights = packed.headerBytes
    presentWeights = pastWeights + packed.pastTaps * packed.tapBytes
    weightsEnd = presentWeights + packed.tapBytes
    weights = ByteMemory(count: weightsEnd + 128)
    // The canaries of what is packed stand behind it.
    for index in weightsEnd..<weightsEnd + 128 {
      weights.base.storeBytes(of: Self.canary, toByteOffset: index, as: UInt8.self)
    }
    let (base, width) = (weights.base, kernels.tile_outputs)
    packed.packHeader(layer, bias: layer.correctedBias.map { Float($0) }, parts: 1, into: base)
    packed.packWeights(layer, parts: 1, taps: 0..<layer.taps - 1, tileOutputs: width, into: base + pastWeights)
    packed.packWeights(
      layer, parts: 1, taps: layer.taps - 1..<layer.taps, tileOutputs: width, into: base + presentWeights)
    let (packed, isPaired) = (packed, kernels.has_paired_blocks != 0)
    sparse =
      !isSparse
      ? []
      : [0..<layer.taps - 1, layer.taps - 1..<layer.taps].map { taps in
        guard let blocks = SparseWeights(layer, packed, parts: 1, taps: taps, isPaired: isPaired) else {
          preconditionFailure("\(layer.precision) of \(layer.channels) channels has no blocks")
        }
        let (index, rows) = (ByteMemory(count: 2 * blocks.index.count + 64), ByteMemory(count: blocks.rows.count + 64))
        for memory in [index, rows] {
          memory.base.initializeMemory(as: UInt8.self, repeating: Self.canary, count: memory.count)
        }
        blocks.index.withUnsafeBytes { index.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        blocks.rows.withUnsafeBytes {
          if let start = $0.baseAddress { rows.base.copyMemory(from: start, byteCount: $0.count) }
        }
        return (index, rows, (2 * blocks.index.count, blocks.rows.count))
      }
    let tapBytes = layer.precision.operandBytes(channels: layer.channels)
    past = 64
    present = past + ((layer.taps - 1) * tapBytes).roundedUp(toMultipleOf: 64) + 64
    addend = present + tapBytes.roundedUp(toMultipleOf: 64) + 64
    output = addend + 4 * packed.outputs + 64
    end = output + 4 * packed.outputs
    buffers = StepBuffers(count: count, bytes: end + 64)
    conditions = StepBuffers(count: count, bytes: output)
    for buffer in 0..<count {
      let base = buffers[buffer]
      base.initializeMemory(as: UInt8.self, repeating: Self.canary, count: end + 64)
      (base + past).initializeMemory(as: UInt8.self, repeating: 0, count: (layer.taps - 1) * tapBytes)
      (base + present).initializeMemory(as: UInt8.self, repeating: 0, count: tapBytes)
      for tap in 0..<layer.taps {
        example.write(
          step: buffer, tap: tap, to: base + (tap == layer.taps - 1 ? present : past + tap * tapBytes))
      }
      (base + addend).assumingMemoryBound(to: Float.self).update(repeating: 2, count: packed.outputs)
      (conditions[buffer] + addend).assumingMemoryBound(to: Float.self)
        .update(repeating: Float(3 + buffer), count: packed.outputs)
      buffers.descriptors[buffer].conditions = UnsafePointer(conditions.descriptors[buffer].base)
    }
  }

  func run(taps: Taps, epilogue: kodama_epilogue) {
    let base = weights.base
    func part(_ number: Int, _ weights: Int, inputs: Int, x: Int) -> kodama_part {
      if sparse.isEmpty { return kodama_part(packed: base + weights, index: nil, inputs: inputs, x: x) }
      let index = UnsafePointer(sparse[number].index.base.assumingMemoryBound(to: UInt16.self))
      return kodama_part(packed: sparse[number].rows.base, index: index, inputs: inputs, x: x)
    }
    let pastPart = part(0, pastWeights, inputs: packed.pastInputs, x: past)
    let presentPart = part(1, presentWeights, inputs: packed.tapInputs, x: present)
    var operation = kodama_operation()
    operation.product.part_count = taps == .all && packed.pastTaps > 0 ? 2 : 1
    operation.product.parts.0 = taps == .present || packed.pastTaps == 0 ? presentPart : pastPart
    operation.product.parts.1 = presentPart
    operation.product.outputs = packed.outputs
    operation.product.bias = UnsafePointer(base.assumingMemoryBound(to: Float.self))
    operation.product.scales = UnsafePointer((base + packed.scalesOffset).assumingMemoryBound(to: Float.self))
    (operation.product.y, operation.product.addend) = (output, addend)
    operation.product.accumulation = taps == .present ? KODAMA_ACCUMULATE_ONTO_SUMS : KODAMA_ACCUMULATE_FROM_ZERO
    operation.product.epilogue = epilogue
    operation.product.factor = 0.75
    let precision = example.layer.precision
    operation.run = sparse.isEmpty ? kernels.product(precision) : kernels.sparseProduct(precision)
    kodama_run(&operation, 1, buffers.count, buffers.descriptors)
  }

  /// The first outputs of every buffer.
  func values(_ count: Int) -> [[Float]] {
    (0..<buffers.count).map { buffer in
      let floats = (buffers[buffer] + output).assumingMemoryBound(to: Float.self)
      return (0..<count).map { floats[$0] }
    }
  }

  /// Whether the canaries before and behind the output, before the addend and behind the weights stand.
  var isIntact: Bool {
    func stands(_ memory: UnsafeMutableRawPointer, _ range: Range<Int>) -> Bool {
      range.allSatisfy { memory.load(fromByteOffset: $0, as: UInt8.self) == Self.canary }
    }
    return stands(weights.base, weightsEnd..<weightsEnd + 128)
      && sparse.allSatisfy { part in
        stands(part.index.base, part.counts.index..<part.counts.index + 64)
          && stands(part.rows.base, part.counts.rows..<part.counts.rows + 64)
      }
      && (0..<buffers.count).allSatisfy { buffer in
        let base = buffers[buffer]
        return stands(base, 0..<64) && stands(base, present - 64..<present) && stands(base, addend - 64..<addend)
          && stands(base, output - 64..<output) && stands(base, end..<end + 64)
      }
  }
}
