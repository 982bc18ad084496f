import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams of networks that are conditioned on labels: at every step the network of training, in every precision, on every
/// instruction set, alone, together, on two threads, primed, saved and scored.
@Suite struct LabelTests {
  static let conditioning = Conditioning(
    channels: 5, labels: [LabelSet("speaker", ["anna", "ben", "cleo"]), LabelSet("digit", ["0", "1"])])

  static let configurations: [String: WaveNetConfiguration] = [
    "labels": configuration(
      WaveNetConfiguration(
        dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9)),
    "labels, everything": configuration(
      WaveNetConfiguration(
        kernelSize: 3, dilations: [4, 1, 9], residualChannels: 40, gateChannels: 24, skipChannels: 50, headChannels: 20,
        classes: 256, input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(),
        skipScale: 0.3)),
    "labels, kernel 1": configuration(
      WaveNetConfiguration(
        kernelSize: 1, dilations: [1, 1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4)),
    "labels, tiny": configuration(Preset.tiny.configuration),
  ]

  private static func configuration(_ plain: WaveNetConfiguration) -> WaveNetConfiguration {
    var configuration = plain
    configuration.conditioning = conditioning
    return configuration
  }

  static var names: [String] { configurations.keys.sorted() }
  /// A single label of each set, and a mixture.
  static func conditions() throws -> [Conditions] {
    [
      conditioning.conditions(number: 0), conditioning.conditions(number: 3),
      try conditioning.conditions(["speaker": "ben:0.3,cleo:0.7", "digit": "1"]),
    ]
  }

  static func network(_ name: String) -> (WaveNet, Parameters<Float>) {
    let network = WaveNet(configurations[name]!)
    return (network, Parameters<Float>(network.declarations, seed: 1))
  }

  /// The network's logits, [T, classes].
  static func logits(_ name: String, of codes: [Int32], _ conditions: Conditions) -> Tensor<Float> {
    let (network, parameters) = network(name)
    let input = network.input(
      previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count], conditions: [conditions])
    return network.logits(input, Pass(parameters)).value.reshaped([codes.count, network.configuration.classes])
  }

  private func engine(_ name: String, _ precision: Precision = .float32) throws -> WaveNetEngine {
    let (network, parameters) = Self.network(name)
    return try WaveNetEngine(Examples.model(network, parameters, precision))
  }

  @Test(arguments: names, InstructionSet.available)
  func everyStepHasTheNetworksLogits(name: String, instructionSet: InstructionSet) throws {
    let (network, parameters) = Self.network(name)
    let engine = try WaveNetEngine(network, parameters, instructionSet: instructionSet)
    let codes = Examples.codes(min(network.configuration.receptiveField + 9, 300), classes: engine.levels)
    for conditions in try Self.conditions() {
      let expected = Self.logits(name, of: codes, conditions)
      var stream = WaveNetStream(engine, seed: 0, conditions: conditions)
      for (step, code) in codes.enumerated() {
        let row = step * engine.levels..<(step + 1) * engine.levels
        expectClose(
          stream.logits, Tensor([engine.levels], expected.elements[row]), tolerance: 1e-5, floor: 1, "step \(step)")
        stream.feed(Int(code))
      }
    }
  }

  @Test(arguments: names, Precision.allCases)
  func everyStepIsWhatTheFormulasSay(name: String, precision: Precision) throws {
    let (network, parameters) = Self.network(name)
    let model = Examples.model(network, parameters, precision)
    let codes = Examples.codes(40, classes: model.configuration.classes)
    let conditions = try Self.conditions()[2]
    let expected = PlainNetwork(model, conditions).logits(of: codes)
    for instructionSet in InstructionSet.available {
      var stream = WaveNetStream(
        try WaveNetEngine(model, instructionSet: instructionSet), seed: 0, conditions: conditions)
      for (step, code) in codes.enumerated() {
        let size = expected[step].reduce(1) { max($0, abs($1)) }
        let difference = zip(stream.logits.elements, expected[step]).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
        let tolerance = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.02 : 0.05
        #expect(difference <= tolerance * size, "\(instructionSet), step \(step)")
        stream.feed(Int(code))
      }
    }
  }

  @Test(arguments: names, Precision.allCases)
  func streamsOfDifferentLabelsTogetherAreStreamsAlone(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let conditions = (0..<11).map { Self.conditioning.conditions(number: 5 * $0) }
    let alone = conditions.enumerated().map { number, conditions in
      var block = [Float](repeating: 0, count: 60)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 6, number: number, conditions: conditions)
      stream.fill(&samples)
      return block
    }
    for threads in [1, 3] {
      var streams = WaveNetStreams(engine, conditions: conditions, seed: 6)
      var blocks = alone.map { [Float](repeating: 0, count: $0.count) }
      streams.fill(&blocks, workers: Workers(threads: threads))
      #expect(blocks == alone, "\(threads) threads")
    }
  }

  @Test func twoThreadsGiveWhatOneGives() throws {
    var configuration = Preset.reference.configuration
    configuration.conditioning = Self.conditioning
    let network = WaveNet(configuration)
    let engine = try WaveNetEngine(network, Parameters(network.declarations, seed: 1))
    #expect(engine.packedBytes >= StreamDuet.leastBytes)
    let count = 4 * StreamDuet.trial + 30
    let blocks = try [1, 2].map { threads in
      var block = [Float](repeating: 0, count: count)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 6, conditions: try Self.conditions()[2])
      stream.fill(&samples, workers: Workers(threads: threads))
      return block
    }
    #expect(blocks[0] == blocks[1])
  }

  @Test(arguments: names, [Precision.float32, .int8])
  func primingAndScoringAreFeedingOneByOne(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let conditions = try Self.conditions()[1]
    let codes = Examples.codes(engine.configuration.receptiveField + 40, classes: engine.levels)
    var (primed, fed) = (
      WaveNetStream(engine, seed: 1, conditions: conditions), WaveNetStream(engine, seed: 1, conditions: conditions)
    )
    try primed.prime(with: codes, workers: Workers(threads: 2))
    var steps: [Float] = []
    for code in codes {
      steps += fed.logits.elements
      fed.feed(Int(code))
    }
    #expect(primed.logits == fed.logits)
    // A recording of other labels before must leave nothing behind.
    let scorer = EngineScorer(engine, conditions: try Self.conditions()[0])
    scorer.add(codes: Examples.codes(50, classes: engine.levels))
    scorer.restart(conditions: conditions)
    var scored: [Float] = []
    scorer.add(codes: codes) { for index in $0.indices { scored.append($0[index]) } }
    #expect(scored == steps)
  }

  @Test func statesAndForksKeepTheirLabels() throws {
    let engine = try engine("labels, tiny")
    let conditions = try Self.conditions()
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions[2])
    for _ in 0..<20 { _ = stream.next() }
    var restored = WaveNetStream(try StreamState(stream.state.bytes, for: engine))
    var fork = stream.forked(seed: 9)
    #expect(fork.logits == stream.logits)
    let expected = (0..<60).map { _ in stream.next() }
    #expect((0..<60).map { _ in restored.next() } == expected)
    var other = WaveNetStream(engine, seed: 1, conditions: conditions[0])
    #expect((0..<60).map { _ in other.next() } != expected)
  }

  @Test func labelsMayChangeWithinASignal() throws {
    let (engine, codes) = (try engine("labels"), Examples.codes(30, classes: 9))
    let conditions = try Self.conditions()
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions[0])
    for code in codes { stream.feed(Int(code)) }
    let before = stream
    stream.condition(on: conditions[1])
    stream.condition(on: conditions[0])
    var same = before
    #expect(stream.logits == same.logits)
    var changed = before
    changed.condition(on: conditions[1])
    #expect(changed.logits != same.logits)
  }

  @Test func enginesOfOtherEmbeddingsTakeNoStates() throws {
    var (network, parameters) = Self.network("labels")
    let state = WaveNetStream(
      try WaveNetEngine(network, parameters), seed: 1, conditions: try Self.conditions()[0]
    ).state.bytes
    parameters["labels.1.weight"].withUnsafeMutableBuffer { $0[0] += 1 }
    let other = try WaveNetEngine(network, parameters)
    #expect(throws: GenerationFault.self) { try StreamState(state, for: other) }
    for name in ["labels.0.weight", "blocks.1.labels.weight"] {
      (network, parameters) = Self.network("labels")
      parameters[name].withUnsafeMutableBuffer { $0[1] = .nan }
      #expect(throws: GenerationFault.notFinite(parameter: name)) {
        try WaveNetEngine(InferenceModel(network, parameters, sampleRate: 8000))
      }
    }
  }
}
