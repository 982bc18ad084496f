import KodamaCore
import KodamaLayers
import KodamaNetworks
import TestSupport
import Testing

@testable import KodamaCheckpoints
@testable import KodamaClassifiers
@testable import KodamaInference
@testable import KodamaTensors

/// The graph of a classifier and its engine against the layers of the network on the tape.
@Suite struct ClassifierGraphTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let kind: ClassifierNetwork.Kind
    let width: Double
    let seconds: Double
    var testDescription: String { "\(kind) \(width) of \(seconds) s" }
  }

  static let cases = ClassifierNetwork.Kind.allCases.flatMap { kind in
    [(0.25, 0.4), (1, 1), (1.6, 0.31)].map { Case(kind: kind, width: $0.0, seconds: $0.1) }
  }

  private func configuration(_ c: Case) -> ClassifierConfiguration {
    ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: c.seconds,
      network: ClassifierNetwork(c.kind, width: c.width),
      labels: [LabelSet("digit", (0..<10).map(String.init)), LabelSet("speaker", ["a", "b", "c"])])
  }

  private func parameters(_ configuration: ClassifierConfiguration) -> Parameters<Float> {
    .asTrained(configuration.layers.declarations)
  }

  private func map(_ configuration: ClassifierConfiguration, seed: UInt64) -> [Float] {
    var random = Philox(seed: seed)
    return (0..<configuration.windowFrames * configuration.features.bands).map { _ in Float(random.normal()) }
  }

  private func expected(
    _ configuration: ClassifierConfiguration, _ network: some ClassificationNetwork, _ parameters: Parameters<Float>,
    _ map: [Float]
  ) -> [[Float]] {
    let pass = Pass(parameters)
    let shape: Shape = [1, configuration.windowFrames, configuration.features.bands, 1]
    let embedding = network.embedding(pass.tape.constant(Tensor(shape, map)), pass)
    return ([embedding] + network.logits(ofEmbedding: embedding, pass)).map(\.value.elements)
  }

  @Test(arguments: cases) func engineComputesWhatTheLayersDo(_ c: Case) throws {
    let configuration = configuration(c)
    try configuration.validate(source: "test")
    let parameters = parameters(configuration)
    let graph = configuration.graph(parameters)
    for entry in InstructionSet.available {
      let engine = MapEngine(MapProgram(graph, instructionSet: entry))
      // Twice, as nothing of one map may be left for the next.
      for seed in [5, 6, 5] as [UInt64] {
        let map = map(configuration, seed: seed)
        let (got, expected) = (engine.run(map), expected(configuration, configuration.layers, parameters, map))
        #expect(got.count == 3)
        for (output, (a, b)) in zip(got, expected).enumerated() {
          expectClose(
            a, b.map(Double.init), tolerance: 1e-5, floor: 0.1, "output \(output) of \(c.testDescription), \(entry)")
        }
      }
    }
  }

  @Test func normalizationIsPartOfTheConvolutions() throws {
    let configuration = configuration(Case(kind: .mobile, width: 1, seconds: 1))
    let graph = configuration.graph(parameters(configuration))
    func count(_ graph: MapGraph, _ matches: (MapGraph.Operation) -> Bool) -> Int {
      graph.nodes.count { matches($0.operation) }
    }
    let isAffine: (MapGraph.Operation) -> Bool = { if case .affine = $0 { true } else { false } }
    #expect(count(graph, isAffine) == 25)
    #expect(count(graph.folded, isAffine) == 0)
    // A step for the mean and each head, and one for each convolution, which limits and adds on the way.
    #expect(MapProgram(graph).steps.count == 25 + 3)
    #expect(graph.nodes.contains { $0.name == "features.0.0" } && graph.nodes.contains { $0.name == "heads.1" })
  }

  @Test func mapsShareMemory() throws {
    let configuration = configuration(Case(kind: .mobile, width: 1, seconds: 1))
    let program = MapProgram(configuration.graph(parameters(configuration)))
    #expect(program.count < program.maps.reduce(0) { $0 + $1.count } * 19 / 20)
  }

  /// A graph is of shapes and weights alone: following the pass computes nothing of the map.
  @Test func followingAPassComputesNothing() {
    let long = Case(kind: .residual, width: 4, seconds: 60)
    let configuration = configuration(long)
    let parameters = Parameters<Float>(configuration.layers.declarations, seed: 3)
    let graph = configuration.graph(parameters)
    #expect(graph.inputShape == [1, 6001, 40, 1] && graph.outputs.count == 3)
  }

  /// Channels that are padded with zeros are no concatenation of known values.
  @Test func paddedShortcutsHaveNoGraph() async {
    await #expect(processExitsWith: .failure) {
      let network: some ClassificationNetwork = .resnet(depth: 20, inputChannels: 1, heads: .one(classes: 2))
      let parameters = Parameters<Float>(network.declarations, seed: 1)
      _ = MapGraph(of: parameters, input: [1, 16, 16, 1]) { map, pass in [network.embedding(map, pass)] }
    }
  }
}
