import Foundation
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct LoudnessTests {
  /// EBU Tech 3341, case 1: a stereo sine of 1 kHz and −23 dBFS is −23 LUFS loud.
  @Test func theSineOfTheStandardIsAsLoudAsItSays() throws {
    for rate in [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
      let channel = sine(1000, rate: rate, count: 2 * rate, height: pow(10, -23 / 20.0))
      let score = try Loudness.integrated(of: Waveform(channels: [channel, channel], sampleRate: rate))
      // The bilinear transform bends the shelf at 1.7 kHz, the more the lower the rate.
      #expect(abs((score.value ?? .nan) + 23) < (rate < 16_000 ? 0.2 : 0.1), "\(rate) Hz: \(score)")
    }
  }

  /// EBU Tech 3341, cases 15 to 19: the samples of a sine at a quarter of the rate may all miss its peak.
  @Test func theTruePeakLiesBetweenTheSamples() throws {
    let rate = 48_000
    let samples = (0..<rate).map { Float(0.5 * sin(Double.pi / 2 * Double($0) + Double.pi / 4)) }
    let sound = Waveform(samples, sampleRate: rate)
    let peak = try #require(Loudness.truePeak(of: sound).value)
    #expect(peak < -6 + 0.2 && peak > -6 - 0.4, "\(peak)")
    #expect(abs((try SampleLevels(of: sound).peak.value ?? .nan) - (-9)) < 0.05)
  }

  @Test func halfTheHeightIsSixLoudnessUnitsLess() throws {
    let voice = Signal(kind: .voice, count: 22_050, rate: 22_050).samples
    let score = try LoudnessDifference.score(
      reference: Waveform(voice, sampleRate: 22_050),
      generated: Waveform(voice.map { $0 / 2 }, sampleRate: 22_050))
    expectClose([score.value ?? .nan], [20 * log10(2.0)], tolerance: 1e-5, "half the height")
  }

  @Test func whatHasNoLoudnessSaysWhy() throws {
    let noise = Waveform(Signal(kind: .noise, count: 6400).samples, sampleRate: 16_000)
    let short = Waveform(Array(noise.mono.dropLast()), sampleRate: 16_000)
    let silence = Waveform([Float](repeating: 0, count: 16_000), sampleRate: 16_000)
    #expect(try Loudness.integrated(of: noise).value != nil)
    let reason = "loudness is that of at least 400 ms, 6400 samples, and there are 6399"
    #expect(try Loudness.integrated(of: short) == .undefined(reason: reason))
    let gate = "no 400 ms are louder than -70 LUFS, the gate of silence"
    #expect(try Loudness.integrated(of: silence) == .undefined(reason: gate))
    #expect(try Loudness.truePeak(of: silence) == .silent)
    #expect(
      try LoudnessDifference.score(reference: silence, generated: noise) == .undefined(reason: "the reference: " + gate)
    )
    #expect(
      try LoudnessDifference.score(reference: noise, generated: short)
        == .undefined(reason: "the generated sound: " + reason))
    #expect(
      try Loudness.integrated(of: Waveform(noise.mono, sampleRate: 15))
        == .undefined(reason: "libebur128 takes no sound of 1 channel at 15 Hz"))
  }

  @Test func longSoundsAreReadInBlocks() throws {
    let reads = Reads()
    let sound = Waveform(Signal(kind: .noise, count: Blocks.frames + 100_000).samples, sampleRate: 16_000)
    let score = try Loudness.integrated(of: CountingSource(base: sound, reads: reads))
    #expect(reads.longest == Blocks.frames && reads.count == 2)
    let part = try Loudness.integrated(of: Waveform(Array(sound.mono.prefix(200_000)), sampleRate: 16_000))
    #expect(abs((score.value ?? .nan) - (part.value ?? .nan)) < 0.05)
  }

  @Test func aSampleThatIsNoNumberIsNamed() {
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 1, frame: 1)) {
      try Loudness.integrated(of: Waveform(channels: [[0, 0], [0, .nan]], sampleRate: 8000))
    }
  }

  private func sine(_ frequency: Double, rate: Int, count: Int, height: Double) -> [Float] {
    (0..<count).map { Float(height * sin(2 * Double.pi * frequency * Double($0) / Double(rate))) }
  }
}
