import Foundation
import KodamaCore

/// An instrument of plucked strings: its strings, its body and its part.
struct StringInstrument: DemoInstrument {
  /// A resonance of the body.
  struct Resonance {
    let hertz: Double
    let quality: Double
    let gain: Double
  }

  let name: String
  let string: PluckedString
  let body: [Resonance]
  /// What it plays.
  let part: StringScore.Part

  /// Bright, plucked near the bridge, melodies over open fifths.
  static let koto = StringInstrument(
    name: "koto",
    string: PluckedString(pluckPosition: 0.12, damping: 0.2, decaySeconds: 5, softness: 0.7),
    body: [Resonance(hertz: 380, quality: 3, gain: 0.5), Resonance(hertz: 1_100, quality: 3, gain: 0.3)],
    part: StringScore.Part(lowestNote: 57, range: 12, chordNotes: 1))

  /// Round, plucked near the middle, broken chords under a high melody.
  static let harp = StringInstrument(
    name: "harp",
    string: PluckedString(pluckPosition: 0.42, damping: 0.35, decaySeconds: 6, softness: 0.82),
    body: [Resonance(hertz: 240, quality: 2, gain: 0.6)],
    part: StringScore.Part(lowestNote: 64, range: 10, chordNotes: 2))

  /// Dark and low, melodies alone.
  static let bass = StringInstrument(
    name: "bass",
    string: PluckedString(pluckPosition: 0.25, damping: 0.48, decaySeconds: 4, softness: 0.88),
    body: [Resonance(hertz: 110, quality: 2, gain: 0.8), Resonance(hertz: 600, quality: 4, gain: 0.2)],
    part: StringScore.Part(lowestNote: 40, range: 11, chordNotes: 0))

  func piece(count: Int, sampleRate rate: Int, generator: inout Philox) -> [Double] {
    let score = StringScore(for: part, seconds: Double(count) / Double(rate), generator: &generator)
    var mix = [Double](repeating: 0, count: count)
    let release = rate / 50
    for note in score.notes {
      let start = Int(note.start * Double(rate))
      let held = Int(note.seconds * Double(rate))
      let tone = string.tone(
        hertz: note.hertz, velocity: note.velocity, count: min(held + release, count - start), sampleRate: rate,
        generator: &generator)
      for (i, sample) in tone.enumerated() {
        let attack = min(1, Double(i + 1) / 32)
        let fade = min(1, Double(held + release - i) / Double(release))
        mix[start + i] += sample * attack * fade
      }
    }
    return resonate(mix, sampleRate: rate)
  }

  /// Adds the resonances of the body to a signal, each a band-pass filter with a gain of 1 at its middle.
  ///
  /// - Source: Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
  private func resonate(_ signal: [Double], sampleRate: Int) -> [Double] {
    var output = signal
    for resonance in body {
      let omega = 2 * Double.pi * resonance.hertz / Double(sampleRate)
      let alpha = sin(omega) / (2 * resonance.quality)
      let (a1, a2) = (-2 * cos(omega) / (1 + alpha), (1 - alpha) / (1 + alpha))
      let b0 = resonance.gain * alpha / (1 + alpha)
      var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
      for i in signal.indices {
        let y = b0 * (signal[i] - x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, signal[i], y1, y)
        output[i] += y
      }
    }
    return output
  }
}
