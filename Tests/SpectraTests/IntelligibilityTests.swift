import Foundation
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// What `intelligibility_golden.py` wrote.
private struct IntelligibilityGolden: Decodable, Sendable {
  struct Pair: Decodable, Sendable {
    let reference, generated: [Channel]
    let scores: [String: Double]
  }

  struct Conversion: Decodable, Sendable {
    let channel: Channel
    let count: Int
    let indices: [Int]
    let values: [Double]
  }

  let pairs: [Pair]
  let conversions: [Conversion]

  static let all: IntelligibilityGolden = {
    do {
      return try JSONDecoder().decode(IntelligibilityGolden.self, from: Golden.file("intelligibility.json"))
    } catch {
      fatalError("intelligibility.json: \(error)")
    }
  }()
}

@Suite struct IntelligibilityTests {
  private static let present = IntelligibilityGolden.all.pairs.indices.filter { index in
    let pair = IntelligibilityGolden.all.pairs[index]
    return pair.reference.arePresent && pair.generated.arePresent
  }

  @Test(arguments: present) func scoresAgreeWithPystoi(index: Int) throws {
    let golden = IntelligibilityGolden.all.pairs[index]
    let scores = try Intelligibility.scores(
      reference: golden.reference.waveform(), generated: golden.generated.waveform())
    // Decoders of compressed recordings differ in their last bits.
    let isCompressed = "\(golden.reference)".contains(".ogg")
    for (name, score) in [("stoi", scores.stoi), ("estoi", scores.extended)] {
      let expected = try #require(golden.scores[name])
      #expect(
        abs((score.value ?? .nan) - expected) < (isCompressed ? 1e-7 : 1e-9),
        "\(name) of \(golden.generated): \(score), not \(expected)")
    }
  }

  @Test(arguments: IntelligibilityGolden.all.conversions.indices) func theConversionIsOctaves(index: Int) throws {
    let golden = IntelligibilityGolden.all.conversions[index]
    let sound = try golden.channel.waveform()
    let conversion = TenKilohertz.from(sound.sampleRate)
    #expect(conversion.count(of: sound.frames) == golden.count)
    let samples = try conversion.samples(of: sound, in: 0..<golden.count)
    expectClose(golden.indices.map { samples[$0] }, golden.values, tolerance: 1e-12, "\(golden.channel)")
    // A piece is the same as in the whole.
    let piece = try conversion.samples(of: sound, in: 100..<min(golden.count, 333))
    #expect(piece == Array(samples[100..<min(golden.count, 333)]))
  }

  @Test func aLongSoundIsReadInBlocks() throws {
    let sound = Waveform(Signal(kind: .voice, count: 90_000, rate: 10_000).samples, sampleRate: 10_000)
    let reads = Reads()
    let score = try Intelligibility.scores(reference: CountingSource(base: sound, reads: reads), generated: sound)
    #expect(abs((score.stoi.value ?? .nan) - 1) < 1e-12 && abs((score.extended.value ?? .nan) - 1) < 1e-12)
    #expect(reads.longest < 70_000)
  }

  @Test func silenceAndShortSoundsHaveNoValue() throws {
    let voice = Waveform(Signal(kind: .voice, count: 16_000, rate: 16_000).samples, sampleRate: 16_000)
    let silence = Waveform([Float](repeating: 0, count: 16_000), sampleRate: 16_000)
    let short = Waveform(Array(voice.mono.prefix(3000)), sampleRate: 16_000)
    for (reference, generated, words) in [
      (silence, voice, "channel 0 of the reference is silent"), (voice, silence, "channel 0 of the generated sound"),
      (short, short, "30 frames (0.4 s)"), (Waveform([0.5], sampleRate: 16_000), short, "there are 0"),
    ] {
      let scores = try Intelligibility.scores(reference: reference, generated: generated)
      for score in [scores.stoi, scores.extended] {
        guard case .undefined(let reason) = score else {
          Issue.record("\(score)")
          continue
        }
        #expect(reason.contains(words), "\(reason)")
      }
    }
  }

  @Test func theLoudestSamplesThereAreHaveFiniteScores() throws {
    let loud = Waveform(
      Signal(kind: .square, count: 8000).samples.map { $0 * .greatestFiniteMagnitude }, sampleRate: 16_000)
    let noise = Waveform(Signal(kind: .noise, count: 8000).samples, sampleRate: 16_000)
    for (reference, generated) in [(loud, noise), (noise, loud), (loud, loud)] {
      let scores = try Intelligibility.scores(reference: reference, generated: generated)
      for score in [scores.stoi, scores.extended] { #expect(abs(score.value ?? .nan) <= 1 + 1e-12, "\(score)") }
    }
  }

  /// The mean over channels, each by itself.
  @Test func channelsHaveEqualWeight() throws {
    let voices = (1..<5).map { Signal(kind: .voice, count: 10_000, rate: 10_000, seed: UInt64($0)).samples }
    let both = try Intelligibility.scores(
      reference: Waveform(channels: [voices[0], voices[1]], sampleRate: 10_000),
      generated: Waveform(channels: [voices[2], voices[3]], sampleRate: 10_000))
    let each = try (0..<2).map { channel in
      try Intelligibility.scores(
        reference: Waveform(voices[channel], sampleRate: 10_000),
        generated: Waveform(voices[channel + 2], sampleRate: 10_000))
    }
    let mean = each.reduce(0) { $0 + ($1.stoi.value ?? .nan) } / 2
    #expect(abs((both.stoi.value ?? .nan) - mean) < 1e-14)
  }
}
