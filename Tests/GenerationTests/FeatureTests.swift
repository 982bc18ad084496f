import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams of networks that are conditioned on features: at every step the network of training, in every precision, on
/// every instruction set, alone, together, on two threads, primed, saved, scored, and with features that come as they
/// become known.
@Suite struct FeatureTests {
  private static let labels = [LabelSet("speaker", ["anna", "ben", "cleo"])]

  static let configurations: [String: WaveNetConfiguration] = [
    "nearest": configuration(.frames(channels: 3, hopLength: 5), .init(.nearest, factors: [5])),
    "linear, context": configuration(.frames(channels: 4, hopLength: 6), .init(.linear, factors: [6]), context: 1),
    "transposed, labels": configuration(
      .frames(channels: 19, hopLength: 12), .init(.transposed, factors: [4, 3]), context: 2, labels: labels),
    "signal": configuration(.signal, .init(.nearest, factors: [])),
    "signal, context": configuration(.signal, .init(.nearest, factors: []), context: 3),
    "everything": WaveNetConfiguration(
      kernelSize: 3, dilations: [4, 1, 9], residualChannels: 40, gateChannels: 24, skipChannels: 50, headChannels: 20,
      classes: 256, input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(),
      skipScale: 0.3,
      conditioning: Conditioning(
        channels: 5, labels: labels,
        features: FeatureConditioning(.frames(channels: 33, hopLength: 100), contextFrames: 1))),
  ]

  private static func configuration(
    _ source: FeatureConditioning.Source, _ upsampling: FeatureConditioning.Upsampling, context: Int = 0,
    labels: [LabelSet] = []
  ) -> WaveNetConfiguration {
    WaveNetConfiguration(
      dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9,
      conditioning: Conditioning(
        channels: 5, labels: labels,
        features: FeatureConditioning(source, contextFrames: context, upsampling: upsampling)))
  }

  static var names: [String] { configurations.keys.sorted() }

  static func network(_ name: String) -> (WaveNet, Parameters<Float>) {
    let network = WaveNet(configurations[name]!)
    return (network, Parameters<Float>(network.declarations, seed: 1))
  }

  /// Features of a signal of some samples, and labels where there are sets of them.
  static func conditions(_ configuration: WaveNetConfiguration, samples: Int, seed: UInt64 = 3) -> Conditions {
    let features = configuration.conditioning.features!
    var random = Philox(seed: seed)
    let frames = (samples + features.hopLength - 1) / features.hopLength
    let numbers = (0..<frames * features.channels).map { _ in Float(2 * random.uniform() - 1) }
    return configuration.conditioning.conditions(number: Int(seed))
      .with(FeatureSequence(numbers, channels: features.channels))
  }

  /// The network's logits, [T, classes].
  static func logits(_ name: String, of codes: [Int32], _ conditions: Conditions) -> Tensor<Float> {
    let (network, parameters) = network(name)
    let features = network.configuration.conditioning.features!
    let input = network.input(
      previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count], conditions: [conditions],
      features: features.window(of: conditions.features!, steps: 0..<codes.count))
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
    let codes = Examples.codes(230, classes: engine.levels)
    let conditions = Self.conditions(network.configuration, samples: codes.count)
    let expected = Self.logits(name, of: codes, conditions)
    let other = Self.logits(name, of: codes, Self.conditions(network.configuration, samples: codes.count, seed: 4))
    #expect(expected != other, "the features change nothing")
    var stream = WaveNetStream(engine, seed: 0, conditions: conditions)
    for (step, code) in codes.enumerated() {
      let row = step * engine.levels..<(step + 1) * engine.levels
      expectClose(
        stream.logits, Tensor([engine.levels], expected.elements[row]), tolerance: 1e-5, floor: 1, "step \(step)")
      stream.feed(Int(code))
    }
  }

  @Test(arguments: names, Precision.allCases)
  func everyStepIsWhatTheFormulasSay(name: String, precision: Precision) throws {
    let (network, parameters) = Self.network(name)
    let model = Examples.model(network, parameters, precision)
    let codes = Examples.codes(40, classes: model.configuration.classes)
    let conditions = Self.conditions(model.configuration, samples: codes.count)
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
  func streamsTogetherAreStreamsAlone(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let conditions = (0..<11).map { Self.conditions(engine.configuration, samples: 60, seed: UInt64($0)) }
    let alone = conditions.enumerated().map { number, conditions in
      var block = [Float](repeating: 0, count: 40 + number)
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
    configuration.conditioning = Conditioning(
      labels: Self.labels, features: FeatureConditioning(.frames(channels: 20, hopLength: 64), contextFrames: 1))
    let network = WaveNet(configuration)
    let engine = try WaveNetEngine(network, Parameters(network.declarations, seed: 1))
    #expect(engine.packedBytes >= StreamDuet.leastBytes)
    let count = 4 * StreamDuet.trial + 30
    let conditions = Self.conditions(configuration, samples: count)
    let blocks = [1, 2].map { threads in
      var block = [Float](repeating: 0, count: count)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 6, conditions: conditions)
      stream.fill(&samples, workers: Workers(threads: threads))
      return block
    }
    #expect(blocks[0] == blocks[1])
  }

  /// However frames are cut, and however many steps are taken before the next ones come.
  @Test(arguments: names) func framesThatComeAsTheyBecomeKnownGiveTheSameSamples(name: String) throws {
    let engine = try engine(name)
    let features = engine.configuration.conditioning.features!
    let count = 21 * features.hopLength
    let conditions = Self.conditions(engine.configuration, samples: count)
    var expected = [Float](repeating: 0, count: count)
    var whole = WaveNetStream(engine, seed: 2, conditions: conditions)
    var span = expected.mutableSpan
    whole.fill(&span)
    #expect(whole.availableSamples == nil)

    var random = Philox(seed: 8)
    var stream = WaveNetStream(engine, seed: 2, conditions: conditions.with(nil))
    #expect(stream.availableSamples == 0)
    var (samples, sent) = ([Float](), 0)
    while samples.count < count {
      if sent < 21 {
        let more = min(21 - sent, 1 + random.integer(below: 3))
        stream.add(features: conditions.features!.frames(sent..<sent + more))
        sent += more
        // A sample needs its frame and the margin after it, and nothing more.
        #expect(stream.availableSamples == max(0, sent - features.marginFrames) * features.hopLength - samples.count)
        if sent == 21 { stream.endFeatures() }
      }
      let room = min(stream.availableSamples ?? count, count - samples.count)
      var block = [Float](repeating: 0, count: sent < 21 ? room * 2 / 3 : room)
      var span = block.mutableSpan
      stream.fill(&span)
      samples += block
    }
    #expect(samples == expected)
  }

  @Test(arguments: names, [Precision.float32, .int8])
  func primingAndScoringAreFeedingOneByOne(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let codes = Examples.codes(engine.configuration.receptiveField + 40, classes: engine.levels)
    let conditions = Self.conditions(engine.configuration, samples: codes.count + 30)
    var steps: [Float] = []
    var fed = WaveNetStream(engine, seed: 1, conditions: conditions)
    for code in codes {
      steps += fed.logits.elements
      fed.feed(Int(code))
    }
    for looked in [false, true] {
      var primed = WaveNetStream(engine, seed: 1, conditions: conditions)
      if looked { _ = primed.logits }
      try primed.prime(with: codes, workers: Workers(threads: 2))
      var same = fed
      for _ in 0..<20 {
        #expect(primed.logits == same.logits)
        primed.feed(1)
        same.feed(1)
      }
    }
    // A recording of other features before must leave nothing behind.
    let scorer = EngineScorer(engine, conditions: Self.conditions(engine.configuration, samples: 50, seed: 9))
    scorer.add(codes: Examples.codes(50, classes: engine.levels))
    scorer.restart(conditions: conditions)
    var scored: [Float] = []
    for part in [codes[..<7], codes[7...]] {
      scorer.add(codes: Array(part)) { for index in $0.indices { scored.append($0[index]) } }
    }
    #expect(scored == steps)
  }

  @Test(arguments: names, [false, true]) func statesAndForksKeepTheirFeatures(name: String, isWhole: Bool) throws {
    let engine = try engine(name)
    let hop = engine.configuration.conditioning.features!.hopLength
    let conditions = Self.conditions(engine.configuration, samples: 40 * hop + 100)
    var stream = WaveNetStream(engine, seed: 1, conditions: isWhole ? conditions : conditions.with(nil))
    if !isWhole {
      stream.add(features: conditions.features!.values)
      stream.endFeatures()
    }
    for _ in 0..<20 * hop + 3 { _ = stream.next() }
    var restored = WaveNetStream(try StreamState(stream.state.bytes, for: engine))
    var fork = stream.forked(seed: 9)
    #expect(fork.logits == stream.logits)
    var looked = WaveNetStream(try StreamState(stream.state.bytes, for: engine))
    let expected = (0..<60).map { _ in stream.next() }
    #expect((0..<60).map { _ in restored.next() } == expected)
    #expect((0..<60).map { _ in looked.next() } == expected)
    #expect((0..<30).map { _ in fork.next() }.count == 30)
  }

  @Test func damagedFeaturesOfAStateAreRefused() throws {
    let engine = try engine("linear, context")
    var stream = WaveNetStream(engine, seed: 1, conditions: Self.conditions(engine.configuration, samples: 60))
    for _ in 0..<13 { _ = stream.next() }
    let bytes = stream.state.bytes
    func isRefused(_ bytes: [UInt8]) -> Bool { (try? StreamState(bytes, for: engine)) == nil }
    #expect(!isRefused(bytes))
    for count in 1...200 { #expect(isRefused(Array(bytes.dropLast(count))), "without the last \(count) bytes") }
    #expect(isRefused(bytes + [0, 0, 0, 0]))
    // 10 frames of 4 numbers stand at the end, and before them the step, the first frame, the end and their number.
    let start = bytes.count - 4 * 40 - 32
    for word in 0..<4 {
      var damaged = bytes
      for index in 0..<8 { damaged[start + 8 * word + index] = 255 }
      #expect(isRefused(damaged), "word \(word)")
    }
    var notFinite = bytes
    for index in 1...4 { notFinite[bytes.count - index] = 255 }
    #expect(isRefused(notFinite))
  }

  @Test func labelsMayChangeWithinASignalWithFeatures() throws {
    let engine = try engine("transposed, labels")
    let conditions = Self.conditions(engine.configuration, samples: 90)
    let codes = Examples.codes(31, classes: engine.levels)
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions)
    for code in codes { stream.feed(Int(code)) }
    let other = Conditions(labels: [2])
    var (same, changed) = (stream, stream)
    same.condition(on: other)
    same.condition(on: conditions)
    changed.condition(on: other)
    for _ in 0..<20 {
      #expect(stream.logits == same.logits)
      #expect(stream.logits != changed.logits)
      for code in [3] {
        stream.feed(code)
        same.feed(code)
        changed.feed(code)
      }
    }
  }
}
