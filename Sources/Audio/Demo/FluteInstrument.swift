import Foundation
import KodamaCore

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
      // Mostly steps, at times a leap, never the same note again; turned back at the ends of the range.
      let leap = [-3, -2, -1, -1, 1, 1, 2, 4][generator.integer(below: 8)]
      step += scale.indices.contains(step + leap) ? leap : -leap
    }
  }
}
