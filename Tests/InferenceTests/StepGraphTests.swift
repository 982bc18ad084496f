import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaInference

/// A network that is no WaveNet: a rectified delayed product, gated with another one, over a mixture and a scaled sum.
private enum Example {
  static let table = Embedding("table", classes: 5, channels: 3)
  static let rows = Embedding("rows", classes: 2, channels: 4)

  static var graph: StepGraph {
    func layer(_ path: String, _ inputs: Int, _ outputs: Int, taps: Int = 1, dilation: Int = 1, bias: Bool = true)
      -> Convolution
    {
      Convolution(
        path,
        ConvolutionGeometry(inputChannels: inputs, outputChannels: outputs, kernelSize: taps, dilation: dilation),
        bias: bias)
    }
    var graph = StepGraph()
    let x = graph.row(of: table, name: "table")
    let conditions = graph.convolution(
      layer("conditions", 4, 6, bias: false), graph.mixture(of: [rows], name: "rows"), isQuantizable: false)
    graph.beginStage()
    let hidden = graph.activation(.relu, graph.convolution(layer("first", 3, 3, taps: 2), x), name: "hidden")
    graph.beginStage()
    let gates = graph.add(
      [graph.convolution(layer("second", 3, 6, taps: 3, dilation: 2), hidden), conditions], name: "gates")
    let gated = graph.gate(gates, name: "gated")
    let residual = graph.add([hidden, graph.convolution(layer("third", 3, 3), gated)], factor: 0.5, name: "residual")
    graph.beginStage()
    graph.setOutput(graph.convolution(layer("last", 3, 4), graph.activation(.relu, residual, name: "rectified")))
    return graph
  }

  static var network: InferenceNetwork {
    let graph = graph
    let declarations = graph.tables.flatMap(\.declarations) + graph.layers.flatMap(\.convolution.declarations)
    return InferenceNetwork(graph, Parameters<Float>(declarations, seed: 3))
  }

  static let mixtures = [[RowShare(0, 0.25), RowShare(1, 0.75)]]
}

@Suite struct StepGraphTests {
  @Test func nodesKnowTheirChannelsStagesAndRates() throws {
    let graph = Example.graph
    func node(_ name: String) throws -> StepGraph.Node { try #require(graph.nodes.first { $0.name == name }) }
    #expect(try node("gates").channels == 6 && node("gated").channels == 3)
    #expect(try node("table").stage == 0 && node("hidden").stage == 1 && node("last").stage == 3)
    #expect(graph.stageCount == 4)
    #expect(try node("conditions").rate == .signal && node("gates").rate == .step)
    #expect(graph.layers.map(\.path) == ["conditions", "first", "second", "third", "last"])
    #expect(graph.quantizableLayers.map(\.path) == ["first", "second", "third", "last"])
    #expect(graph.layers.map(\.hasBias) == [false, true, true, true, true])
  }

  @Test func inputsThatCannotBeNegativeHaveAZeroPointOfZero() {
    let graph = Example.graph
    #expect(graph.layers.indices.map(graph.zeroPoint) == [128, 128, 0, 128, 0])
  }

  @Test func aSumOfOneValueIsThatValue() {
    var graph = StepGraph()
    let x = graph.row(of: Example.table, name: "table")
    #expect(graph.add([x], name: "sum") == x)
    #expect(graph.add([x], factor: 2, name: "scaled") != x)
  }

  /// Two ways to compute one graph: over all steps on tensors, and step by step from the formulas.
  @Test func evaluationOverASequenceIsThatOfItsSteps() throws {
    let network = Example.network
    var random = Philox(seed: 1)
    var input = SequenceInput(steps: 20)
    input.rows = (0..<20).map { _ in Int32(random.integer(below: 5)) }
    input.mixtures = Example.mixtures
    var seen: [Int: Shape] = [:]
    let output = network.evaluate(input, workspace: Workspace(workers: .serial)) { seen[$0] = $1.shape }
    var plain = PlainGraph(network, mixtures: Example.mixtures)
    let expected = input.rows.flatMap { plain.step(.row(Int($0))).map { Float($0) } }
    expectClose(output, Tensor([1, 20, 4], expected), tolerance: 1e-5)
    // Values of a signal are not visited: they are no inputs of a step.
    #expect(seen == [1: [1, 20, 3], 2: [1, 20, 3], 3: [1, 20, 3], 4: [1, 20, 3]])
  }

  @Test func valuesOfASignalAreTheProductsOfItsMixture() throws {
    let network = Example.network
    let values = network.signalValues(Example.mixtures)
    let conditions = try #require(network.graph.values.first { network.graph[$0].name == "conditions" })
    var plain = PlainGraph(network, mixtures: Example.mixtures)
    _ = plain.step(.row(0))
    let expected = (0..<6).map { output in
      (0..<4).reduce(0.0) { sum, channel in
        let mean = 0.25 * Double(network.tables[1][0, channel]) + 0.75 * Double(network.tables[1][1, channel])
        return sum + Double(network.layers[0].dequantized[output * 4 + channel]) * mean
      }
    }
    expectClose(
      Tensor([6], try #require(values[conditions])), Tensor([6], expected.map { Float($0) }), tolerance: 1e-6)
  }
}
