import Foundation
import KodamaCore

/// An instrument of a demo corpus, whose pieces fill one folder.
protocol DemoInstrument: Sendable {
  /// The name of its folder.
  var name: String { get }
  /// The samples of a piece, at any level; all its randomness comes from `generator`.
  func piece(count: Int, sampleRate: Int, generator: inout Philox) -> [Double]
}

/// A flute that plays phrases: notes of a scale, one after the other, with a breath between two phrases.
struct FluteInstrument: DemoInstrument {
  let name: String
  let flute: BlownFlute
  /// The notes it plays, from low to high, as MIDI note numbers (69 is 440 Hz).
  let scale: [Int]

  /// Five notes to the octave, A B C♯ E F♯, over two octaves: 220 to 740 Hz.
  static let bamboo = FluteInstrument(
    name: "flute",
    flute: BlownFlute(
      reflection: 0.85, damping: 0.35, jetGain: 2, jetOffset: 1.5, turbulence: 0.03, radiation: 0.8),
    scale: [57, 59, 61, 64, 66, 69, 71, 73, 76, 78])

  struct Note: Equatable {
    /// Seconds from the start.
    let start: Double
    let seconds: Double
    let hertz: Double
    let breath: BlownFlute.Breath
  }

  func piece(count: Int, sampleRate: Int, generator: inout Philox) -> [Double] {
    let rate = Double(sampleRate)
    var piece = [Double](repeating: 0, count: count)
    for note in notes(seconds: Double(count) / rate, generator: &generator) {
      let start = Int(note.start * rate)
      let length = min(Int(note.seconds * rate), count - start)
      let tone = flute.tone(
        hertz: note.hertz, breath: note.breath, count: length, sampleRate: sampleRate, generator: &generator)
      for (i, sample) in tone.enumerated() { piece[start + i] = sample }
    }
    return piece
  }

  /// Phrases of four to eight notes of 0.3 to 1 s, the last of them long, with 0.1 s between phrases and less within.
  func notes(seconds: Double, generator: inout Philox) -> [Note] {
    var notes: [Note] = []
    var (step, time, left) = (generator.integer(below: scale.count), 0.0, 0)
    while true {
      if left == 0 { left = 4 + generator.integer(below: 5) }
      left -= 1
      let isLast = left == 0
      let length = isLast ? 0.7 + 0.3 * generator.uniform() : 0.3 + 0.6 * generator.uniform()
      let gap = isLast ? 0.1 : [0, 0, 0.02, 0.05][generator.integer(below: 4)]
      // No note of less than 0.3 s at the end of a piece: the one before it is held.
      let isEnd = seconds - time - length - gap < 0.3
      let held = isEnd ? seconds - time : length
      let breath = BlownFlute.Breath(
        loudness: 0.75 + 0.25 * generator.uniform(), vibratoHertz: 4.5 + generator.uniform(),
        vibratoDepth: 0.025 + 0.025 * generator.uniform())
      let hertz = 440 * pow(2, Double(scale[step] - 69) / 12)
      notes.append(Note(start: time, seconds: held, hertz: hertz, breath: breath))
      if isEnd { return notes }
      time += held + gap
      // Mostly steps, sometimes a leap, never a repeated note; reflected at the ends of the range.
      let leap = [-3, -2, -1, -1, 1, 1, 2, 4][generator.integer(below: 8)]
      step += scale.indices.contains(step + leap) ? leap : -leap
    }
  }
}

/// A plucked string instrument: its string model, the resonances of its body, and the part it plays.
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

  /// Adds the resonances of the body to a signal: band-pass biquads, each with its `gain` at its center frequency.
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
