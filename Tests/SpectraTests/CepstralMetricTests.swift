import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// Mel-cepstral distortions within 1e-3 dB and mel distances within 1e-5 of those over pysptk 1.0 and librosa 0.11;
/// `cepstra_golden.py` beside this file wrote the numbers.
@Suite struct CepstralMetricTests {
  private static let measurements: [any PairMeasurement.Type] = [
    MelCepstralDistortion.self, AlignedMelCepstralDistortion.self, ParallelWaveGANMelCepstralDistortion.self,
    HiFiGANMelDistance.self, ParallelWaveGANMelDistance.self,
  ]

  @Test(arguments: CepstraGolden.all.pairs.indices) func distancesOfMadeSignalsAgree(index: Int) throws {
    let golden = CepstraGolden.all.pairs[index]
    let (reference, generated) = (waveform(golden.reference), waveform(golden.generated))
    try expectScores(golden.scores, reference, generated, "\(golden.generated) against \(golden.reference)")
  }

  @Test(
    .enabled(if: SpokenDigits.arePresent, "the spoken digits lie beside the package on some machines only"),
    arguments: CepstraGolden.all.recordings.indices)
  func distancesOfRecordingsAgree(index: Int) throws {
    let golden = CepstraGolden.all.recordings[index]
    let reference = try SpokenDigits.read(golden.reference)
    let generated = try SpokenDigits.read(golden.generated)
    let what = "\(golden.generated) against \(golden.reference)"
    try expectScores(golden.whole, reference, generated, what)
    let count = min(reference.frames, generated.frames)
    let cut = [reference, generated].map { Waveform(Array($0.mono[..<count]), sampleRate: 8000) }
    try expectScores(golden.cut, cut[0], cut[1], what + ", cut")
  }

  @Test func silenceAndRatesWithoutAConventionSayWhy() throws {
    let silence = Waveform([Float](repeating: 0, count: 3000), sampleRate: 16_000)
    let noise = Waveform(Signal(kind: .noise, count: 3000).samples, sampleRate: 16_000)
    #expect(
      try MelCepstralDistortion.score(reference: noise, generated: silence)
        == .undefined(reason: "channel 0 of the generated sound is silent"))
    #expect(
      try AlignedMelCepstralDistortion.scores(reference: silence, generated: noise).withC0
        == .undefined(reason: "channel 0 of the reference is silent"))
    let half = Waveform(channels: [noise.mono, silence.mono], sampleRate: 16_000)
    #expect(
      try ParallelWaveGANMelCepstralDistortion.score(reference: half, generated: half)
        == .undefined(reason: "channel 1 of the reference is silent"))
    for rate in [1, 100, 999, 768_001] {
      let odd = Waveform(noise.mono, sampleRate: rate)
      #expect(try MelCepstralDistortion.score(reference: odd, generated: odd).value == nil)
    }
    let slow = Waveform(noise.mono, sampleRate: 160)
    #expect(
      try ParallelWaveGANMelDistance.score(reference: slow, generated: slow)
        == .undefined(reason: "the lowest band begins at 80 Hz, and at 160 Hz there is none"))
    let short = Waveform(Array(noise.mono[..<1023]), sampleRate: 16_000)
    #expect(
      try ParallelWaveGANMelCepstralDistortion.score(reference: noise, generated: short)
        == .undefined(reason: "a frame has 1024 samples, and there are 1023"))
  }

  @Test func soundsTooLongToBeAlignedSaySoBeforeTheyAreRead() throws {
    let endless = Endless(frames: 1 << 28)
    let scores = try AlignedMelCepstralDistortion.scores(reference: endless, generated: endless)
    #expect(
      scores.withoutC0
        == .undefined(reason: "2097153 and 2097153 frames are too many to be aligned exactly; cut the sounds"))
  }

  @Test func distancesDependOnNeitherThreadsNorBlocks() throws {
    let count = Blocks.frames + 9000
    let reference = Waveform(Signal(kind: .noise, count: count, seed: 1).samples, sampleRate: 48_000)
    let generated = Waveform(Signal(kind: .mixture, count: count, rate: 48_000, seed: 1).samples, sampleRate: 48_000)
    let reads = Reads()
    let counting = CountingSource(base: reference, reads: reads)
    for measurement in Self.measurements {
      let serial = try measurement.measure(reference: counting, generated: generated, workers: .serial)
      #expect(
        try measurement.measure(reference: reference, generated: generated, workers: Workers(threads: 3)) == serial)
    }
    #expect(reads.longest <= Blocks.frames + 2048)
  }

  @Test func equalSoundsHaveNoDistance() throws {
    let sound = Waveform(Signal(kind: .mixture, count: 9000, rate: 22_050).samples, sampleRate: 22_050)
    for measurement in Self.measurements {
      for score in try measurement.measure(reference: sound, generated: sound, workers: .serial) {
        #expect(score == .value(0))
      }
    }
  }

  @Test func loudnessAloneIsCountedWithC0Only() throws {
    let sound = Waveform(Signal(kind: .noise, count: 9000).samples, sampleRate: 16_000)
    let half = Waveform(sound.mono.map { $0 / 2 }, sampleRate: 16_000)
    let scores = try AlignedMelCepstralDistortion.scores(reference: sound, generated: half)
    expectClose([scores.withoutC0.value ?? .nan], [0], tolerance: 1e-3, floor: 1, "mcd-dtw of half the height")
    // c0 falls by ln 2, and K ln 2 is 10 √2 log₁₀ 2.
    expectClose([scores.withC0.value ?? .nan], [sqrt(200) * log10(2)], tolerance: 1e-3, "mcd-pymcd of half")
  }

  private func expectScores(
    _ golden: [String: Double?], _ reference: Waveform, _ generated: Waveform, _ what: String
  ) throws {
    var compared = 0
    for measurement in Self.measurements {
      // Those of pairs of one length have no golden numbers for pairs of two.
      if !measurement.metrics.contains(where: { golden.keys.contains($0.name) }) { continue }
      let scores = try measurement.measure(reference: reference, generated: generated, workers: .serial)
      for (metric, score) in try paired(measurement.metrics, scores) {
        compared += 1
        switch (score, golden[metric.name]) {
        case (.value(let actual), .some(.some(let expected))):
          let tolerance = metric.unit == "dB" ? 1e-3 : 1e-5 * max(expected, 1e-6)
          #expect(abs(actual - expected) <= tolerance, "\(metric.name) of \(what): \(actual) for \(expected)")
        case (.undefined(let reason), .some(.none)): #expect(!reason.isEmpty)
        case (let score, let expected):
          Issue.record("\(metric.name) of \(what): \(score) for \(String(describing: expected))")
        }
      }
    }
    #expect(compared == golden.count)
  }

  private func waveform(_ signals: [Signal]) -> Waveform {
    Waveform(channels: signals.map(\.samples), sampleRate: signals[0].rate)
  }

  /// A sound that nobody can read.
  private struct Endless: SampleSource {
    let frames: Int
    let sampleRate = 16_000
    let channelCount = 1
    func samples(in range: Range<Int>) throws -> [[Float]] {
      Issue.record("samples \(range) were read")
      return [[Float](repeating: 0, count: range.count)]
    }
  }
}
