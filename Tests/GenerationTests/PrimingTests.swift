import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

@Suite struct PrimingTests {
  /// A cache longer than the parts that a recording is primed in.
  static let long = WaveNetConfiguration(
    kernelSize: 3, dilations: [1, 2500, 7], residualChannels: 3, gateChannels: 2, skipChannels: 3, classes: 5)

  private func expectSameState(
    _ primed: WaveNetStream, _ fed: WaveNetStream, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var (a, b) = (primed, fed)
    let classes = a.engine.levels
    // As many steps as it takes for every number in the caches to be seen.
    let steps = min(a.engine.configuration.seenSamples, 600)
    for (step, code) in Examples.codes(steps, classes: classes, seed: 8).enumerated() {
      let (x, y) = (a.logits, b.logits)
      if disagreement(x, y, floor: 1).relative <= 1e-5 {
        a.feed(Int(code))
        b.feed(Int(code))
      } else {
        expectClose(x, y, tolerance: 1e-5, floor: 1, "\(what), step \(step)", sourceLocation: sourceLocation)
        return
      }
    }
  }

  private func stream(_ configuration: WaveNetConfiguration) throws -> WaveNetStream {
    let network = WaveNet(configuration)
    let parameters = Parameters<Float>(network.declarations, seed: 4)
    return WaveNetStream(try WaveNetEngine(network, parameters), seed: 2)
  }

  @Test(arguments: Examples.quickNames) func primingIsFeedingOneByOne(name: String) throws {
    let configuration = Examples.configurations[name]!
    let fresh = try stream(configuration)
    let field = configuration.seenSamples
    for count in Set([1, 2, field - 1, field, field + 1, 2 * field + 3]) where count > 0 {
      let codes = Examples.codes(count, classes: configuration.levels)
      var (primed, fed) = (fresh, fresh)
      try primed.prime(with: codes)
      for code in codes { fed.feed(Int(code)) }
      expectSameState(primed, fed, "\(count) codes")
    }
  }

  @Test(arguments: ["plain", "kernel 5, odd channels", "scalar input", "tiny", "recurrent"], [false, true])
  func aStreamThatRunsIsPrimedFromWhereItIs(name: String, evaluated: Bool) throws {
    let configuration = Examples.configurations[name]!
    var running = try stream(configuration)
    for _ in 0..<configuration.seenSamples / 2 { _ = running.next() }
    if evaluated { _ = running.logits }
    let codes = Examples.codes(configuration.seenSamples / 3 + 1, classes: configuration.levels)
    var (primed, fed) = (running, running)
    try primed.prime(with: codes)
    for code in codes { fed.feed(Int(code)) }
    expectSameState(primed, fed, "after \(codes.count) codes")
  }

  @Test(arguments: [3000, 4500, 12_000]) func longRecordingsGoInParts(count: Int) throws {
    let codes = Examples.codes(count, classes: 5)
    var primed = try stream(Self.long)
    var fed = primed
    try primed.prime(with: codes)
    for code in codes { fed.feed(Int(code)) }
    expectSameState(primed, fed, "\(count) codes")
  }

  @Test func primingGivesTheSameBitsWhateverTheThreads() throws {
    let fresh = try stream(Examples.configurations["small"]!)
    let codes = Examples.codes(2500, classes: 256)
    let logits = try [1, 2, 5].map { threads in
      var primed = fresh
      try primed.prime(with: codes, workers: Workers(threads: threads))
      return primed.logits
    }
    #expect(logits[0] == logits[1] && logits[0] == logits[2])
  }

  @Test func codesOutsideTheClassesAreRefusedAndNothingChanges() throws {
    var primed = try stream(Examples.configurations["plain"]!)
    let before = primed.logits
    for (codes, index) in [([3, 9], 1), ([-1, 2], 0)] as [([Int32], Int)] {
      #expect(throws: GenerationFault.code(Int(codes[index]), index: index, levels: 9)) {
        try primed.prime(with: codes)
      }
    }
    try primed.prime(with: [])
    #expect(primed.logits == before)
  }
}
