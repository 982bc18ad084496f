import CKernels
import KodamaWaveNets

/// The operations of a step, in the orders in which they are run, over packed layers that stand in one run of memory.
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the program keeps.
final class Program: @unchecked Sendable {
  /// The operations of a block, in orders for several uses. All give the same numbers.
  struct Block {
    /// Past taps, into sums; empty where there are none.
    var past = 0..<0
    /// From the sums to the next block's input.
    var present = 0..<0
    /// The skip connection.
    var skip = 0..<0
    /// Everything, past and present taps in one product.
    var whole = 0..<0
  }

  let layout: ColumnLayout
  /// The input as the first block takes it.
  private(set) var input = 0..<0
  private(set) var blocks: [Block] = []
  /// All blocks for one column: what does not wait for the block before stands where others wait.
  private(set) var stack = 0..<0
  /// From the sum of skip connections to logits.
  private(set) var head = 0..<0
  /// Bytes that every sample reads: weights, biases and scales.
  let packedBytes: Int
  private let memory: ByteMemory
  private let operations: UnsafeMutablePointer<kodama_operation>
  private let count: Int

  init(_ model: InferenceModel, kernels: kodama_generation) {
    let packing = Packing(model, blockOutputs: kernels.block_outputs)
    let layout = ColumnLayout(model)
    var writer = Writer(model: model, layout: layout, packing: packing, kernels: kernels)
    input = writer.append { $0.input() }
    for index in model.blocks.indices {
      var block = Block()
      block.past = writer.append { $0.past(index) }
      block.present = writer.append { $0.present(index) }
      block.skip = writer.append { $0.skip(index) }
      block.whole = writer.append { $0.whole(index) }
      blocks.append(block)
    }
    stack = writer.append { writer in
      writer.past(0)
      for index in model.blocks.indices {
        writer.gates(index)
        if index + 1 < model.blocks.count { writer.past(index + 1) }
        writer.residual(index)
        writer.skip(index)
      }
    }
    head = writer.append { $0.head() }
    self.layout = layout
    memory = packing.memory
    packedBytes = packing.readBytes
    count = writer.operations.count
    operations = .allocate(capacity: count)
    operations.initialize(from: writer.operations, count: count)
  }

  deinit { operations.deallocate() }

  /// Runs some operations for some columns.
  func run(_ range: Range<Int>, columns: Int, _ bases: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
    kodama_run(operations + range.lowerBound, range.count, columns, bases)
  }
}

/// All layers of a model packed into one run of memory, in the order in which a step reads them.
private struct Packing {
  let memory: ByteMemory
  /// Bytes that a step reads.
  let readBytes: Int
  private var layers: [String: (layer: PackedLayer, offset: Int)] = [:]

  init(_ model: InferenceModel, blockOutputs: Int) {
    let ordered =
      (model.input.map { [$0] } ?? [])
      + model.blocks.flatMap { block in
        [block.dilated] + (block.residual.map { [$0] } ?? []) + [block.skip]
      } + model.head
    let parts = Dictionary(uniqueKeysWithValues: model.blocks.map { ($0.dilated.path, 2) })
    var offset = 0
    for layer in ordered {
      let packed = PackedLayer(layer, parts: parts[layer.path] ?? 1)
      layers[layer.path] = (packed, offset)
      offset += packed.byteCount.roundedUp(toMultipleOf: 64)
    }
    readBytes = offset
    memory = ByteMemory(count: offset)
    for layer in ordered {
      guard let (packed, offset) = layers[layer.path] else { continue }
      packed.pack(
        layer, parts: parts[layer.path] ?? 1, blockOutputs: blockOutputs, into: memory.base + offset)
    }
  }

  func product(_ layer: InferenceLayer) -> (packed: PackedLayer, base: UnsafeMutableRawPointer) {
    guard let (packed, offset) = layers[layer.path] else { preconditionFailure("\(layer.path) is not packed") }
    return (packed, memory.base + offset)
  }
}

/// Writes operations.
private struct Writer {
  let model: InferenceModel
  let layout: ColumnLayout
  let packing: Packing
  let kernels: kodama_generation
  private(set) var operations: [kodama_operation] = []

  init(model: InferenceModel, layout: ColumnLayout, packing: Packing, kernels: kodama_generation) {
    self.model = model
    self.layout = layout
    self.packing = packing
    self.kernels = kernels
  }

  mutating func append(_ body: (inout Writer) -> Void) -> Range<Int> {
    let start = operations.count
    body(&self)
    return start..<operations.count
  }

  /// The first convolution of a network with scalar input, and what the first block takes.
  mutating func input() {
    if let layer = model.input {
      product(layer, x: layout.sample, y: layout.blocks[0].input)
    }
    convertInput(0)
  }

  mutating func past(_ index: Int) {
    let (layer, block) = (model.blocks[index].dilated, layout.blocks[index])
    if layer.taps > 1 { product(layer, .past, pastX: block.past, y: block.gates, ending: KODAMA_SUMS) }
  }

  mutating func present(_ index: Int) {
    gates(index)
    residual(index)
  }

  /// The present tap and the gated output, as the layers after it take it.
  mutating func gates(_ index: Int) {
    let (layers, block) = (model.blocks[index], layout.blocks[index])
    product(layers.dilated, .present, x: block.present, y: block.gates)
    gate(index)
  }

  mutating func whole(_ index: Int) {
    let (layers, block) = (model.blocks[index], layout.blocks[index])
    product(layers.dilated, .all, pastX: block.past, x: block.present, y: block.gates)
    gate(index)
    residual(index)
    skip(index)
  }

  private mutating func gate(_ index: Int) {
    let (layers, block) = (model.blocks[index], layout.blocks[index])
    var operation = kodama_operation()
    operation.run = kernels.gate
    operation.gate = kodama_gate(
      channels: model.configuration.gateChannels, filter: block.gates, gate: block.gates + layout.gateStride,
      out: block.gated)
    operations.append(operation)
    convert(for: layers.skip, from: block.gated, to: block.skipInput)
    if let residual = layers.residual, block.residualInput != block.skipInput {
      convert(for: residual, from: block.gated, to: block.residualInput)
    }
  }

  mutating func residual(_ index: Int) {
    guard let layer = model.blocks[index].residual else { return }
    let block = layout.blocks[index]
    product(
      layer, x: block.residualInput, y: layout.blocks[index + 1].input, ending: KODAMA_ADDED, addend: block.input,
      factor: Float(model.configuration.residualScale))
    convertInput(index + 1)
  }

  mutating func skip(_ index: Int) {
    product(
      model.blocks[index].skip, x: layout.blocks[index].skipInput, y: layout.skip,
      ending: index == 0 ? KODAMA_PLAIN : KODAMA_ADDED, addend: layout.skip)
  }

  mutating func head() {
    convert(
      for: model.head[0], from: layout.skip, to: layout.headInput, factor: model.configuration.skipScale,
      rectified: true)
    product(model.head[0], x: layout.headInput, y: layout.hidden)
    convert(for: model.head[1], from: layout.hidden, to: layout.hiddenInput, rectified: true)
    product(model.head[1], x: layout.hiddenInput, y: layout.logits)
  }

  private mutating func convertInput(_ index: Int) {
    let block = layout.blocks[index]
    convert(for: model.blocks[index].dilated, from: block.input, to: block.present)
  }

  /// Writes floats as a layer takes them; nothing where they are that already.
  private mutating func convert(
    for layer: InferenceLayer, from x: Int, to y: Int, factor: Double = 1, rectified: Bool = false
  ) {
    if x == y { return }
    var operation = kodama_operation()
    switch layer.precision {
    case .float32: operation.run = kernels.convert_f32
    case .bfloat16: operation.run = kernels.convert_bf16
    case .int8, .int4: operation.run = kernels.convert_u8
    }
    operation.conversion = kodama_conversion(
      count: layer.channels, x: x, y: y, factor: Float(factor / Double(layer.input?.scale ?? 1)),
      rectified: rectified ? 1 : 0, zero_point: Int32(layer.input?.zeroPoint ?? 0))
    operations.append(operation)
  }

  /// Which taps a product takes.
  private enum Taps {
    case past
    /// From sums of past taps, where there are any.
    case present
    case all
  }

  private mutating func product(
    _ layer: InferenceLayer, _ taps: Taps = .all, pastX: Int = 0, x: Int = 0, y: Int,
    ending: kodama_ending = KODAMA_PLAIN, addend: Int = 0, factor: Float = 1
  ) {
    let (packed, base) = packing.product(layer)
    let past = kodama_part(packed: base + packed.pastOffset, inputs: packed.pastInputs, x: pastX)
    let present = kodama_part(packed: base + packed.presentOffset, inputs: packed.tapInputs, x: x)
    var product = kodama_product()
    switch taps {
    case .past: (product.parts.0, product.part_count) = (past, 1)
    case .all where packed.pastTaps > 0: (product.parts.0, product.parts.1, product.part_count) = (past, present, 2)
    case .all, .present: (product.parts.0, product.part_count) = (present, 1)
    }
    product.outputs = packed.outputs
    product.bias = UnsafePointer((base + packed.biasOffset).assumingMemoryBound(to: Float.self))
    product.scales = UnsafePointer((base + packed.scalesOffset).assumingMemoryBound(to: Float.self))
    (product.y, product.addend) = (y, addend)
    product.beginning = taps == .present && packed.pastTaps > 0 ? KODAMA_FROM_SUMS : KODAMA_FROM_BIAS
    product.ending = ending
    product.factor = factor
    var operation = kodama_operation()
    switch layer.precision {
    case .float32: operation.run = kernels.product_f32
    case .bfloat16: operation.run = kernels.product_bf16
    case .int8: operation.run = kernels.product_int8
    case .int4: operation.run = kernels.product_int4
    }
    operation.product = product
    operations.append(operation)
  }
}
