import CKernels
import KodamaWaveNets

/// Writes the operations of a `Program`.
struct ProgramWriter {
  let model: InferenceModel
  let layout: StepBufferLayout
  let packing: Packing
  let kernels: kodama_generation
  private(set) var operations: [kodama_operation] = []

  init(model: InferenceModel, layout: StepBufferLayout, packing: Packing, kernels: kodama_generation) {
    self.model = model
    self.layout = layout
    self.packing = packing
    self.kernels = kernels
  }

  mutating func append(_ body: (inout ProgramWriter) -> Void) -> Range<Int> {
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

  /// What labels and the features of a step add to the gates of all blocks.
  mutating func conditions() {
    var converted = Set<OperandForm.Key>()
    for (layers, block) in zip(model.blocks, layout.blocks) {
      guard let layer = layers.features, let target = block.conditions else { continue }
      let key = OperandForm(layer).key
      let input = layout.featureInputs[key] ?? layout.features
      if converted.insert(key).inserted { convert(for: layer, from: layout.features, to: input) }
      product(
        layer, x: input, y: target, epilogue: block.labels == nil ? KODAMA_EPILOGUE_BIAS : KODAMA_EPILOGUE_ADD,
        addend: block.labels ?? 0)
    }
  }

  /// All blocks for one step. Where the weights exceed the second-level cache, products that do not depend on the block
  /// before are placed between those that do, to hide latency; where they fit, fewer and longer products are faster.
  mutating func stack() {
    guard packing.prefetchDistance > 0 else {
      for index in model.blocks.indices { whole(index) }
      return
    }
    past(0, layout.blocks[0].work)
    for index in model.blocks.indices {
      let work = layout.blocks[index].work
      dilated(index, .present, work)
      gate(index, work)
      if index + 1 < model.blocks.count { past(index + 1, layout.blocks[index + 1].work) }
      residual(index, work)
      skip(index, work)
    }
  }

  /// A block for any number of steps.
  mutating func whole(_ index: Int) {
    let work = layout.blocks[index].work
    dilated(index, .all, work)
    gate(index, work)
    residual(index, work)
    skip(index, work)
  }

  /// A block without past taps and skip connection, which another thread follows.
  mutating func lead(_ index: Int) {
    let work = layout.blocks[index].sharedWork
    dilated(index, .present, work)
    gate(index, work)
    residual(index, work)
  }

  /// The dilated convolution, with what labels and features add.
  private mutating func dilated(_ index: Int, _ taps: Taps, _ work: StepBufferLayout.Work) {
    let block = layout.blocks[index]
    product(
      model.blocks[index].dilated, taps, pastX: block.past, x: block.present, y: work.gates,
      epilogue: block.conditions == nil ? KODAMA_EPILOGUE_BIAS : KODAMA_EPILOGUE_CONDITION,
      addend: block.conditions ?? 0)
  }

  mutating func past(_ index: Int, _ work: StepBufferLayout.Work) {
    let layer = model.blocks[index].dilated
    if layer.taps > 1 {
      product(layer, .past, pastX: layout.blocks[index].past, y: work.gates, epilogue: KODAMA_EPILOGUE_NONE)
    }
  }

  /// The gated output, as the layers after it take it.
  private mutating func gate(_ index: Int, _ work: StepBufferLayout.Work) {
    let layers = model.blocks[index]
    gate(for: layers.skip, work, to: work.skipInput)
    if let residual = layers.residual, work.residualInput != work.skipInput {
      gate(for: residual, work, to: work.residualInput)
    }
  }

  private mutating func gate(for layer: InferenceLayer, _ work: StepBufferLayout.Work, to y: Int) {
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

  private mutating func residual(_ index: Int, _ work: StepBufferLayout.Work) {
    guard let layer = model.blocks[index].residual else { return }
    product(
      layer, x: work.residualInput, y: layout.blocks[index + 1].input, epilogue: KODAMA_EPILOGUE_ADD,
      addend: layout.blocks[index].input, factor: Float(model.configuration.residualScale))
    convertInput(index + 1)
  }

  /// The first block's product brings the biases of all.
  mutating func skip(_ index: Int, _ work: StepBufferLayout.Work) {
    product(
      model.blocks[index].skip, x: work.skipInput, y: layout.skip,
      epilogue: index == 0 ? KODAMA_EPILOGUE_BIAS : KODAMA_EPILOGUE_ACCUMULATE)
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
    epilogue: kodama_epilogue = KODAMA_EPILOGUE_BIAS, addend: Int = 0, factor: Float = 1
  ) {
    let location = packing.location(of: layer)
    let packed = location.layer
    let past = kodama_part(packed: location.past, inputs: packed.pastInputs, x: pastX)
    let present = kodama_part(packed: location.present, inputs: packed.tapInputs, x: x)
    var product = kodama_product()
    switch taps {
    case .past: (product.parts.0, product.part_count) = (past, 1)
    case .all where packed.pastTaps > 0: (product.parts.0, product.parts.1, product.part_count) = (past, present, 2)
    case .all, .present: (product.parts.0, product.part_count) = (present, 1)
    }
    product.outputs = packed.outputs
    product.prefetch_distance = packing.prefetchDistance
    product.bias = UnsafePointer(location.header.assumingMemoryBound(to: Float.self))
    product.scales = UnsafePointer((location.header + packed.scalesOffset).assumingMemoryBound(to: Float.self))
    (product.y, product.addend) = (y, addend)
    product.accumulation =
      taps == .present && packed.pastTaps > 0 ? KODAMA_ACCUMULATE_ONTO_SUMS : KODAMA_ACCUMULATE_FROM_ZERO
    product.epilogue = epilogue
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
