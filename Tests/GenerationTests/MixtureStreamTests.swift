import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams of networks whose output is a mixture, and of networks with pre-emphasis.
@Suite struct MixtureStreamTests {
  static let names = ["mixture of logistics", "Gaussian, pre-emphasis"]

  private func engine(_ name: String, _ precision: Precision = .float32) throws -> WaveNetEngine {
    try WaveNetEngine(Examples.model(name, precision))
  }

  private func samples(_ count: Int, of stream: inout WaveNetStream) -> [Float] {
    var samples = [Float](repeating: 9, count: count)
    var span = samples.mutableSpan
    stream.fill(&span)
    return samples
  }

  /// The sound of codes, from the beginning of a signal on.
  private func sound(_ codes: [Int], _ engine: WaveNetEngine) -> [Float] {
    var emphasis = DeEmphasis(engine.configuration.preemphasis)
    return codes.map { max(-1, min(1, emphasis.apply(engine.companding.decode($0)))) }
  }

  @Test(arguments: names, Precision.allCases) func blocksHoldTheSoundOfTheCodes(
    name: String, precision: Precision
  ) throws {
    let engine = try engine(name, precision)
    var (one, other) = (WaveNetStream(engine, seed: 3), WaveNetStream(engine, seed: 3))
    let heard = samples(200, of: &one)
    let codes = (0..<200).map { _ in other.next() }
    #expect(heard == sound(codes, engine))
    #expect(Set(codes).count > 50)
    #expect(heard.allSatisfy { abs($0) <= 1 })
  }

  @Test(arguments: names) func aStreamIsTheSameWhateverIsBesideIt(name: String) throws {
    let engine = try engine(name)
    var alone = WaveNetStream(engine, seed: 3, number: 1)
    let expected = samples(300, of: &alone)
    for threads in [1, 2] {
      var streams = WaveNetStreams(engine, count: 5, seed: 3)
      var blocks = [[Float]](repeating: [Float](repeating: 0, count: 300), count: 5)
      streams.fill(&blocks, workers: Workers(threads: threads))
      #expect(blocks[1] == expected && Set(blocks).count == 5)
    }
  }

  @Test(arguments: names) func aStateBringsTheSoundAlong(name: String) throws {
    let engine = try engine(name)
    var stream = WaveNetStream(engine, seed: 3)
    _ = samples(50, of: &stream)
    let (state, bytes) = (stream.state, stream.state.bytes)
    let expected = samples(80, of: &stream)
    var (restored, read) = (WaveNetStream(state), WaveNetStream(try StreamState(bytes, for: engine)))
    #expect(samples(80, of: &restored) == expected)
    #expect(samples(80, of: &read) == expected)
    var fork = WaveNetStream(state).forked(seed: 9)
    #expect(samples(80, of: &fork) != expected)
  }

  @Test func aStateWhoseLastSampleCannotBeIsRefused() throws {
    let engine = try engine("Gaussian, pre-emphasis")
    let bytes = WaveNetStream(engine, seed: 3).state.bytes
    for value: Float in [.nan, .infinity, 10.1, -11] {
      var damaged = bytes
      for index in 0..<4 { damaged[8 + 8 * 6 + index] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * index)) }
      #expect(throws: GenerationFault.state("its last sample is none that it could have come to")) {
        try StreamState(damaged, for: engine)
      }
    }
  }

  @Test(arguments: names) func theLikeliestClassesOfAMixtureAreAnErrorOfUse(name: String) throws {
    let configuration = Examples.configurations[name]!
    for (options, option) in [
      (try SamplingOptions(topK: 3), "top-k"), (try SamplingOptions(temperature: 0, topP: 0.9), "top-p"),
    ] {
      #expect(throws: GenerationFault.needsClasses(option: option, output: configuration.output)) {
        try options.check(for: configuration)
      }
      try options.check(for: Examples.configurations["plain"]!)
    }
    try SamplingOptions(temperature: 0.5).check(for: configuration)
    let fault = GenerationFault.needsClasses(option: "top-k", output: .logistics)
    #expect(fault.exitStatus == .usage && fault.description.contains("logistics"))
  }

  @Test func logitsThatOverflowAreSeen() throws {
    let network = WaveNet(Examples.configurations["mixture of logistics"]!)
    var parameters = Parameters<Float>(network.declarations, seed: 1)
    for name in ["head.0.bias", "head.1.weight"] {
      parameters[name].changeElements { for index in $0.indices { $0[index] = 1e30 } }
    }
    for options in [SamplingOptions.standard, try SamplingOptions(temperature: 0)] {
      var stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1, sampling: options)
      #expect(abs(samples(1, of: &stream)[0]) <= 1)
      #expect(!stream.logitsAreFinite)
    }
  }
}
