import Foundation
import KodamaCore

/// A piece for one string instrument: a melody that walks about a scale, over chords where the instrument plays them.
/// Every voice holds its notes until the next, so that the strings hardly ever rest.
struct StringScore {
  struct Note: Equatable {
    /// Seconds from the start.
    let start: Double
    let seconds: Double
    let hertz: Double
    /// 0 to 1.
    let velocity: Double
  }

  /// The part of an instrument.
  struct Part {
    /// The lowest note of its melodies, as a MIDI note number (69 is 440 Hz).
    let lowestNote: Int
    /// How many scale steps its melodies reach up from there.
    let range: Int
    /// Notes of the chord under the melody; 0 for melodies alone.
    let chordNotes: Int
  }

  private(set) var notes: [Note] = []
  private let seconds: Double
  private let beat: Double
  private let tonic: Int
  private let scale: [Int]

  /// Scales in semitones: major, natural minor, and the two common pentatonic ones.
  private static let scales = [
    [0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9], [0, 3, 5, 7, 10],
  ]

  init(for part: Part, seconds: Double, generator: inout Philox) {
    self.seconds = seconds
    beat = 60 / (88 + 44 * generator.uniform())
    tonic = part.lowestNote + generator.integer(below: 6)
    scale = Self.scales[generator.integer(below: Self.scales.count)]
    writeMelody(part, generator: &generator)
    for voice in 0..<part.chordNotes { writeChords(voice, generator: &generator) }
  }

  private mutating func writeMelody(_ part: Part, generator: inout Philox) {
    var degree = generator.integer(below: part.range)
    var time = 0.0
    while time < seconds {
      let beats = [0.5, 0.5, 1, 1, 1, 2][generator.integer(below: 6)]
      add(degree: degree, at: time, beats: beats, velocity: 0.6 + 0.4 * generator.uniform())
      time += beats * beat
      // Mostly steps, at times a leap; reflected at the ends of the range.
      let step = [-3, -2, -1, -1, 1, 1, 2, 4][generator.integer(below: 8)]
      degree += (0..<part.range).contains(degree + step) ? step : -step
      degree = max(0, min(part.range - 1, degree))
    }
  }

  /// One voice of the chords: two beats long, its notes on the tonic, third or fifth of the chord by turns.
  private mutating func writeChords(_ voice: Int, generator: inout Philox) {
    var time = 0.0
    while time < seconds {
      let root = [0, 3, 4, 5][generator.integer(below: 4)] % scale.count
      let degree = root + [0, 2, 4][(voice + generator.integer(below: 2)) % 3] - scale.count
      add(degree: degree, at: time, beats: 2, velocity: 0.4 + 0.3 * generator.uniform())
      time += 2 * beat
    }
  }

  /// Adds a note by its step on the scale, counted from the tonic; negative ones lie below.
  private mutating func add(degree: Int, at start: Double, beats: Double, velocity: Double) {
    let octave = Int((Double(degree) / Double(scale.count)).rounded(.down))
    let note = tonic + 12 * octave + scale[degree - octave * scale.count]
    let hertz = 440 * pow(2, Double(note - 69) / 12)
    let length = min(beats * beat, seconds - start)
    notes.append(Note(start: start, seconds: length, hertz: hertz, velocity: velocity))
  }
}
