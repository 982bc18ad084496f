import Foundation
import KodamaAudio
import KodamaCore
import TestSupport
import Testing

@testable import KodamaAmplifierTraining

@Suite struct PairAnalysisTests {
  @Test(arguments: [0, 1, 37, 5_000, 47_000, -1, -700]) func aDelayIsFoundToTheSample(delay: Int) throws {
    for gain in [Float(0.5), -0.9] {
      let wet = ExamplePair.delayed(ExamplePair.music, by: delay, gain: gain)
      let found = try ExamplePair.pair(ExamplePair.music, wet).analysis()
      #expect(found.latency == delay && found.method == .correlation && found.latencyByClicks == nil)
      #expect(found.isInverted == (gain < 0))
      #expect(found.coherence > 0.99 && abs(found.drift) < 0.5)
      #expect(found.remarks.isEmpty, "\(found.remarks)")
    }
  }

  @Test func theLatencyOfABoxIsThatOfTheClicks() throws {
    let found = try ExamplePair.pair(ExamplePair.dry, ExamplePair.wet).analysis()
    #expect(found.latency == 240 && found.method == .clicks && found.latencyByClicks == 240)
    #expect((-4...2).contains(found.latencyByCorrelation - 240), "\(found.latencyByCorrelation)")
    #expect(!found.isInverted && found.coherence > 0.8 && abs(found.drift) < 2)
    #expect(found.noise == nil && found.remarks.isEmpty, "\(found.remarks)")
    let inverted = try ExamplePair.pair(ExamplePair.dry, ExamplePair.wet.map { -$0 }).analysis()
    #expect(inverted.isInverted && inverted.latency == 240)
  }

  @Test func noiseDoesNotHideTheLatency() throws {
    let noise = ExamplePair.noise(ExamplePair.wet.count, level: 0.003)
    let noisy = ExamplePair.sum(ExamplePair.wet, noise)
    let found = try ExamplePair.pair(ExamplePair.dry, noisy).analysis()
    #expect(abs(found.latency - 240) <= 4, "\(found.latency)")
    expectClose([try #require(found.noise)], [20 * log10(0.003)], tolerance: 0.01)
    #expect(found.remarks.contains { $0.contains("noise before the first sound") }, "\(found.remarks)")
    let music = Array(noisy[5 * ExamplePair.rate / 2..<noisy.count])
    let byCorrelation = try ExamplePair.pair(ExamplePair.music, music).analysis()
    #expect((-30...4).contains(byCorrelation.latency - 240), "\(byCorrelation.latency)")
  }

  @Test func theRangesBelongTogether() throws {
    for delay in [300, -300] {
      let wet = ExamplePair.delayed(ExamplePair.music, by: delay)
      let pair = ExamplePair.pair(ExamplePair.music, wet)
      let analysis = try pair.analysis()
      let aligned = AlignedPair(pair, analysis)
      // The wet samples are a sample later than the dry ones, by the margin.
      #expect(aligned.count == ExamplePair.music.count - 300 + (delay > 0 ? 1 : -1))
      #expect(Array(aligned.wet[1...].prefix(200_000)) == Array(aligned.dry.prefix(200_000)))
    }
  }

  @Test func clicksThatDisagreeAreARemark() throws {
    // The clicks are 900 samples earlier than the music.
    var wet = ExamplePair.delayed(ExamplePair.dry, by: 1_000, gain: 0.5)
    for click in DemoPair.clicks {
      wet[click + 1_000] = 0
      wet[click + 100] = 0.45
    }
    let found = try ExamplePair.pair(ExamplePair.dry, wet).analysis()
    #expect(found.latency == 1_000 && found.latencyByClicks == 100 && found.method == .correlation)
    #expect(found.remarks.contains { $0.contains("the clicks give a latency of 100") })
  }

  @Test func theFindingsAreJSONAndLines() throws {
    let found = try ExamplePair.pair(ExamplePair.dry, ExamplePair.wet).analysis()
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(found)) as? [String: Any])
    #expect(object["latency"] as? Int == 240 && object["method"] as? String == "clicks")
    #expect(object["correlation"] == nil)
    #expect(
      found.lines.map { String($0.prefix { $0 != " " }) }
        == ["dry", "wet", "latency", "polarity", "coherence", "clocks", "noise", "used"])
    #expect(found.lines[2].hasPrefix("latency    240 samples (5.00 ms) by two clicks; by correlation "))
  }

  @Test func theFindingsDoNotDependOnThreads() throws {
    let pair = ExamplePair.pair(ExamplePair.dry, ExamplePair.wet)
    #expect(try pair.analysis(workers: .serial) == pair.analysis(workers: Workers(threads: 3)))
  }

  @Test func whatIsMerelySuspiciousIsARemark() throws {
    let (dry, wet) = (ExamplePair.dry, ExamplePair.wet)
    func remarks(_ dry: [Float], _ wet: [Float]) throws -> [String] {
      try ExamplePair.pair(dry, wet).analysis().remarks
    }
    var clipped = dry
    for index in 400_000..<400_004 { clipped[index] = 1 }
    #expect(try remarks(clipped, wet).contains { $0.hasPrefix("dry.wav: clipped in 1 place, first at 8.33 s") })
    let tail = wet + [Float](repeating: 0, count: 2 * ExamplePair.rate)
    #expect(try remarks(dry, tail).contains { $0.contains("its last 2.00 s follow the end of dry.wav") })
    let short = Array(wet.dropLast(ExamplePair.rate))
    #expect(try remarks(dry, short).contains { $0.contains("the last 1.00 s of dry.wav are left out") })
    #expect(try remarks(dry, wet.map { $0 * 0.02 }).contains { $0.contains("it is quiet") })
  }
}
