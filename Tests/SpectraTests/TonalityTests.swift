import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// What `tonality_golden.py` wrote.
private struct TonalityGolden: Decodable, Sendable {
  struct Case: Decodable, Sendable {
    let channel: Channel
    let ratios: [Double]
    let hnr: Double?
    let flatness: Double
  }

  struct Sets: Decodable, Sendable {
    let reference, generated: [Channel]
    let scores: [String: Double]
  }

  let cases: [Case]
  let sets: Sets

  static let all: TonalityGolden = {
    do {
      return try JSONDecoder().decode(TonalityGolden.self, from: Golden.file("tonality.json"))
    } catch {
      fatalError("tonality.json: \(error)")
    }
  }()
}

/// The harmonics-to-noise ratio and spectral flatness.
@Suite struct TonalityTests {
  private static let present = TonalityGolden.all.cases.indices.filter {
    [TonalityGolden.all.cases[$0].channel].arePresent
  }

  @Test(arguments: present) func ratiosAgreeWithPraat(index: Int) throws {
    let golden = TonalityGolden.all.cases[index]
    let sound = try [golden.channel].waveform()
    let frames = try Harmonicity(sampleRate: sound.sampleRate).framesOrSilence(of: sound, workers: .all)[0]
    #expect(frames.count == golden.ratios.count)
    // Decoders of compressed recordings differ in their last bits.
    let tolerance = "\(golden.channel)".contains(".ogg") ? 1e-4 : 2e-6
    // Silence is -200 in the file. Of what repeats exactly, rounding decides whether it is 60 dB or 150.
    let deviations = zip(frames, golden.ratios).map { abs(min(60, $0 ?? -200) - min(60, $1)) }
    #expect(deviations.allSatisfy { $0 < tolerance }, "\(golden.channel): \(deviations.max() ?? .nan) dB")
  }

  @Test(arguments: present) func meansAgreeWithTheirTools(index: Int) throws {
    let golden = TonalityGolden.all.cases[index]
    let sound = try [golden.channel].waveform()
    let tolerance = "\(golden.channel)".contains(".ogg") ? 1e-4 : 1e-7
    let flatness = try SpectralFlatness.measure(sound, workers: .all)[0].value ?? .nan
    #expect(abs(flatness - golden.flatness) < tolerance, "\(golden.channel): \(flatness) for \(golden.flatness) dB")
    let ratio = try HarmonicsToNoise.measure(sound, workers: .all)[0].value
    if let expected = golden.hnr, expected < 60 {
      #expect(abs((ratio ?? .nan) - expected) < tolerance, "\(golden.channel): \(ratio ?? .nan) for \(expected) dB")
    } else {
      #expect(golden.hnr == nil ? ratio == nil : (ratio ?? 0) > 60)
    }
  }

  @Test func setsAgreeWithScipy() throws {
    let golden = TonalityGolden.all.sets
    let sides = [golden.reference, golden.generated].map { channels in
      channels.enumerated().map { number, channel in Sound(name: "\(number)") { try [channel].waveform() } }
    }
    let metrics = HarmonicityDistance.metrics + FlatnessDistance.metrics
    let result = try Evaluation(metrics: metrics).compare(reference: sides[0], generated: sides[1])
    for (name, expected) in golden.scores {
      let score = result.sets?.scores[name] ?? .nan
      // Distributions are kept in steps of 0.02 dB.
      let tolerance = name.hasSuffix("wasserstein") ? 5e-4 : 1e-7
      #expect(abs(score - expected) < tolerance, "\(name): \(score), not \(expected)")
    }
    #expect(golden.scores.count == metrics.count)
  }

  @Test func aToneIsFarAboveNoise() throws {
    let tone = Waveform((0..<16_000).map { 0.3 * sin(0.1 * Float($0)) }, sampleRate: 16_000)
    let noise = Waveform(Signal(kind: .noise, count: 16_000, rate: 16_000, seed: 3).samples, sampleRate: 16_000)
    let ratios = try [tone, noise].map { try HarmonicsToNoise.measure($0, workers: .serial)[0].value ?? .nan }
    #expect(ratios[0] > 40 && ratios[1] < -6, "\(ratios)")
    let levels = try [tone, noise].map { try SpectralFlatness.measure($0, workers: .serial)[0].value ?? .nan }
    #expect(levels[0] < -40 && abs(levels[1] + 2.5) < 0.1, "\(levels)")
  }

  /// The energy of a tone over that of white noise is the ratio: the definition. Of the strongest maximum of many, that of
  /// noise alone is above 0, so that low ratios are too high.
  @Test func theRatioIsThatOfTheEnergies() throws {
    for decibels in [10.0, 20] {
      let noise = Signal(kind: .noise, count: 64_000, rate: 16_000, seed: 5).samples
      let power = noise.reduce(0) { $0 + Double($1 * $1) } / Double(noise.count)
      let height = (2 * power * pow(10, decibels / 10)).squareRoot()
      let sound = Waveform(
        noise.enumerated().map { 0.2 * ($1 + Float(height * sin(2 * .pi * Double($0) / 64))) }, sampleRate: 16_000)
      let ratio = try HarmonicsToNoise.measure(sound, workers: .all)[0].value ?? .nan
      #expect(abs(ratio - decibels) < 0.5, "\(ratio) for \(decibels) dB")
    }
  }

  @Test func theSearchFindsTheMinimum() {
    for place in [-0.97, -0.5, 0, 0.123, 0.999] {
      let found = BrentMinimum.find(in: -1...1, tolerance: 1e-10) { abs($0 - place) + ($0 - place) * ($0 - place) }
      #expect(abs(found.place - place) < 1e-9 && abs(found.value) < 1e-9, "\(found) for \(place)")
    }
    let cosine = BrentMinimum.find(in: 2...4, tolerance: 1e-8) { cos($0) }
    #expect(abs(cosine.place - .pi) < 1e-7 && cosine.value == -1)
  }

  @Test func framesFitSymmetricallyIntoTheSound() {
    let settings = Harmonicity(sampleRate: 16_000)
    for samples in [1919, 1920, 2079, 2080, 16_000, 16_001] {
      let frames = settings.frames(samples: samples)
      #expect(frames == (samples < 1920 ? 0 : 1 + (samples - 1920) / 160), "\(samples)")
      if frames == 0 { continue }
      let first = settings.start(ofFrame: 0, samples: samples)
      let behind = samples - (settings.start(ofFrame: frames - 1, samples: samples) + 2 * settings.half)
      #expect(first >= 0 && behind >= 0 && abs(first - behind) <= 1, "\(samples): \(first) before, \(behind) behind")
    }
  }

  @Test func resultsDoNotDependOnThreadsAndBlocks() throws {
    let sound = Waveform(Signal(kind: .voice, count: 80_000, rate: 16_000).samples, sampleRate: 16_000)
    let settings = Harmonicity(sampleRate: 16_000)
    let serial = try settings.ratios(of: sound, workers: .serial)
    #expect(try settings.ratios(of: sound, workers: Workers(threads: 3)) == serial)
    let reads = Reads()
    #expect(try settings.ratios(of: CountingSource(base: sound, reads: reads), workers: .serial) == serial)
    #expect(serial[0].count > 300 && reads.longest <= 80_000)
  }

  @Test func whatHasNoValueSaysWhy() throws {
    let silence = Waveform([Float](repeating: 0, count: 16_000), sampleRate: 16_000)
    let short = Waveform([Float](repeating: 0.1, count: 1900), sampleRate: 16_000)
    let slow = Waveform([Float](repeating: 0.1, count: 1900), sampleRate: 900)
    for (sound, ratio) in [(silence, "all are silent"), (short, "0.12 s"), (slow, "1000 Hz, and it is 900")] {
      guard case .undefined(let reason) = try HarmonicsToNoise.measure(sound, workers: .serial)[0] else {
        Issue.record("a ratio of \(ratio)")
        continue
      }
      #expect(reason.contains(ratio), "\(reason)")
    }
    #expect(try SpectralFlatness.measure(silence, workers: .serial) == [.silent])
    #expect(try SpectralFlatness.measure(Waveform([], sampleRate: 16_000), workers: .serial) == [.noSamples])
    let metrics = HarmonicityDistance.metrics + FlatnessDistance.metrics
    let voice = Waveform(Signal(kind: .voice, count: 16_000, rate: 16_000).samples, sampleRate: 16_000)
    let result = try Evaluation(metrics: metrics).compare(
      reference: [Sound(name: "a") { voice }], generated: [Sound(name: "b") { silence }])
    #expect(result.sets?.scores.isEmpty == true)
    #expect(result.sets?.undefined["hnr-difference"]?.contains("generated sound") == true)
  }

  @Test func soundThatIsNotFiniteIsRefused() {
    let sound = Waveform([Float](repeating: .nan, count: 16_000), sampleRate: 16_000)
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 0, frame: 0)) {
      try HarmonicsToNoise.measure(sound, workers: .serial)
    }
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 0, frame: 0)) {
      try SpectralFlatness.measure(sound, workers: .serial)
    }
  }
}
