import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct RecurrentTests {
  private let configuration = Examples.configurations["recurrent"]!

  private func message(_ change: (inout WaveNetConfiguration) -> Void) -> String {
    var configuration = configuration
    change(&configuration)
    do {
      try configuration.validate(source: "--set")
      return ""
    } catch { return "\(error)" }
  }

  @Test func whatBelongsToBlocksIsRefused() {
    #expect(
      message { $0.dilations = [1, 2] }
        == "--set: architecture.dilations is [1, 2] where architecture.recurrent_units is 7; leave one out: a recurrent "
        + "network has no blocks")
    #expect(message { $0.kernelSize = 3 }.hasPrefix("--set: architecture.kernel_size is 3 where "))
    #expect(message { $0.gateChannels = 4 }.hasPrefix("--set: architecture.gate_channels is 4 where "))
    #expect(message { $0.skipChannels = 4 }.hasPrefix("--set: architecture.skip_channels is 4 where "))
    #expect(message { $0.dropout = 0.1 }.hasPrefix("--set: architecture.dropout is 0.1 where "))
    #expect(message { $0.residualScale = 0.5 }.hasPrefix("--set: architecture.residual_scale is 0.5 where "))
    #expect(message { $0.skipScale = 0.5 }.hasPrefix("--set: architecture.skip_scale is 0.5 where "))
    #expect(message { $0.recurrentUnits = 0 } == "--set: architecture.recurrent_units is 0; it must be from 1 to 65536")
    #expect(message { $0.recurrentUnits = 40_000 }.contains("; it must be at most 2147483648"))
    // Nor has a network of blocks none.
    #expect(message { $0.recurrentUnits = nil }.contains("architecture.dilations is 0; "))
  }

  /// A minimal file has nothing of blocks, and its type is that of its architecture.
  @Test func theConfigurationFileIsOfItsOwnType() throws {
    let text = WaveNetModel.configurationText(sampleRate: 8000, configuration)
    #expect(text.contains("\"model_type\": \"recurrent\"") && text.contains("\"recurrent_units\": 7"))
    for key in ["dilations", "kernel_size", "gate_channels", "skip_channels", "dropout", "scale"] {
      #expect(!text.contains(key), "\(key)")
    }
    try withTemporaryFolder { folder throws in
      func load(_ text: String) throws -> WaveNetConfiguration {
        try write(text.utf8, to: folder + "/config.json")
        return try ModelDescription(folder + "/config.json").configuration
      }
      let loaded = try load(text)
      #expect(loaded == configuration)
      let error = #expect(throws: WaveNetFault.self) {
        try load(text.replacing("\"recurrent\"", with: "\"wavenet\""))
      }
      #expect(error?.description.contains("model_type is wavenet where architecture.recurrent_units is 7; ") == true)
      let blocks = WaveNetModel.configurationText(sampleRate: 8000, Examples.configurations["plain"]!)
      let other = #expect(throws: WaveNetFault.self) {
        try load(blocks.replacing("\"wavenet\"", with: "\"recurrent\""))
      }
      #expect(
        other?.description.contains("model_type is recurrent where architecture.recurrent_units is missing") == true)
      #expect(throws: CheckpointFault.missingKey(path: folder + "/config.json", key: "architecture.dilations")) {
        try load(
          blocks.split(separator: "\n").filter { !$0.contains("dilations") }.joined(separator: "\n"))
      }
    }
  }

  /// An output depends on every input before it, and on none after.
  @Test func anOutputDependsOnAllThatCameBefore() {
    let network = WaveNet(configuration)
    let parameters = Parameters<Double>(network.declarations, seed: 3)
    let input = Examples.input(configuration, shape: [1, 12])
    func logits(_ input: WaveNetInput) -> [[Double]] {
      let elements = network.logits(input, Pass(parameters)).value.elements
      return (0..<12).map { Array(elements[$0 * configuration.classes..<($0 + 1) * configuration.classes]) }
    }
    let original = logits(input)
    for index in 0..<12 {
      let changed = logits(input.changed(at: index))
      for step in 0..<12 { #expect((changed[step] != original[step]) == (step >= index), "\(index), \(step)") }
    }
  }

  /// In parts that carry the state, bit for bit the outputs of the whole.
  @Test(arguments: ["recurrent", "recurrent, no biases"]) func statesAreCarried(name: String) {
    let configuration = Examples.configurations[name]!
    let network = WaveNet(configuration)
    let parameters = Parameters<Float>(network.declarations, seed: 3)
    let codes = Examples.targets(configuration, count: 40)
    let conditions = [configuration.conditioning.conditions(number: 1)]
    func input(_ range: Range<Int>) -> WaveNetInput {
      network.input(previous: Array(codes[range]), shape: [1, range.count], conditions: conditions)
    }
    let whole = network.logits(input(0..<40), Pass(parameters)).value.elements
    var state: RecurrentState<Tensor<Float>>?
    var parts: [Float] = []
    for range in [0..<1, 1..<17, 17..<40] {
      let (logits, next) = network.logits(input(range), carrying: state, Pass(parameters))
      parts += logits.value.elements
      state = next
    }
    #expect(parts == whole)
  }

  /// 3 · H · R products of the input, 3 · H · H of the state, and those of the head.
  @Test func everyLayerCostsWhatItsWeightsSay() {
    let cost = WaveNet(configuration).cost
    let expected = [
      "embedding": 0, "recurrent.input": 3 * 7 * 4, "recurrent.hidden": 3 * 7 * 7, "head.0": 7 * 6, "head.1": 6 * 9,
    ]
    #expect(Dictionary(uniqueKeysWithValues: cost.layers.map { ($0.path, $0.multiplyAdds) }) == expected)
    #expect(cost.parameters == configuration.parameterCount)
  }

  @Test func theLayersThatAreQuantizedAreThoseOfTheirOrder() {
    #expect(
      Quantization.paths(of: configuration) == [
        "recurrent", "recurrent.input", "recurrent.hidden", "head", "head.0", "head.1",
      ])
    let graph = WaveNet(configuration).stepGraph
    #expect(graph.layers.indices.map(graph.zeroPoint) == [128, 128, 128, 0])
    #expect(graph.stageCount == 3 && graph.recurrences.count == 1)
  }

  /// The graph over a sequence is the network.
  @Test(arguments: ["recurrent", "recurrent, no biases"]) func evaluationIsTheNetwork(name: String) {
    let configuration = Examples.configurations[name]!
    let network = WaveNet(configuration)
    let parameters = Parameters<Float>(network.declarations, seed: 3)
    let input = Examples.input(configuration, shape: [1, 30])
    var sequence = SequenceInput(steps: 30)
    switch input.values {
    case .codes(let codes): sequence.rows = codes
    case .samples(let samples): sequence.samples = samples
    }
    sequence.mixtures = input.conditions.first?.mixtures ?? []
    var seen: [String] = []
    let form = network.stepGraph
    let graph = InferenceNetwork(form, parameters)
    let output = graph.evaluate(sequence, workspace: Workspace()) { layer, values in
      if form.layers[layer].isQuantizable { seen.append(graph.layers[layer].path) }
      #expect(values.shape == [1, 30, graph.layers[layer].channels])
    }
    expectClose(output, network.logits(input, Pass(parameters)).value, tolerance: 1e-6)
    #expect(seen == ["recurrent.input", "recurrent.hidden", "head.0", "head.1"])
  }
}
