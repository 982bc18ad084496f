import CKernels
import KodamaCore
import KodamaInference

/// The operations of a step of a network, in the orders in which they are run, over packed layers in one run of memory.
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the program keeps.
final class Program: @unchecked Sendable {
  /// The operations of a stage between the first and the last. All ways give the same numbers.
  struct Stage {
    /// Everything.
    var whole = 0..<0
    /// For the first of two threads: from the sums of past taps to the next stage's input.
    var lead = 0..<0
    /// For the second: what later stages alone need.
    var follow = 0..<0
    /// The delays that it reads, as indices of those of the layout.
    var delays: [Int] = []
    /// The states of its recurrent units: with any, a step needs the step before.
    var states: [StepBufferLayout.State] = []
  }

  /// Products with the same inner loop.
  struct Products: Hashable {
    let precision: Precision
    let isSparse: Bool
  }

  let layout: StepBufferLayout
  /// Multiply-adds of a step.
  let multiplyAdds: [Products: Int]
  /// The values known ahead of a step: for buffers of conditions too.
  let conditions: Range<Int>
  /// The past taps from their rings.
  let gather: Range<Int>
  /// The first stage.
  let input: Range<Int>
  /// The stages between the first and the last.
  let stages: [Stage]
  /// All of them for one step.
  let stack: Range<Int>
  /// For the first of two threads: the sums of past taps of all stages.
  let pasts: Range<Int>
  /// The last stage.
  let head: Range<Int>
  /// The present values into their rings.
  let keep: Range<Int>
  /// The packed layers, in the order in which a step reads them.
  let memory: ByteMemory
  private let operations: UnsafeMutablePointer<kodama_operation>
  private let rings: UnsafeMutableBufferPointer<kodama_ring>

  /// - Parameters:
  ///   - prefetches: whether weights are prefetched and products interleaved; nil where the second-level cache cannot
  ///     hold most of them: else the processor is faster left to itself.
  ///   - fuses: whether products also write their results as bytes, instead of conversions that follow them.
  /// - Precondition: a first stage, a last one, and kernels for the sums of the graph (see `FusionPlan`).
  init(_ network: InferenceNetwork, kernels: kodama_generation, prefetches: Bool? = nil, fuses: Bool = true) {
    let (plan, last) = (FusionPlan(network), network.graph.stageCount - 1)
    precondition(last > 0, "a graph of one stage has no last one after its first")
    let layout = StepBufferLayout(plan)
    let compiler = StepCompiler(plan, layout)
    let locations = Packing.locations(plan, kernels)
    multiplyAdds = zip(network.layers, locations).reduce(into: [:]) { counts, pair in
      guard let location = pair.1 else { return }
      counts[Products(precision: pair.0.precision, isSparse: location.isSparse), default: 0] += location.multiplyAdds
    }
    let prefetchDistance = prefetches ?? (Packing.byteCount(locations) > 2 * CacheSize.secondLevel) ? 2048 : 0
    let (conditions, input) = (compiler.conditions, compiler.stage(0))
    let (stack, head) = (compiler.stack(interleaved: prefetchDistance > 0), compiler.stage(last))
    let packing = Packing(plan, locations, order: conditions + input + stack + head, tileOutputs: kernels.tile_outputs)

    var operations: [kodama_operation] = []
    func append(_ instructions: [Instruction]) -> Range<Int> {
      let start = operations.count
      let joined =
        fuses ? Instruction.fused(instructions) { packing.location(ofLayer: $0).layer.outputs } : instructions
      operations += joined.map {
        $0.operation(network, packing, prefetchDistance: prefetchDistance, kernels: kernels)
      }
      return start..<operations.count
    }
    rings = .allocate(capacity: layout.delays.count)
    let taps = kodama_rings(rings: rings.baseAddress, count: rings.initialize(fromContentsOf: layout.rings))
    func appendRings(_ kernel: kodama_kernel?) -> Range<Int> {
      var operation = kodama_operation()
      operation.run = kernel
      operation.rings = taps
      operations.append(operation)
      return operations.count - 1..<operations.count
    }
    gather = appendRings(kernels.gather)
    keep = appendRings(kernels.keep)
    self.conditions = append(conditions)
    self.input = append(input)
    var stages: [Stage] = []
    for index in 1..<last {
      var stage = Stage()
      stage.whole = append(compiler.stage(index) + compiler.deferred(ofStage: index))
      stage.lead = append(compiler.stage(index, .present, .two))
      stage.follow = append(compiler.deferred(ofStage: index, .two))
      stage.states = layout.states.filter { $0.stage == index }
      stage.delays = layout.delays.indices.filter { layout.delays[$0].stage == index }
      stages.append(stage)
    }
    self.stages = stages
    self.stack = append(stack)
    pasts = append((1..<last).flatMap { compiler.pastSums(ofStage: $0, .two) })
    self.head = append(head)
    self.layout = layout
    memory = packing.memory
    self.operations = .allocate(capacity: operations.count)
    self.operations.initialize(from: operations, count: operations.count)
  }

  deinit {
    operations.deallocate()
    rings.deallocate()
  }

  /// Runs some operations for as many steps as there are descriptors.
  func run(_ range: Range<Int>, steps: Int, _ descriptors: UnsafePointer<kodama_step_buffer>) {
    kodama_run(operations + range.lowerBound, range.count, steps, descriptors)
  }
}

extension Instruction {
  /// The instruction as kernels take it.
  fileprivate func operation(
    _ network: InferenceNetwork, _ packing: Packing, prefetchDistance: Int, kernels: kodama_generation
  ) -> kodama_operation {
    var operation = kodama_operation()
    switch self {
    case .product(let instruction):
      let location = packing.location(ofLayer: instruction.layer)
      let packed = location.layer
      let past = kodama_part(
        packed: location.past.rows, index: location.past.index, inputs: packed.pastInputs, x: instruction.pastX)
      let present = kodama_part(
        packed: location.present.rows, index: location.present.index, inputs: packed.tapInputs, x: instruction.x)
      var product = kodama_product()
      switch instruction.taps {
      case .past: (product.parts.0, product.part_count) = (past, 1)
      case .all where packed.pastTaps > 0: (product.parts.0, product.parts.1, product.part_count) = (past, present, 2)
      case .all, .present: (product.parts.0, product.part_count) = (present, 1)
      }
      product.outputs = packed.outputs
      product.prefetch_distance = prefetchDistance
      product.bias = UnsafePointer(location.header.assumingMemoryBound(to: Float.self))
      product.scales = UnsafePointer((location.header + packed.scalesOffset).assumingMemoryBound(to: Float.self))
      (product.y, product.addend) = (instruction.y, instruction.addend)
      product.accumulation =
        instruction.taps == .present && packed.pastTaps > 0
        ? KODAMA_ACCUMULATE_ONTO_SUMS : KODAMA_ACCUMULATE_FROM_ZERO
      product.epilogue = instruction.epilogue
      product.factor = instruction.factor
      if let conversion = instruction.conversion { (product.converts, product.conversion) = (1, conversion.operands) }
      let precision = network.layers[instruction.layer].precision
      operation.run = location.isSparse ? kernels.sparseProduct(precision) : kernels.product(precision)
      operation.product = product
    case .conversion(let instruction):
      let form = instruction.form.representation
      operation.run = instruction.gate == nil ? kernels.convert(form) : kernels.gate(form)
      operation.conversion = instruction.operands
    case .recurrence(let instruction):
      operation.run = kernels.gru
      operation.gru = kodama_gru(
        units: instruction.units, gates: instruction.gates, product: instruction.product, state: instruction.state)
    }
    return operation
  }
}

extension Instruction.Conversion {
  /// The conversion as kernels take it.
  fileprivate var operands: kodama_conversion {
    kodama_conversion(
      count: count, x: x, gate: gate ?? 0, y: y, factor: Float(factor / Double(form.quantization?.scale ?? 1)),
      rectified: isRectified ? 1 : 0, zero_point: Int32(form.quantization?.zeroPoint ?? 0))
  }
}
