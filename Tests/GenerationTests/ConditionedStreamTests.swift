import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams of networks that are conditioned on labels and features: at every step the network of training, in every
/// precision, on every instruction set, alone, together, on two threads, primed, saved and scored.
@Suite struct ConditionedStreamTests {
  private func engine(_ name: String, _ precision: Precision = .float32) throws -> WaveNetEngine {
    let (network, parameters) = ConditionedExamples.network(name)
    return try WaveNetEngine(Examples.model(network, parameters, precision))
  }

  @Test(arguments: ConditionedExamples.names, InstructionSet.available)
  func everyStepHasTheNetworksLogits(name: String, instructionSet: InstructionSet) throws {
    let (network, parameters) = ConditionedExamples.network(name)
    let engine = try WaveNetEngine(network, parameters, instructionSet: instructionSet)
    let codes = Examples.codes(300, classes: engine.levels)
    let conditions = try ConditionedExamples.conditions(network.configuration, samples: codes.count)
    let expected = ConditionedExamples.logits(name, of: codes, conditions)
    let others = try ConditionedExamples.conditions(network.configuration, samples: codes.count, seed: 4)
    #expect(expected != ConditionedExamples.logits(name, of: codes, others), "the conditions change nothing")
    var stream = WaveNetStream(engine, seed: 0, conditions: conditions)
    for (step, code) in codes.enumerated() {
      let row = step * engine.levels..<(step + 1) * engine.levels
      expectClose(
        stream.logits, Tensor([engine.levels], expected.elements[row]), tolerance: 1e-5, floor: 1, "step \(step)")
      stream.feed(Int(code))
    }
  }

  @Test(arguments: ConditionedExamples.names, Precision.allCases)
  func everyStepIsWhatTheFormulasSay(name: String, precision: Precision) throws {
    let (network, parameters) = ConditionedExamples.network(name)
    let model = Examples.model(network, parameters, precision)
    let codes = Examples.codes(40, classes: model.configuration.classes)
    let conditions = try ConditionedExamples.conditions(model.configuration, samples: codes.count)
    let expected = PlainNetwork(model, conditions).logits(of: codes)
    for instructionSet in InstructionSet.available {
      var stream = WaveNetStream(
        try WaveNetEngine(model, instructionSet: instructionSet), seed: 0, conditions: conditions)
      for (step, code) in codes.enumerated() {
        let tolerance = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.02 : 0.05
        expectClose(
          stream.logits.elements, expected[step], tolerance: tolerance, floor: 1, "\(instructionSet), step \(step)")
        stream.feed(Int(code))
      }
    }
  }

  @Test(arguments: ConditionedExamples.names, Precision.allCases)
  func streamsTogetherAreStreamsAlone(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let conditions = try (0..<11).map {
      try ConditionedExamples.conditions(engine.configuration, samples: 60, seed: $0)
    }
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

  @Test(arguments: ConditionedExamples.large.keys.sorted()) func twoThreadsGiveWhatOneGives(name: String) throws {
    let engine = try engine(name)
    #expect(engine.packedBytes >= TwoThreadStream.leastBytes)
    let count = 4 * TwoThreadStream.trial + 30
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: count)
    let blocks = [1, 2].map { threads in
      var block = [Float](repeating: 0, count: count)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 6, conditions: conditions)
      stream.fill(&samples, workers: Workers(threads: threads))
      return block
    }
    #expect(blocks[0] == blocks[1])
  }

  @Test(arguments: ConditionedExamples.names, [Precision.float32, .int8])
  func primingAndScoringAreFeedingOneByOne(name: String, precision: Precision) throws {
    let engine = try engine(name, precision)
    let codes = Examples.codes(engine.configuration.seenSamples + 40, classes: engine.levels)
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: codes.count + 30)
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
    // A recording of other conditions before must leave nothing behind.
    let others = try ConditionedExamples.conditions(engine.configuration, samples: 50, seed: 8)
    let scorer = EngineScorer(engine, conditions: others)
    scorer.add(codes: Examples.codes(50, classes: engine.levels))
    scorer.restart(conditions: conditions)
    var scored: [Float] = []
    for part in [codes[..<7], codes[7...]] {
      scorer.add(codes: Array(part)) { for index in $0.indices { scored.append($0[index]) } }
    }
    #expect(scored == steps)
  }

  @Test(arguments: ConditionedExamples.names) func statesAndForksKeepTheirConditions(name: String) throws {
    let engine = try engine(name)
    let samples = 20 * (engine.configuration.conditioning.features?.hopLength ?? 1) + 3
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: 2 * samples + 100)
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions)
    for _ in 0..<samples { _ = stream.next() }
    let state = stream.state.bytes
    var restored = WaveNetStream(try StreamState(state, for: engine))
    var fork = stream.forked(seed: 9)
    #expect(fork.logits == stream.logits)
    var looked = WaveNetStream(try StreamState(stream.state.bytes, for: engine))
    let expected = (0..<60).map { _ in stream.next() }
    #expect((0..<60).map { _ in restored.next() } == expected)
    #expect((0..<60).map { _ in looked.next() } == expected)
    for code in expected { fork.feed(code) }
    #expect(fork.logits == stream.logits)
  }

  @Test(arguments: ["labels", "transposed, labels"]) func labelsMayChangeWithinASignal(name: String) throws {
    let engine = try engine(name)
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: 90)
    let codes = Examples.codes(31, classes: engine.levels)
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions)
    for code in codes { stream.feed(Int(code)) }
    let other = engine.configuration.conditioning.conditions(number: 2)
    var (same, changed) = (stream, stream)
    same.condition(on: other)
    same.condition(on: conditions)
    changed.condition(on: other)
    for _ in 0..<20 {
      #expect(stream.logits == same.logits)
      #expect(stream.logits != changed.logits)
      stream.feed(3)
      same.feed(3)
      changed.feed(3)
    }
  }
}
