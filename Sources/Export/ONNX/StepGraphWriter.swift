import KodamaInference

/// Writes a network's step graph as a graph of ONNX: the pass over all steps, or one step with the memory of its delays
/// as inputs and outputs. Both go through the nodes here; they differ in how a product is written and in where a delay
/// has its past values from.
///
/// Values are [B, C, T] in the full pass and [B, C] in the step; those that are the same at all steps are [B, C] in
/// both.
struct StepGraphWriter {
  /// The names and descriptions of the graph's inputs and of its output.
  struct Names {
    /// Of codes or samples.
    let input: (name: String, about: String)
    /// Of the index into each table of the mixture.
    let tables: [String]
    /// Of the output.
    let output: (name: String, about: String)
  }

  /// The memory of a delay, in the step.
  struct Memory {
    /// Its values at the steps that the next step looks back to.
    let present: GraphBuilder.Value
    /// [batch, channels, (taps − 1) · dilation].
    let extents: [GraphBuilder.Extent]
  }

  let network: InferenceNetwork
  let isFull: Bool
  let names: Names
  var builder: GraphBuilder
  private var memories: [Memory] = []
  private var values: [StepGraph.Value: GraphBuilder.Value] = [:]

  /// A writer of an empty graph.
  ///
  /// - Parameter isFull: whether the graph takes all steps at once.
  init(_ network: InferenceNetwork, name: String, isFull: Bool, names: Names) {
    self.network = network
    self.isFull = isFull
    self.names = names
    builder = GraphBuilder(name: name)
  }

  /// The graph.
  ///
  /// - Throws: `ExportFault.precision`, `.features`, `.recurrent`.
  mutating func write() throws -> ONNXGraphProto {
    for value in network.graph.values { values[value] = try write(value, network.graph[value]) }
    writeOutput()
    for memory in memories {
      builder.output(memory.present, memory.extents, about: "The past of the same delay at the next step.")
    }
    return builder.graph
  }

  /// Writes a node of the step graph.
  private mutating func write(_ value: StepGraph.Value, _ node: StepGraph.Node) throws -> GraphBuilder.Value {
    switch node.operation {
    case .row(let table):
      let input = input(.int64)
      let rows = builder.constant(network.graph.tables[table].declarations[0].name, Constant(network.tables[table]))
      if !isFull { return builder.node(node.name, .gather, [rows, input]) }
      let gathered = builder.node(node.name + ".rows", .gather, [rows, input])
      return builder.node(node.name, .transpose, [gathered], ["perm": .integers([0, 2, 1])])
    case .sample(let gain):
      let signal = builder.node(node.name, .unsqueeze, [input(.float), builder.integers([1])])
      return scaled(signal, by: gain, name: node.name + ".scaled")
    case .features: throw ExportFault.features
    case .state, .recurrence: throw ExportFault.recurrent
    case .mixture(let tables): return mixture(node.name, tables)
    case .delay(let x, let taps, let dilation):
      // The convolutions of the full pass have their own windows.
      if isFull { return found(x) }
      return delayed(found(x), node, taps: taps, dilation: dilation)
    case .product(let index, let x):
      let layer = network.layers[index]
      if !isFull || node.rate == .signal { return try product(found(x), layer) }
      return try convolution(found(x), layer, dilation: network.graph.layers[index].convolution.geometry.dilation)
    case .gate(let x):
      let halves = builder.nodes(
        [node.name + ".filter", node.name + ".gate"], .split, [found(x)], ["axis": .integer(1)])
      let filter = builder.node(node.name + ".tanh", .tanh, [halves[0]])
      let gate = builder.node(node.name + ".sigmoid", .sigmoid, [halves[1]])
      return builder.node(node.name, .mul, [filter, gate])
    case .activation(.relu, let x): return builder.node(node.name, .relu, [found(x)])
    case .add(let terms, let factor): return sum(node, terms, factor: factor)
    }
  }

  private func found(_ value: StepGraph.Value) -> GraphBuilder.Value {
    guard let found = values[value] else { preconditionFailure("\(network.graph[value].name) was not written") }
    return found
  }

  /// The input of the graph.
  private mutating func input(_ type: ONNXTensorProto.DataType) -> GraphBuilder.Value {
    builder.input(
      names.input.name, type, [.named("batch")] + (isFull ? [.named("time")] : []), about: names.input.about)
  }

  /// The sum of rows whose indices are inputs of the graph: [B, C].
  private mutating func mixture(_ name: String, _ tables: [Int]) -> GraphBuilder.Value {
    var sum: GraphBuilder.Value?
    for (index, table) in tables.enumerated() {
      let input = names.tables[index]
      let indices = builder.input(
        input, .int64, [.named("batch")], about: "The label of each signal: its index in the metadata \(input), from 0."
      )
      let rows = builder.constant(network.graph.tables[table].declarations[0].name, Constant(network.tables[table]))
      let vector = builder.node("\(name).\(index)", .gather, [rows, indices])
      sum = sum.map { builder.node("\(name).\(index).sum", .add, [$0, vector]) } ?? vector
    }
    guard let sum else { preconditionFailure("\(name) has no tables") }
    return sum
  }

  /// The taps of a value at one step, side by side: from x [B, C] and the graph's input `past_i` [B, C, (K − 1) · d] →
  /// [B, C · K], the tap varying faster. `present_i` is the past without its oldest step and with x.
  private mutating func delayed(
    _ x: GraphBuilder.Value, _ node: StepGraph.Node, taps: Int, dilation: Int
  ) -> GraphBuilder.Value {
    let (index, steps) = (memories.count, (taps - 1) * dilation)
    let extents: [GraphBuilder.Extent] = [.named("batch"), .fixed(node.channels), .fixed(steps)]
    let past = builder.input(
      "past_\(index)", .float, extents,
      about: "The inputs of \(node.name) at the \(steps) steps before, oldest first; zero before the first.")
    let column = builder.node(node.name + ".column", .unsqueeze, [x, builder.integers([2])])
    let window = builder.node(node.name + ".window", .concat, [past, column], ["axis": .integer(2)])
    let present = slice(window, from: 1, to: steps + 1, by: 1, name: "present_\(index)")
    memories.append(Memory(present: present, extents: extents))
    let chosen =
      dilation == 1 ? window : slice(window, from: 0, to: steps + 1, by: dilation, name: node.name + ".steps")
    // 0 keeps the extent of the batch.
    return builder.node(node.name, .reshape, [chosen, builder.integers([0, node.channels * taps])])
  }

  /// Some of the steps of [B, C, T].
  private mutating func slice(
    _ x: GraphBuilder.Value, from start: Int, to end: Int, by step: Int, name: String
  ) -> GraphBuilder.Value {
    let range = [[start], [end], [2], [step]].map { builder.integers($0) }
    return builder.node(name, .slice, [x] + range)
  }

  private mutating func sum(
    _ node: StepGraph.Node, _ terms: [StepGraph.Value], factor: Double
  ) -> GraphBuilder.Value {
    let isStep = node.rate > .signal
    let operands = terms.map { term in
      let value = found(term)
      guard isFull && isStep && network.graph[term].rate == .signal else { return value }
      return builder.node(value.name + ".steps", .unsqueeze, [value, builder.integers([2])])
    }
    var sum = operands[0]
    for (index, operand) in operands.enumerated().dropFirst() {
      let isLast = index == operands.count - 1 && factor == 1
      sum = builder.node(isLast ? node.name : "\(node.name).\(index)", .add, [sum, operand])
    }
    return scaled(sum, by: factor, name: node.name)
  }

  private mutating func scaled(_ x: GraphBuilder.Value, by factor: Double, name: String) -> GraphBuilder.Value {
    if factor == 1 { return x }
    return builder.node(name, .mul, [x, builder.constant(name + ".factor", Constant([Float(factor)], []))])
  }

  private mutating func writeOutput() {
    let (value, channels) = (found(network.graph.output), network.graph[network.graph.output].channels)
    let output =
      isFull
      ? builder.node(names.output.name, .transpose, [value], ["perm": .integers([0, 2, 1])])
      : builder.node(names.output.name, .identity, [value])
    builder.output(
      output, [.named("batch")] + (isFull ? [.named("time")] : []) + [.fixed(channels)], about: names.output.about)
  }
}
