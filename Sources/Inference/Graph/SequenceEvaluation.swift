import KodamaLayers
import KodamaTensors

/// The inputs of a network at the steps of one signal.
package struct SequenceInput: Sendable {
  package var steps: Int
  /// The row of the table before each step, where the network takes rows.
  package var rows: [Int32] = []
  /// The sample before each step, where the network takes samples.
  package var samples: [Float] = []
  /// The features of each step, [steps, C], where the network takes features.
  package var features: [Float] = []
  /// The means of rows that the signal's mixture consists of, where the graph has one.
  package var mixtures: [[RowShare]] = []

  package init(steps: Int) { self.steps = steps }
}

extension InferenceNetwork {
  /// Computes the network at all steps of a signal, node by node, in single precision with the weights as the numbers
  /// they represent; inputs of layers are not rounded. The engine computes the same incrementally.
  ///
  /// - Parameter visit: called with the input of every product that is computed at each step, [1, T, channels]: of a
  ///   delay, the value that it delays.
  /// - Returns: the output, [1, T, channels].
  package func evaluate(
    _ input: SequenceInput, workspace: Workspace, visit: (_ layer: Int, Tensor<Float>) -> Void = { _, _ in }
  ) -> Tensor<Float> {
    let tape = Pass(Parameters<Float>([]), workspace: workspace).tape
    func constant(_ shape: Shape, _ numbers: [Float]) -> Variable<Float> { tape.constant(Tensor(shape, numbers)) }
    // Values are released after their last use.
    var lastUse = graph.consumers.map { $0.last?.index ?? 0 }
    lastUse[graph.output.index] = graph.nodes.count
    var values: [StepGraph.Value: Variable<Float>] = [:]
    let recurrences = graph.recurrences
    // What recurrent units compute at all steps.
    var computed: [StepGraph.Value: Variable<Float>] = [:]
    func value(_ value: StepGraph.Value) -> Variable<Float> {
      guard let found = values[value] else { preconditionFailure("\(graph[value].name) was not computed") }
      return found
    }
    for node in graph.values {
      let channels = graph[node].channels
      switch graph[node].operation {
      case .row(let table): values[node] = tape.constant(tables[table]).gathered(input.rows, shape: [1, input.steps])
      case .sample(let gain): values[node] = constant([1, input.steps, 1], input.samples.map { $0 * Float(gain) })
      case .features: values[node] = constant([1, input.steps, channels], input.features)
      case .mixture(let indices):
        let means = zip(indices, input.mixtures).map { index, mixture in
          var shares = [Float](repeating: 0, count: tables[index].shape[0])
          for share in mixture { shares[share.row] = Float(share.weight) }
          return constant([1, 1, shares.count], shares).matrixProduct(tape.constant(tables[index]))
        }
        values[node] = means.dropFirst().reduce(means[0], +)
      case .delay(let x, _, _): values[node] = value(x)
      case .product(let index, let x):
        let (layer, form) = (layers[index], graph.layers[index])
        if graph[node].rate > .signal { visit(index, value(x).value) }
        values[node] = value(x).convolution(
          weight: constant([layer.outputs, layer.channels, layer.taps], layer.dequantized),
          bias: layer.bias.map { constant([layer.outputs], $0) }, geometry: form.convolution.geometry)
      case .gate(let x): values[node] = value(x).gated()
      case .activation(.relu, let x): values[node] = value(x).relu()
      case .add(let terms, let factor):
        let sum = terms.dropFirst().reduce(value(terms[0])) { $0 + value($1) }
        values[node] = factor == 1 ? sum : sum * Float(factor)
      case .state:
        guard let recurrence = recurrences.first(where: { $0.state == node }) else {
          preconditionFailure("\(graph[node].name) is the state of no unit")
        }
        let states = self.states(layers[recurrence.layer], gates: value(recurrence.gates).value, tape)
        values[node] = states.padded(axis: 1, before: 1, after: 0).sliced(axis: 1, 0..<input.steps)
        computed[recurrence.unit] = states
      case .recurrence: values[node] = computed.removeValue(forKey: node)
      }
      for (old, _) in values where lastUse[old.index] <= node.index { values[old] = nil }
    }
    return value(graph.output).value
  }

  /// The states of a recurrent unit after each step.
  ///
  /// - Shapes: gates [1, T, 3 · units] → [1, T, units].
  private func states(_ layer: InferenceLayer, gates: Tensor<Float>, _ tape: Tape<Float>) -> Variable<Float> {
    let (units, rows) = (layer.channels, layer.outputs)
    var gates = tape.constant(gates)
    var productBias: Variable<Float>?
    if let bias = layer.bias {
      // The new gate's belongs to the product, which the reset gate scales.
      gates = gates + tape.constant(Tensor([rows], bias[..<(2 * units)] + [Float](repeating: 0, count: units)))
      productBias = tape.constant(Tensor([units], Array(bias[(2 * units)...])))
    }
    let weight = tape.constant(Tensor([rows, units], layer.dequantized))
    return gates.recurrence(.gru, weight: weight, productBias: productBias).outputs
  }
}
