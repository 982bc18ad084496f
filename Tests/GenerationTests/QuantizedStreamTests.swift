import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams of every precision: what one gives does not depend on how it is computed, and is what the formulas of
/// `InferenceLayer` say.
@Suite struct QuantizedStreamTests {
  static let names = [
    "plain", "kernel 1", "kernel 3, no biases", "kernel 5, odd channels", "scaled", "scalar input", "tiny",
    "recurrent", "gru",
  ]

  @Test(arguments: names, Precision.allCases)
  func everyStepIsWhatTheFormulasSay(name: String, precision: Precision) throws {
    let model = Examples.model(name, precision)
    let codes = Examples.codes(40, classes: model.configuration.levels)
    let expected = PlainNetwork(model).logits(of: codes)
    for instructionSet in InstructionSet.available {
      var stream = WaveNetStream(try WaveNetEngine(model, instructionSet: instructionSet), seed: 0)
      for (step, code) in codes.enumerated() {
        // A number that lies between two integers, or two numbers of 16 bits, may be rounded to either.
        let tolerance = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.02 : 0.05
        expectClose(
          stream.logits.elements, expected[step], tolerance: tolerance, floor: 1, "\(instructionSet), step \(step)")
        stream.feed(Int(code))
      }
    }
  }

  @Test(arguments: ["plain", "kernel 3, no biases", "tiny", "recurrent", "gru"], Precision.allCases)
  func primingIsFeedingOneByOneBitForBit(name: String, precision: Precision) throws {
    let model = Examples.model(name, precision)
    let engine = try WaveNetEngine(model)
    for count in [1, 7, model.configuration.seenSamples + 40] {
      let codes = Examples.codes(count, classes: engine.levels)
      var (primed, fed) = (WaveNetStream(engine, seed: 1), WaveNetStream(engine, seed: 1))
      try primed.prime(with: codes, workers: Workers(threads: 2))
      for code in codes { fed.feed(Int(code)) }
      #expect((0..<30).map { _ in primed.next() } == (0..<30).map { _ in fed.next() })
      #expect(primed.logits == fed.logits)
    }
  }

  @Test(arguments: ["plain", "tiny", "small", "recurrent", "gru"], Precision.allCases)
  func streamsTogetherAreStreamsAlone(name: String, precision: Precision) throws {
    let engine = try WaveNetEngine(Examples.model(name, precision))
    let lengths = [40, 3, 0, 17, 40, 25, 1, 9, 33, 12, 40]
    let alone = lengths.enumerated().map { number, length in
      var block = [Float](repeating: 0, count: length)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 3, number: number)
      stream.fill(&samples)
      return block
    }
    for threads in [1, 2, 3] {
      var streams = WaveNetStreams(engine, count: lengths.count, seed: 3)
      // Logits that were looked at before change nothing.
      _ = streams.streams[3].logits
      var blocks = lengths.map { [Float](repeating: 0, count: $0) }
      streams.fill(&blocks, workers: Workers(threads: threads))
      #expect(blocks == alone, "\(threads) threads")
    }
  }

  @Test(arguments: Precision.allCases) func twoThreadsGiveWhatOneGives(precision: Precision) throws {
    let engine = try WaveNetEngine(Examples.model("reference", precision))
    var (one, two) = (WaveNetStream(engine, seed: 9), WaveNetStream(engine, seed: 9))
    for count in [900, 1, 130, 600] {
      var (a, b) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      var samples = a.mutableSpan
      one.fill(&samples)
      samples = b.mutableSpan
      two.fill(&samples, workers: Workers(threads: 2))
      #expect(a == b)
    }
    #expect(one.logits == two.logits)
  }

  /// Networks without most of their blocks: what the formulas give, in every instruction set.
  @Test(arguments: [Precision.float32, .bfloat16, .int8])
  func everyStepOfASparseNetworkIsWhatTheFormulasSay(precision: Precision) throws {
    let model = Examples.model("small", precision, sparsity: 0.8)
    let codes = Examples.codes(20, classes: model.configuration.levels)
    let expected = PlainNetwork(model).logits(of: codes)
    for instructionSet in InstructionSet.available {
      let engine = try WaveNetEngine(model, instructionSet: instructionSet)
      let dense = try WaveNetEngine(Examples.model("small", precision), instructionSet: instructionSet)
      #expect(2 * engine.packedBytes < dense.packedBytes)
      var stream = WaveNetStream(engine, seed: 0)
      for (step, code) in codes.enumerated() {
        let tolerance = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.02 : 0.05
        expectClose(
          stream.logits.elements, expected[step], tolerance: tolerance, floor: 1, "\(instructionSet), step \(step)")
        stream.feed(Int(code))
      }
    }
  }

  /// Sparse networks alone, together, on two threads and primed: the same samples.
  @Test(arguments: [Precision.float32, .bfloat16, .int8])
  func sparseStreamsDoNotDependOnHowTheyAreComputed(precision: Precision) throws {
    let engine = try WaveNetEngine(Examples.model("reference", precision, sparsity: 0.8))
    let lengths = [300, 3, 40, 17, 40, 25, 1, 9, 33]
    let alone = lengths.enumerated().map { number, length in
      var stream = WaveNetStream(engine, seed: 3, number: number)
      return (0..<length).map { _ in stream.next() }
    }
    for threads in [1, 2] {
      var streams = WaveNetStreams(engine, count: lengths.count, seed: 3)
      var blocks = lengths.map { [Float](repeating: 0, count: $0) }
      streams.fill(&blocks, workers: Workers(threads: threads))
      #expect(blocks == alone.map { $0.map { engine.decodingTable[$0] } }, "\(threads) threads")
    }
    var stream = WaveNetStream(engine, seed: 3)
    var samples = [Float](repeating: 0, count: lengths[0])
    let filled = samples.withUnsafeMutableBufferPointer { samples in
      withUnsafeMutablePointer(to: &stream) { TwoThreadStream(engine, $0, samples, atMost: .seconds(9)).fill() }
    }
    #expect(filled == lengths[0] && samples == alone[0].map { engine.decodingTable[$0] })
    var (primed, fed) = (WaveNetStream(engine, seed: 1), WaveNetStream(engine, seed: 1))
    try primed.prime(with: alone[0].map { Int32($0) }, workers: Workers(threads: 2))
    for code in alone[0] { fed.feed(code) }
    #expect(primed.logits == fed.logits)
  }

  /// Two threads, however slow they are, and what is left where they end early.
  @Test func aSlowSecondThreadLeavesTheRest() throws {
    let engine = try WaveNetEngine(Examples.model("small", .int8))
    var alone = WaveNetStream(engine, seed: 9)
    let expected = (0..<400).map { _ in engine.decodingTable[alone.next()] }
    for limit in [Duration.zero, .seconds(9)] {
      var stream = WaveNetStream(engine, seed: 9)
      var samples = [Float](repeating: 0, count: 400)
      let filled = samples.withUnsafeMutableBufferPointer { samples in
        withUnsafeMutablePointer(to: &stream) { TwoThreadStream(engine, $0, samples, atMost: limit).fill() }
      }
      #expect(filled == (limit == .zero ? 2 * TwoThreadStream.trial : 400))
      for index in filled..<400 { samples[index] = engine.decodingTable[stream.next()] }
      #expect(samples == expected)
    }
    var pace = TwoThreadPace()
    var calls: [Bool] = []
    for _ in 0..<8 {
      calls.append(pace.isAlone())
      if !calls[calls.count - 1] { pace.note(isSlow: true) }
    }
    #expect(calls == [false, true, false, true, true, false, true, true])
  }

  @Test(arguments: Precision.allCases) func scoresAreThoseOfTheLogitsThatGenerate(precision: Precision) throws {
    let engine = try WaveNetEngine(Examples.model("tiny", precision))
    let codes = Examples.codes(300, classes: engine.levels)
    var stream = WaveNetStream(engine, seed: 1)
    var expected: [[Float]] = []
    for code in codes {
      expected.append(stream.logits.elements)
      stream.feed(Int(code))
    }
    for threads in [1, 2] {
      let scorer = EngineScorer(engine, workers: Workers(threads: threads))
      var logits: [[Float]] = []
      for block in [codes[..<1], codes[1..<100], codes[100...]] {
        scorer.add(codes: Array(block)) { row in logits.append(row.indices.map { row[$0] }) }
      }
      #expect(logits == expected)
      #expect(scorer.samples == 300 && scorer.bits > 0)
      let bits = scorer.bits
      scorer.restart()
      scorer.add(codes: codes)
      #expect(abs(scorer.bits - 2 * bits) <= 1e-9 * bits)
    }
  }
}
