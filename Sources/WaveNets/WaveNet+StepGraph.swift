import KodamaInference
import KodamaLayers

extension WaveNet {
  /// One step of the network as a graph, for generation, quantization and export. `logits` is the same network on a
  /// tape, for training; the formulas are those of `WaveNet`.
  ///
  /// It has a stage for the input, one for each block or for the recurrent layer, and one for the head.
  public var stepGraph: StepGraph {
    var graph = StepGraph()
    var x = input(&graph)
    let labels = labels.map { graph.mixture(of: $0.tables, name: "labels") }
    let steps = features.map { graph.features(channels: $0.features.channels, name: "features") }
    if let recurrent {
      let state = recurrent.write(to: &graph, x, labels: labels, features: steps)
      graph.beginStage()
      writeHead(state, &graph)
      return graph
    }
    var skips: [StepGraph.Value] = []
    for block in blocks {
      graph.beginStage()
      let path = "blocks.\(block.index)"
      var conditions: [StepGraph.Value] = []
      if let layer = block.labels, let labels {
        conditions.append(graph.convolution(layer, labels, isQuantizable: false))
      }
      if let layer = block.features, let steps { conditions.append(graph.convolution(layer, steps)) }
      var gates = [graph.convolution(block.dilated, x)]
      if !conditions.isEmpty { gates.append(graph.add(conditions, name: path + ".conditions")) }
      let gated = graph.gate(graph.add(gates, name: path + ".gates"), name: path + ".gated")
      skips.append(graph.convolution(block.skip, gated))
      if let residual = block.residual {
        x = graph.add(
          [x, graph.convolution(residual, gated)], factor: block.residualScale, name: path + ".output")
      }
    }
    graph.beginStage()
    let sum = graph.add(skips, factor: configuration.skipScale, name: "skip")
    writeHead(graph.activation(.relu, sum, name: "skip.relu"), &graph)
    return graph
  }

  /// The two layers of the head.
  private func writeHead(_ x: StepGraph.Value, _ graph: inout StepGraph) {
    let hidden = graph.convolution(head[0], x)
    graph.setOutput(graph.convolution(head[1], graph.activation(.relu, hidden, name: "head.0.relu")))
  }

  /// The input of the first block.
  private func input(_ graph: inout StepGraph) -> StepGraph.Value {
    if let embedding { return graph.row(of: embedding, name: "embedding") }
    guard let inputConvolution else { preconditionFailure("a network has a table or a first layer") }
    let sample = graph.sample(gain: configuration.inputGain, name: "sample")
    return graph.convolution(inputConvolution, sample, isQuantizable: false)
  }
}
