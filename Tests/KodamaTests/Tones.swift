import Foundation
import Kodama
import TestSupport

/// Labelled recordings that differ in pitch and in sound: of each of some pitches and of two instruments a few takes.
enum Tones {
  static let sampleRate = 8000
  static let pitches = ["low", "middle", "high"]
  static let instruments = ["pure", "rich"]
  static var labels: CorpusLabels {
    get throws { .pattern(try LabelPattern(#"(?<pitch>[a-z]+)_(?<instrument>[a-z]+)_"#)) }
  }

  /// Writes `low_pure_0.wav` and so on.
  static func write(_ folder: String, takes: Range<Int>, seconds: Double = 0.3) throws {
    for (height, pitch) in pitches.enumerated() {
      for (kind, instrument) in instruments.enumerated() {
        for take in takes {
          try write(
            folder + "/\(pitch)_\(instrument)_\(take).wav", height: height, isRich: kind == 1, seconds: seconds,
            seed: UInt64(take * 100 + height * 10 + kind))
        }
      }
    }
  }

  static func write(_ path: String, height: Int, isRich: Bool, seconds: Double, seed: UInt64) throws {
    var random = Philox(seed: seed)
    let frequency = [300.0, 600.0, 1200.0][height] * (1 + 0.05 * (2 * random.uniform() - 1))
    let phase = 2 * Double.pi * random.uniform()
    let count = Int(seconds * (1 + 0.2 * random.uniform()) * Double(sampleRate))
    let samples = (0..<count).map { t in
      let angle = 2 * Double.pi * frequency * Double(t) / Double(sampleRate) + phase
      let tone = sin(angle) + (isRich ? 0.6 * sin(2 * angle) + 0.4 * sin(3 * angle) : 0)
      return Float(0.2 * tone + 0.01 * random.normal())
    }
    try TestSupport.write([], to: path)
    try AudioWriter.write(Waveform(channels: [samples], sampleRate: sampleRate), to: path, existing: .replace)
  }
}
