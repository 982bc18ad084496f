import KodamaInference

/// How a graph is computed by kernels: which products write into which sums, and in which forms values are needed.
///
/// A sum is fused into its products: the first one writes it, together with what else the sum consists of, and the
/// others accumulate onto it. Kernels exist for products of one delay-free or delayed value each, with one other term:
/// a value of the step, or a value that is known ahead of it.
struct FusionPlan {
  /// A sum that products write.
  struct Sum {
    let value: StepGraph.Value
    /// The products that nothing else takes, in their order.
    let products: [StepGraph.Value]
    /// The other term.
    let addend: StepGraph.Value?
    /// The factor that the product's kernel applies.
    let factor: Double
  }

  let network: InferenceNetwork
  let graph: StepGraph
  private let consumers: [[StepGraph.Value]]
  /// For every value the layers that take it, at the present step or through delays.
  private var takers: [[Int]]
  /// The nodes of each stage that depend on the step.
  private(set) var stages: [[StepGraph.Value]]
  /// By the product and by the sum.
  private var sums: [StepGraph.Value: Sum] = [:]
  /// Values whose two halves are gated with each other: each half is padded to whole vectors.
  private var halved: Set<StepGraph.Value> = []
  /// What recurrent units compute, and their states, which share memory.
  private var recurrent: Set<StepGraph.Value> = []

  /// - Precondition: the kernels compute the sums of the graph.
  init(_ network: InferenceNetwork) {
    self.network = network
    graph = network.graph
    consumers = graph.consumers
    takers = [[Int]](repeating: [], count: graph.nodes.count)
    stages = [[StepGraph.Value]](repeating: [], count: graph.stageCount)
    for value in graph.values where graph[value].rate == .step { stages[graph[value].stage].append(value) }
    for value in graph.values.reversed() {
      switch graph[value].operation {
      case .product(let layer, let x): takers[x.index].insert(layer, at: 0)
      case .delay(let x, _, _): takers[x.index].insert(contentsOf: takers[value.index], at: 0)
      default: break
      }
      if case .gate(let x) = graph[value].operation { halved.insert(x) }
      if case .add(let terms, _) = graph[value].operation, halved.contains(value) { halved.formUnion(terms) }
    }
    for recurrence in graph.recurrences {
      let both = takers[recurrence.state.index] + takers[recurrence.unit.index]
      (takers[recurrence.state.index], takers[recurrence.unit.index]) = (both, both)
      recurrent.formUnion([recurrence.state, recurrence.unit])
    }
    for value in graph.values where graph[value].rate > .signal {
      guard case .add(let terms, let factor) = graph[value].operation else { continue }
      let sum = sum(value, of: terms, factor: factor)
      for member in sum.products + [value] { sums[member] = sum }
    }
  }

  private func sum(_ value: StepGraph.Value, of terms: [StepGraph.Value], factor: Double) -> Sum {
    let products = terms.filter { term in
      guard case .product = graph[term].operation else { return false }
      return consumers[term.index] == [value] && graph[term].rate == graph[value].rate && term != graph.output
    }
    let others = terms.filter { !products.contains($0) }
    precondition(
      !products.isEmpty && others.count <= 1 && (others.isEmpty || products.count == 1 || factor == 1),
      "\(graph[value].name): no kernel adds \(terms.map { graph[$0].name })")
    return Sum(value: value, products: products, addend: others.first, factor: others.isEmpty ? 1 : factor)
  }

  /// The sum that a product writes, or that a value is; nil of others.
  func sum(of value: StepGraph.Value) -> Sum? { sums[value] }

  /// The value whose memory a product writes.
  func target(of product: StepGraph.Value) -> StepGraph.Value { sums[product]?.value ?? product }

  /// The factor that whoever reads the floats of a value applies: that of a sum whose products do not.
  func pendingFactor(of value: StepGraph.Value) -> Double {
    guard case .add(_, let factor) = graph[value].operation, sums[value]?.addend == nil else { return 1 }
    return factor
  }

  /// Whether two halves of a value are padded each for itself.
  func isHalved(_ value: StepGraph.Value) -> Bool { halved.contains(value) }

  /// Whether a value has memory of its own: not the terms that are fused into a sum, not delays, which have rings, and not
  /// what recurrent units compute, which replaces their states.
  func isStored(_ value: StepGraph.Value) -> Bool {
    let node = graph[value]
    switch node.operation {
    case .delay, .mixture, .recurrence: return false
    case .product where node.rate > .signal: return target(of: value) == value
    case .product, .add, .row, .sample, .features, .gate, .activation, .state:
      return node.rate > .signal || consumers[value.index].contains { graph[$0].rate > .signal }
    }
  }

  /// The forms in which products take a value, at the present step or through delays.
  func operandForms(of value: StepGraph.Value) -> [OperandForm] {
    var forms: [OperandForm] = []
    for layer in takers[value.index] {
      let form = OperandForm(network.layers[layer])
      if !forms.contains(form) { forms.append(form) }
    }
    return forms
  }

  /// Bytes of a tap of a value in a form in which products take it.
  func tapBytes(of value: StepGraph.Value, _ form: OperandForm) -> Int {
    takers[value.index].map { network.layers[$0] }.filter { OperandForm($0) == form }
      .map { $0.precision.operandBytes(channels: $0.channels) }.max() ?? 0
  }

  /// The forms in which a stored value is in memory. Gates and activations are written as their consumers take them;
  /// all other values are floats first.
  func storedForms(of value: StepGraph.Value) -> [OperandForm] {
    switch graph[value].operation {
    case .gate where !isReadAsFloats(value), .activation where !isReadAsFloats(value): operandForms(of: value)
    default: [.float32] + operandForms(of: value).filter { $0 != .float32 }
    }
  }

  /// Whether anything but products takes a value.
  private func isReadAsFloats(_ value: StepGraph.Value) -> Bool {
    value == graph.output
      || consumers[value.index].contains { reader in
        switch graph[reader].operation {
        case .gate, .activation, .add, .recurrence: true
        default: false
        }
      }
  }

  /// The form of the ring of a delay.
  func ringForm(of delay: StepGraph.Value) -> OperandForm {
    let forms = operandForms(of: delay)
    precondition(forms.count == 1, "the products of \(graph[delay].name) take \(forms.count) forms of it, not one")
    return forms[0]
  }

  /// The delays of a value that are kept as floats: they read its memory until the end of the step.
  private func isKeptAsFloats(_ value: StepGraph.Value) -> Bool {
    consumers[value.index].contains { consumer in
      if case .delay = graph[consumer].operation { ringForm(of: consumer) == .float32 } else { false }
    }
  }

  /// Whether a value is needed within its stage alone.
  func isLocal(_ value: StepGraph.Value) -> Bool {
    let stage = graph[value].stage
    if graph[value].rate < .step || value == graph.output || stage == 0 || stage == graph.stageCount - 1
      || recurrent.contains(value)
    {
      return false
    }
    return consumers[value.index].allSatisfy { consumer in
      if case .delay = graph[consumer].operation { return false }
      return graph[consumer].stage == stage
    }
  }

  /// Whether a product's result is needed by later stages alone, so that another thread may compute it.
  func isDeferred(_ value: StepGraph.Value) -> Bool {
    guard case .product = graph[value].operation, graph[value].rate == .step, sums[value]?.addend == nil else {
      return false
    }
    let (stage, target) = (graph[value].stage, target(of: value))
    // The first stage and the last are computed by one thread, as a whole.
    if stage == 0 || stage == graph.stageCount - 1 { return false }
    if graph[target].stage > stage { return true }
    let readers = consumers[target.index]
    return !readers.isEmpty
      && readers.allSatisfy { reader in
        if case .delay = graph[reader].operation { return false }
        return graph[reader].stage > stage
      }
  }

  /// The value whose floats a sum may overwrite: its addend, where nothing reads that afterwards.
  func overwritten(by value: StepGraph.Value) -> StepGraph.Value? {
    guard let addend = sums[value]?.addend, sums[value]?.value == value, graph[addend].rate == .step,
      graph[value].rate == .step, value != graph.output, addend != graph.output, storedForms(of: addend)[0] == .float32,
      !isKeptAsFloats(addend), !isKeptAsFloats(value), !isLocal(value), !isLocal(addend), !recurrent.contains(addend)
    else { return nil }
    let isLast = consumers[addend.index].allSatisfy { reader in
      if case .delay = graph[reader].operation { return true }
      return reader.index <= value.index && !isDeferred(reader)
    }
    return isLast ? addend : nil
  }

  /// The delayed products of a stage, whose past taps do not wait for anything of the step.
  func delayedProducts(ofStage stage: Int) -> [StepGraph.Value] {
    stages[stage].filter { value in
      guard case .product(_, let x) = graph[value].operation, case .delay = graph[x].operation else { return false }
      return true
    }
  }

  /// The last node of a stage that writes or reads the sums that its past taps were added up in.
  func lastUseOfPastSums(ofStage stage: Int) -> StepGraph.Value? {
    delayedProducts(ofStage: stage).map(target).flatMap { [$0] + consumers[$0.index] }
      .filter { graph[$0].stage == stage }.max { $0.index < $1.index }
  }
}
