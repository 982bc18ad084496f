import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaInference

@Suite struct StepGraphTests {
  @Test func nodesKnowTheirChannelsStagesAndRates() throws {
    let graph = GraphExample.graph
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
    let graph = GraphExample.graph
    #expect(graph.layers.indices.map(graph.zeroPoint) == [128, 128, 0, 128, 0])
  }

  @Test func aSumOfOneValueIsThatValue() {
    var graph = StepGraph()
    let x = graph.row(of: GraphExample.table, name: "table")
    #expect(graph.add([x], name: "sum") == x)
    #expect(graph.add([x], factor: 2, name: "scaled") != x)
  }

  /// Two ways to compute one graph: over all steps on tensors, and step by step from the formulas.
  @Test func evaluationOverASequenceIsThatOfItsSteps() throws {
    let network = GraphExample.network
    var random = Philox(seed: 1)
    var input = SequenceInput(steps: 20)
    input.rows = (0..<20).map { _ in Int32(random.integer(below: 5)) }
    input.mixtures = GraphExample.mixtures
    var seen: [Int: Shape] = [:]
    let output = network.evaluate(input, workspace: Workspace(workers: .serial)) { seen[$0] = $1.shape }
    var plain = PlainGraph(network, mixtures: GraphExample.mixtures)
    let expected = input.rows.flatMap { plain.step(.row(Int($0))).map { Float($0) } }
    expectClose(output, Tensor([1, 20, 4], expected), tolerance: 1e-5)
    // Values of a signal are not visited: they are no inputs of a step.
    #expect(seen == [1: [1, 20, 3], 2: [1, 20, 3], 3: [1, 20, 3], 4: [1, 20, 3]])
  }

  @Test func valuesOfASignalAreTheProductsOfItsMixture() throws {
    let network = GraphExample.network
    let values = network.signalValues(GraphExample.mixtures)
    let conditions = try #require(network.graph.values.first { network.graph[$0].name == "conditions" })
    var plain = PlainGraph(network, mixtures: GraphExample.mixtures)
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
