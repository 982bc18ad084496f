import Foundation
import KodamaCore
import KodamaSignal
import KodamaSpectra
import Testing

@testable import KodamaAudio

/// Whether the instruments of the demo corpora keep to their pitches.
@Suite struct DemoTuningTests {
  private let rate = 16_000
  private let steady = BlownFlute.Breath(loudness: 1, vibratoHertz: 5, vibratoDepth: 0)
  private let flute = FluteInstrument.bamboo

  @Test(arguments: [82.41, 220, 440, 987.77]) func stringsAreInTune(hertz: Double) {
    var generator = Philox(seed: 3)
    let tone = StringInstrument.koto.string.tone(
      hertz: hertz, velocity: 1, count: rate, sampleRate: rate, generator: &generator)
    let cents = cents(of: tone, from: hertz)
    #expect(abs(cents) < 5, "\(cents) cents")
  }

  @Test(arguments: FluteInstrument.bamboo.scale) func theFluteIsInTune(note: Int) {
    var generator = Philox(seed: 3)
    let hertz = self.hertz(note)
    let tone = flute.flute.tone(
      hertz: hertz, breath: steady, count: rate, sampleRate: rate, generator: &generator)
    let cents = cents(of: tone, from: hertz)
    #expect(abs(cents) < 2.5, "\(cents) cents")
  }

  @Test(arguments: FluteInstrument.bamboo.scale) func everyNoteSpeaksAtOnceAndLasts(note: Int) throws {
    var generator = Philox(seed: UInt64(note))
    let breath = BlownFlute.Breath(loudness: 1, vibratoHertz: 5.5, vibratoDepth: 0.05)
    let tone = flute.flute.tone(
      hertz: hertz(note), breath: breath, count: rate, sampleRate: rate, generator: &generator)
    // A note falls by 12 dB while it lasts.
    let levels = stride(from: 0, to: rate, by: rate / 100).map { start in
      let square = tone[start..<start + rate / 100].reduce(0) { $0 + $1 * $1 } / Double(rate / 100)
      return square.squareRoot() * pow(10, 0.6 * Double(start) / Double(rate))
    }
    let sustained = levels[20..<90].reduce(0, +) / 70
    #expect(sustained > 0.01)
    #expect(levels[4..<96].allSatisfy { $0 > 0.7 * sustained && $0 < 1.4 * sustained }, "\(levels)")
    let end = (tone.suffix(rate / 500).reduce(0) { $0 + $1 * $1 } / Double(rate / 500)).squareRoot()
    #expect(end < 0.2 * sustained)
    let track = try PYIN(sampleRate: rate).tracks(of: Waveform(tone.map { Float($0) }, sampleRate: rate))[0]
    // From 0.1 s to 0.9 s.
    for frame in 7..<57 {
      let cents = 1200 * log2(track.frequencies[frame] / hertz(note))
      #expect(track.isVoiced[frame] && abs(cents) <= 20.001, "\(cents) cents in frame \(frame)")
    }
  }

  @Test func noisePlaysNoPartInTheSoundOfAFluteWithoutTurbulence() {
    let silent = BlownFlute(
      reflection: 0.85, damping: 0.35, jetGain: 2, jetOffset: 1.5, turbulence: 0, radiation: 0.9)
    var (one, other) = (Philox(seed: 1), Philox(seed: 2))
    #expect(
      silent.tone(hertz: 330, breath: steady, count: 4000, sampleRate: rate, generator: &one)
        == silent.tone(hertz: 330, breath: steady, count: 4000, sampleRate: rate, generator: &other))
  }

  @Test func aPieceIsOneVoiceInPhrasesOfTheScale() {
    for seed in 0..<20 {
      var generator = Philox(seed: UInt64(seed))
      let notes = flute.notes(seconds: 8, generator: &generator)
      #expect(notes.count >= 6)
      let scale = flute.scale.map(hertz)
      for note in notes { #expect(scale.contains { abs($0 / note.hertz - 1) < 1e-9 }) }
      for (note, next) in zip(notes, notes.dropFirst()) {
        #expect((0.3..<1.000001).contains(note.seconds) && note.hertz != next.hertz)
        #expect((-1e-9...0.100001).contains(next.start - note.start - note.seconds))
      }
      let end = notes[notes.count - 1]
      #expect(end.seconds >= 0.3 && abs(end.start + end.seconds - 8) < 1e-9)
    }
  }

  @Test func theCorpusIsVoicedAndOnTheNotesOfItsScale() throws {
    let corpus = DemoCorpus(.flute, minutes: 0.4, seed: 3)
    var counts = PitchCounts(sampleRate: rate)
    for file in 0..<corpus.fileCount {
      counts.add(try PYIN(sampleRate: rate).tracks(of: corpus.waveform(of: file))[0])
    }
    #expect(Double(counts.voiced) > 0.95 * Double(counts.voiced + counts.unvoiced))
    let scale = flute.scale.map { Int((120 * log2(hertz($0) / 65.40639132514966)).rounded()) }
    #expect(counts.percent(near: scale) > 98)
    // The notes are found again, as far as the few pieces have them.
    #expect(counts.notes.count { note in scale.contains { abs($0 - note) <= 1 } } >= 8, "\(counts.notes)")
    #expect(counts.percent(near: counts.notes) > 98)
  }

  private func hertz(_ note: Int) -> Double { 440 * exp2(Double(note - 69) / 12) }

  /// How far the fundamental of a second of a tone is from a frequency, by its phase.
  private func cents(of tone: [Double], from hertz: Double) -> Double {
    func phase(at start: Int) -> Double {
      let window = 4_000
      var (re, im) = (0.0, 0.0)
      for i in 0..<window {
        let weight = 0.5 - 0.5 * cos(2 * Double.pi * Double(i) / Double(window))
        let angle = 2 * Double.pi * hertz * Double(start + i) / Double(rate)
        re += weight * tone[start + i] * cos(angle)
        im -= weight * tone[start + i] * sin(angle)
      }
      return atan2(im, re)
    }
    let drift = remainder(phase(at: 8_000) - phase(at: 4_000), 2 * Double.pi)
    return 1_200 * log2(1 + drift / (2 * Double.pi) * 4 / hertz)
  }
}
