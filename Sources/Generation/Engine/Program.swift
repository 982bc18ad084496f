import CKernels
import KodamaCore
import KodamaWaveNets

/// The operations of a step, in the orders in which they are run, over packed layers that stand in one run of memory.
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the program keeps.
final class Program: @unchecked Sendable {
  /// The operations of a block. All ways give the same numbers.
  struct Block {
    /// Everything.
    var whole = 0..<0
    /// For the first of two threads: from the sums of past taps to the next block's input.
    var lead = 0..<0
    /// For the second: the skip connection.
    var follow = 0..<0
  }

  let layout: ColumnLayout
  /// The past taps from their rings.
  private(set) var gather = 0..<0
  /// The input as the first block takes it.
  private(set) var input = 0..<0
  private(set) var blocks: [Block] = []
  /// All blocks for one column.
  private(set) var stack = 0..<0
  /// For the first of two threads: the past taps of all blocks.
  private(set) var pasts = 0..<0
  /// From the sum of skip connections to logits.
  private(set) var head = 0..<0
  /// The present inputs into their rings.
  private(set) var keep = 0..<0
  /// The packed layers, in the order in which a step reads them.
  let memory: ByteMemory
  private let operations: UnsafeMutablePointer<kodama_operation>
  private let rings: UnsafeMutableBufferPointer<kodama_ring>

  init(_ model: InferenceModel, kernels: kodama_generation) {
    let packing = Packing(model, blockOutputs: kernels.block_outputs)
    let layout = ColumnLayout(model)
    var writer = Writer(model: model, layout: layout, packing: packing, kernels: kernels)
    rings = .allocate(capacity: layout.blocks.count)
    let used = rings.initialize(fromContentsOf: layout.rings(kernelSize: model.configuration.kernelSize))
    let all = kodama_rings(rings: rings.baseAddress, count: used)
    gather = writer.append { $0.rings(all, kernels.gather) }
    keep = writer.append { $0.rings(all, kernels.keep) }
    input = writer.append { $0.input() }
    for index in model.blocks.indices {
      var block = Block()
      block.whole = writer.append { $0.whole(index) }
      block.lead = writer.append { $0.lead(index) }
      block.follow = writer.append { $0.skip(index, layout.blocks[index].sharedWork) }
      blocks.append(block)
    }
    stack = writer.append { $0.stack() }
    pasts = writer.append { writer in
      for index in model.blocks.indices { writer.past(index, layout.blocks[index].sharedWork) }
    }
    head = writer.append { $0.head() }
    self.layout = layout
    memory = packing.memory
    operations = .allocate(capacity: writer.operations.count)
    operations.initialize(from: writer.operations, count: writer.operations.count)
  }

  deinit {
    operations.deallocate()
    rings.deallocate()
  }

  /// Runs some operations for some columns.
  func run(_ range: Range<Int>, columns: Int, _ bases: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
    kodama_run(operations + range.lowerBound, range.count, columns, bases)
  }
}

/// All layers of a model packed into one run of memory, in the order in which `Program.stack` reads them: the processor
/// fetches ahead what lies ahead.
private struct Packing {
  /// Where a layer's numbers stand.
  struct Place {
    let layer: PackedLayer
    fileprivate(set) var header = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var past = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var present = UnsafeMutableRawPointer(bitPattern: 64)!
  }

  let memory: ByteMemory
  /// Bytes between the weights in use and those that are called for; 0 where the second-level cache holds most of them:
  /// then the processor is faster left to itself.
  let ahead: Int
  private var places: [String: Place]

  init(_ model: InferenceModel, blockOutputs: Int) {
    let gates = Set(model.blocks.map(\.dilated.path))
    func parts(_ layer: InferenceLayer) -> Int { gates.contains(layer.path) ? 2 : 1 }
    let layers = model.layers + (model.input.map { [$0] } ?? [])
    var places = Dictionary(
      uniqueKeysWithValues: layers.map { ($0.path, Place(layer: PackedLayer($0, parts: parts($0)))) })
    let bytes = places.values.reduce(0) { sum, place in
      let layer = place.layer
      return sum
        + [layer.headerBytes, layer.pastTaps * layer.tapBytes, layer.tapBytes]
        .reduce(0) { $0 + $1.roundedUp(toMultipleOf: 64) }
    }
    let memory = ByteMemory(count: bytes)
    ahead = bytes > 2 * CacheSize.secondLevel ? 2048 : 0
    var next = memory.base
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    // All headers together: among the weights they would hold up their reading.
    let skipBias = SkipBias(model)
    for layer in layers {
      guard var place = places[layer.path] else { continue }
      place.header = take(place.layer.headerBytes)
      place.layer.packHeader(layer, bias: skipBias[layer], parts: parts(layer), into: place.header)
      places[layer.path] = place
    }
    func placePast(_ layer: InferenceLayer) {
      guard var place = places[layer.path] else { return }
      place.past = take(place.layer.pastTaps * place.layer.tapBytes)
      place.layer.packWeights(
        layer, parts: parts(layer), taps: 0..<layer.taps - 1, blockOutputs: blockOutputs, into: place.past)
      places[layer.path] = place
    }
    func placePresent(_ layer: InferenceLayer) {
      guard var place = places[layer.path] else { return }
      place.present = take(place.layer.tapBytes)
      place.layer.packWeights(
        layer, parts: parts(layer), taps: layer.taps - 1..<layer.taps, blockOutputs: blockOutputs, into: place.present)
      places[layer.path] = place
    }
    func placeWhole(_ layer: InferenceLayer) {
      placePast(layer)
      placePresent(layer)
    }
    if let input = model.input { placeWhole(input) }
    placePast(model.blocks[0].dilated)
    for (index, block) in model.blocks.enumerated() {
      placePresent(block.dilated)
      if index + 1 < model.blocks.count { placePast(model.blocks[index + 1].dilated) }
      if let residual = block.residual { placeWhole(residual) }
      placeWhole(block.skip)
    }
    for layer in model.head { placeWhole(layer) }
    self.memory = memory
    self.places = places
  }

  func place(of layer: InferenceLayer) -> Place {
    guard let place = places[layer.path] else { preconditionFailure("\(layer.path) is not packed") }
    return place
  }
}

/// The biases of skip connections, which the first one brings for all.
private struct SkipBias {
  private let total: [Float]
  private let first: String
  private let paths: Set<String>

  init(_ model: InferenceModel) {
    let skips = model.blocks.map(\.skip)
    let biases = skips.map(\.correctedBias)
    total = biases[0].indices.map { output in Float(biases.reduce(0) { $0 + $1[output] }) }
    first = skips[0].path
    paths = Set(skips.map(\.path))
  }

  /// The bias to pack for a layer.
  subscript(layer: InferenceLayer) -> [Float] {
    if layer.path == first { return total }
    return paths.contains(layer.path) ? [] : layer.correctedBias.map { Float($0) }
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

  mutating func rings(_ rings: kodama_rings, _ kernel: kodama_kernel?) {
    var operation = kodama_operation()
    operation.run = kernel
    operation.rings = rings
    operations.append(operation)
  }

  /// The first convolution of a network with scalar input, and what the first block takes.
  mutating func input() {
    if let layer = model.input {
      product(layer, x: layout.sample, y: layout.blocks[0].input)
    }
    convertInput(0)
  }

  /// All blocks for one column. Where weights come from far, what does not wait for the block before stands where others
  /// wait; where they are near, fewer and longer products are faster.
  mutating func stack() {
    guard packing.ahead > 0 else {
      for index in model.blocks.indices { whole(index) }
      return
    }
    past(0, layout.blocks[0].work)
    for index in model.blocks.indices {
      let work = layout.blocks[index].work
      product(model.blocks[index].dilated, .present, x: layout.blocks[index].present, y: work.gates)
      gate(index, work)
      if index + 1 < model.blocks.count { past(index + 1, layout.blocks[index + 1].work) }
      residual(index, work)
      skip(index, work)
    }
  }

  /// A block for any number of columns.
  mutating func whole(_ index: Int) {
    let (block, work) = (layout.blocks[index], layout.blocks[index].work)
    product(model.blocks[index].dilated, .all, pastX: block.past, x: block.present, y: work.gates)
    gate(index, work)
    residual(index, work)
    skip(index, work)
  }

  /// A block without past taps and skip connection, which another thread follows.
  mutating func lead(_ index: Int) {
    let work = layout.blocks[index].sharedWork
    product(model.blocks[index].dilated, .present, x: layout.blocks[index].present, y: work.gates)
    gate(index, work)
    residual(index, work)
  }

  mutating func past(_ index: Int, _ work: ColumnLayout.Work) {
    let layer = model.blocks[index].dilated
    if layer.taps > 1 { product(layer, .past, pastX: layout.blocks[index].past, y: work.gates, ending: KODAMA_SUMS) }
  }

  /// The gated output, as the layers after it take it.
  private mutating func gate(_ index: Int, _ work: ColumnLayout.Work) {
    let layers = model.blocks[index]
    gate(for: layers.skip, work, to: work.skipInput)
    if let residual = layers.residual, work.residualInput != work.skipInput {
      gate(for: residual, work, to: work.residualInput)
    }
  }

  private mutating func gate(for layer: InferenceLayer, _ work: ColumnLayout.Work, to y: Int) {
    var operation = kodama_operation()
    switch layer.precision {
    case .float32: operation.run = kernels.gate_f32
    case .bfloat16: operation.run = kernels.gate_bf16
    case .int8, .int4: operation.run = kernels.gate_u8
    }
    operation.conversion = kodama_conversion(
      count: layer.channels, x: work.gates, gate: work.gates + layout.gateStride, y: y,
      factor: Float(1 / Double(layer.input?.scale ?? 1)), rectified: 0,
      zero_point: Int32(layer.input?.zeroPoint ?? 0))
    operations.append(operation)
  }

  private mutating func residual(_ index: Int, _ work: ColumnLayout.Work) {
    guard let layer = model.blocks[index].residual else { return }
    product(
      layer, x: work.residualInput, y: layout.blocks[index + 1].input, ending: KODAMA_ADDED,
      addend: layout.blocks[index].input, factor: Float(model.configuration.residualScale))
    convertInput(index + 1)
  }

  /// The first block's product brings the biases of all.
  mutating func skip(_ index: Int, _ work: ColumnLayout.Work) {
    product(
      model.blocks[index].skip, x: work.skipInput, y: layout.skip, ending: index == 0 ? KODAMA_PLAIN : KODAMA_TOTAL)
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
      count: layer.channels, x: x, gate: 0, y: y, factor: Float(factor / Double(layer.input?.scale ?? 1)),
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
    let place = packing.place(of: layer)
    let packed = place.layer
    let past = kodama_part(packed: place.past, inputs: packed.pastInputs, x: pastX)
    let present = kodama_part(packed: place.present, inputs: packed.tapInputs, x: x)
    var product = kodama_product()
    switch taps {
    case .past: (product.parts.0, product.part_count) = (past, 1)
    case .all where packed.pastTaps > 0: (product.parts.0, product.parts.1, product.part_count) = (past, present, 2)
    case .all, .present: (product.parts.0, product.part_count) = (present, 1)
    }
    product.outputs = packed.outputs
    product.ahead = packing.ahead
    product.bias = UnsafePointer(place.header.assumingMemoryBound(to: Float.self))
    product.scales = UnsafePointer((place.header + packed.scalesOffset).assumingMemoryBound(to: Float.self))
    (product.y, product.addend) = (y, addend)
    product.beginning = taps == .present && packed.pastTaps > 0 ? KODAMA_FROM_SUMS : KODAMA_FROM_ZERO
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
