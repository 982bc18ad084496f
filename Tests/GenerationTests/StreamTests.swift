import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

@Suite struct StreamTests {
  private func engine(_ name: String = "plain") throws -> WaveNetEngine {
    let (network, parameters) = Examples.network(name)
    return try WaveNetEngine(network, parameters)
  }

  private func codes(_ count: Int, of stream: inout WaveNetStream) -> [Int] { (0..<count).map { _ in stream.next() } }

  @Test func oneSeedGivesOneSignalAndAnotherSeedAnother() throws {
    let engine = try engine()
    func codes(seed: UInt64, number: Int = 0) -> [Int] {
      var stream = WaveNetStream(engine, seed: seed, number: number)
      return self.codes(50, of: &stream)
    }
    #expect(codes(seed: 1) == codes(seed: 1))
    #expect(codes(seed: 1) != codes(seed: 2))
    #expect(codes(seed: 1) != codes(seed: 1, number: 1))
  }

  @Test func blocksHoldTheSamplesOfTheCodes() throws {
    let engine = try engine("scalar input")
    var (one, other) = (WaveNetStream(engine, seed: 1), WaveNetStream(engine, seed: 1))
    var samples: [Float] = []
    for count in [7, 0, 33] {
      var block = [Float](repeating: 9, count: count)
      var span = block.mutableSpan
      one.fill(&span)
      samples += block
    }
    #expect(samples == codes(40, of: &other).map { engine.decodingTable[$0] })
  }

  @Test func aCopyGoesOnByItself() throws {
    var stream = WaveNetStream(try engine("kernel 3, no biases"), seed: 4)
    _ = codes(20, of: &stream)
    let saved = stream
    let first = codes(60, of: &stream)
    var restored = saved
    var fork = saved
    fork.sampling = try SamplingOptions(temperature: 0)
    _ = codes(30, of: &fork)
    #expect(codes(60, of: &restored) == first)
    #expect(codes(10, of: &restored) == codes(10, of: &stream))
  }

  @Test func lookingAtTheLogitsChangesNothing() throws {
    let engine = try engine()
    var (one, other) = (WaveNetStream(engine, seed: 1), WaveNetStream(engine, seed: 1))
    for _ in 0..<30 {
      #expect(one.logits == one.logits)
      #expect(one.next() == other.next())
    }
  }

  @Test func aStreamIsTheSameAloneAndAmongOthersOnAnyNumberOfThreads() throws {
    let engine = try engine("tiny")
    let alone = (0..<8).map { number in
      var block = [Float](repeating: 0, count: 90)
      var samples = block.mutableSpan
      var stream = WaveNetStream(engine, seed: 6, number: number)
      stream.fill(&samples)
      return block
    }
    #expect(Set(alone).count == 8)
    for (count, threads) in [(8, 1), (8, 2), (8, 5), (3, 2), (1, 1)] {
      var streams = WaveNetStreams(engine, count: count, seed: 6)
      var blocks = alone.prefix(count).map { [Float](repeating: 0, count: $0.count) }
      streams.fill(&blocks, workers: Workers(threads: threads))
      #expect(blocks == Array(alone.prefix(count)), "\(count) streams, \(threads) threads")
    }
  }

  @Test func streamsMayEndAtDifferentTimes() throws {
    let engine = try engine()
    var (together, apart) = (
      WaveNetStreams(engine, count: 3, seed: 6), WaveNetStreams(engine, count: 3, seed: 6)
    )
    var (whole, parts) = ([[Float]](repeating: [Float](repeating: 0, count: 12), count: 3), [[Float]]())
    together.fill(&whole)
    parts = [[Float](repeating: 0, count: 12), [], [Float](repeating: 0, count: 5)]
    apart.fill(&parts)
    #expect(parts == [whole[0], [], Array(whole[2].prefix(5))])
    parts = [[], [Float](repeating: 0, count: 12), [Float](repeating: 0, count: 7)]
    apart.fill(&parts)
    #expect(parts == [[], whole[1], Array(whole[2].suffix(7))])
  }

  @Test func weightsThatAreNotFiniteAreRefused() {
    var (network, parameters) = Examples.network("plain")
    parameters["head.0.weight"].changeElements { $0[3] = .nan }
    #expect(throws: GenerationFault.notFinite(parameter: "head.0.weight")) { try WaveNetEngine(network, parameters) }
    (network, parameters) = Examples.network("scaled")
    parameters["embedding.weight"].changeElements { $0[0] = .infinity }
    #expect(throws: GenerationFault.notFinite(parameter: "embedding.weight")) {
      try WaveNetEngine(network, parameters)
    }
    #expect(GenerationFault.notFinite(parameter: "").exitStatus == .badData)
  }

  @Test(arguments: ["blocks.0.dilated", "blocks.1.skip", "blocks.0.residual", "head.1"])
  func aNormalizedWeightWithoutDirectionIsRefused(layer: String) {
    var (network, parameters) = Examples.network("weight normalization")
    parameters[layer + ".weight_v"].changeElements { for index in $0.indices { $0[index] = 0 } }
    #expect(throws: GenerationFault.notFinite(parameter: layer + ".weight")) { try WaveNetEngine(network, parameters) }
  }

  @Test func logitsThatOverflowAreSeen() throws {
    var (network, parameters) = Examples.network("plain")
    var stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1)
    #expect(stream.logitsAreFinite)
    _ = stream.next()
    #expect(stream.logitsAreFinite)
    for name in ["head.0.bias", "head.1.weight"] {
      parameters[name].changeElements { for index in $0.indices { $0[index] = 1e30 } }
    }
    stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1)
    _ = stream.next()
    #expect(!stream.logitsAreFinite)
    for options in [SamplingOptions.standard, try SamplingOptions(temperature: 0)] {
      // One step of many is enough.
      stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1, sampling: options)
      _ = stream.next()
      stream = WaveNetStream(stream.state)
      #expect(!stream.logitsAreFinite)
    }
  }
}
