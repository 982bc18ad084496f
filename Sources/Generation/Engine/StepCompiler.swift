import CKernels
import KodamaInference

/// Which taps of a delayed value a product takes.
enum Taps {
  case past
  /// Onto the sums of past taps, where there are any.
  case present
  case all
}

/// One operation on step buffers, before its weights have addresses.
enum Instruction {
  /// A product of a layer with a value.
  struct Product {
    let layer: Int
    let taps: Taps
    var pastX = 0
    var x = 0
    var y = 0
    var addend = 0
    var epilogue = KODAMA_EPILOGUE_BIAS
    var factor: Float = 1
    /// The conversion of the result to bytes that it does too.
    var conversion: Conversion?
  }

  /// Floats, or gates of floats, in the form that products take.
  struct Conversion {
    let form: OperandForm
    let count: Int
    let x: Int
    /// Where the second halves are, of gates.
    var gate: Int?
    let y: Int
    var factor = 1.0
    var isRectified = false
  }

  /// A gated recurrent unit, which replaces its state.
  struct Recurrence {
    let units: Int
    let gates: Int
    let product: Int
    let state: Int
  }

  case product(Product)
  case conversion(Conversion)
  case recurrence(Recurrence)

  /// The instructions with conversions to bytes made part of the products right before them whose results they convert.
  ///
  /// - Parameter outputs: of a layer, padded.
  static func fused(_ instructions: [Instruction], outputs: (_ layer: Int) -> Int) -> [Instruction] {
    instructions.reduce(into: []) { fused, instruction in
      guard case .conversion(let conversion) = instruction, conversion.gate == nil,
        conversion.form.representation == .integer8, case .product(var product)? = fused.last,
        product.conversion == nil, product.taps != .past, product.y == conversion.x,
        outputs(product.layer) == conversion.count.roundedUp(toMultipleOf: PackedLayer.lanes)
      else { return fused.append(instruction) }
      product.conversion = conversion
      fused[fused.count - 1] = .product(product)
    }
  }
}

/// Compiles the nodes of a graph to instructions: each kind of node in `instructions(for:)`.
struct StepCompiler {
  let plan: FusionPlan
  let layout: StepBufferLayout
  private let graph: StepGraph

  init(_ plan: FusionPlan, _ layout: StepBufferLayout) {
    self.plan = plan
    self.layout = layout
    graph = plan.graph
  }

  /// The instructions for values that are known ahead of a step.
  var conditions: [Instruction] {
    graph.values.filter { graph[$0].rate == .ahead }.flatMap { instructions(for: $0) }
  }

  /// The instructions of a stage; of two threads those of the first, from the sums of past taps on.
  func stage(_ stage: Int, _ taps: Taps = .all, _ threads: StepBufferLayout.Threads = .one) -> [Instruction] {
    plan.stages[stage].filter { !plan.isDeferred($0) }.flatMap { instructions(for: $0, taps, threads) }
  }

  /// The instructions of a stage whose results later stages alone need.
  func deferred(ofStage stage: Int, _ threads: StepBufferLayout.Threads = .one) -> [Instruction] {
    plan.stages[stage].filter(plan.isDeferred).flatMap { instructions(for: $0, .all, threads) }
  }

  /// The sums of past taps of a stage.
  func pastSums(ofStage stage: Int, _ threads: StepBufferLayout.Threads = .one) -> [Instruction] {
    plan.delayedProducts(ofStage: stage).map { .product(product($0, .past, threads)) }
  }

  /// All stages between the first and the last for one step. Where the weights exceed the second-level cache, products
  /// that do not depend on the stage before are placed between those that do, to hide latency; where they fit, fewer
  /// and longer products are faster.
  func stack(interleaved: Bool) -> [Instruction] {
    let stages = 1..<graph.stageCount - 1
    if !interleaved { return stages.flatMap { stage($0) + deferred(ofStage: $0) } }
    var instructions = stages.isEmpty ? [] : pastSums(ofStage: stages.lowerBound)
    for stage in stages {
      // The memory of past sums is free as soon as the gate has read it.
      let last = plan.lastUseOfPastSums(ofStage: stage)
      let next = stages.contains(stage + 1) ? pastSums(ofStage: stage + 1) : []
      if last == nil { instructions += next }
      for node in plan.stages[stage] where !plan.isDeferred(node) {
        instructions += self.instructions(for: node, .present, .one)
        if node == last { instructions += next }
      }
      instructions += deferred(ofStage: stage)
    }
    return instructions
  }

  /// The instructions of one node.
  private func instructions(
    for value: StepGraph.Value, _ taps: Taps = .all, _ threads: StepBufferLayout.Threads = .one
  ) -> [Instruction] {
    let node = graph[value]
    switch node.operation {
    case .row, .sample, .features: return conversions(of: value, threads)
    // Delays have rings, states the memory of their units; mixtures are evaluated once for a signal.
    case .delay, .mixture, .state: return []
    case .product:
      // A product with another term is computed with their sum, when all terms are.
      if plan.sum(of: value)?.addend != nil { return [] }
      return [.product(product(value, taps, threads))]
        + (plan.target(of: value) == value ? conversions(of: value, threads) : [])
    case .add:
      guard let sum = plan.sum(of: value) else { preconditionFailure("\(node.name) is no sum of products") }
      let products = sum.addend == nil ? [] : sum.products.map { Instruction.product(product($0, taps, threads)) }
      return products + conversions(of: value, threads)
    case .gate(let x):
      let source = layout.offset(of: x, .float32, threads)
      return plan.storedForms(of: value).map { form in
        .conversion(
          Instruction.Conversion(
            form: form, count: node.channels, x: source,
            gate: source + StepBufferLayout.halfBytes(channels: node.channels),
            y: layout.offset(of: value, form, threads)))
      }
    case .activation(let activation, let x):
      return plan.storedForms(of: value).map { form in
        .conversion(
          Instruction.Conversion(
            form: form, count: node.channels, x: layout.offset(of: x, .float32, threads),
            y: layout.offset(of: value, form, threads), factor: plan.pendingFactor(of: x),
            isRectified: activation == .relu))
      }
    case .recurrence(let gates, let product, let state):
      precondition(plan.pendingFactor(of: gates) == 1, "\(graph[gates].name): no kernel scales gates of units")
      let unit = Instruction.Recurrence(
        units: node.channels, gates: layout.offset(of: gates, .float32, threads),
        product: layout.offset(of: product, .float32, threads), state: layout.offset(of: state, .float32, threads))
      return [.recurrence(unit)] + conversions(of: value, threads)
    }
  }

  /// A value's floats in the other forms in which products take it.
  private func conversions(of value: StepGraph.Value, _ threads: StepBufferLayout.Threads) -> [Instruction] {
    plan.storedForms(of: value).filter { $0 != .float32 }.map { form in
      .conversion(
        Instruction.Conversion(
          form: form, count: graph[value].channels, x: layout.offset(of: value, .float32, threads),
          y: layout.offset(of: value, form, threads), factor: plan.pendingFactor(of: value)))
    }
  }

  private func product(
    _ value: StepGraph.Value, _ taps: Taps, _ threads: StepBufferLayout.Threads
  ) -> Instruction.Product {
    guard case .product(let layer, let input) = graph[value].operation else {
      preconditionFailure("\(graph[value].name) is no product")
    }
    var product = Instruction.Product(layer: layer, taps: taps)
    if let delay = layout.delay(input) {
      (product.pastX, product.x) = (delay.past, delay.present)
    } else {
      product.x = layout.offset(of: input, OperandForm(plan.network.layers[layer]), threads)
    }
    product.y = layout.offset(of: plan.target(of: value), .float32, threads)
    if taps == .past {
      product.epilogue = KODAMA_EPILOGUE_NONE
    } else if let sum = plan.sum(of: value), value != sum.products[0] {
      product.epilogue = KODAMA_EPILOGUE_ACCUMULATE
    } else if let sum = plan.sum(of: value), let addend = sum.addend {
      let isCondition = graph[value].rate == .step && graph[addend].rate < .step
      product.epilogue = isCondition ? KODAMA_EPILOGUE_CONDITION : KODAMA_EPILOGUE_ADD
      product.addend = layout.offset(of: addend, .float32, threads)
      product.factor = Float(sum.factor)
    }
    return product
  }
}
