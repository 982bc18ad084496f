import Foundation
import Kodama

/// Sounds of a few kinds as maps of their log-mel features, some to learn from and some held out.
struct DigitSounds {
  /// Rows of frames · bands numbers, frame by frame.
  let training, heldOut: LabelledRows
  /// The names of the kinds.
  let names: [String]

  /// 20 ms steps: 40 of them are 0.8 s.
  static let frames = 40
  /// Mel bands up to half of the sample rate.
  static let bands = 32
  private static let sampleRate = 8000

  /// Recordings of digits in a folder tree, whose names begin with the digit: `7_george_12.wav`. A fifth is held out.
  ///
  /// - Throws: `LessonFault.noDigits` where no name does; what reading recordings throws.
  init(corpus folder: String) throws {
    let pattern = try LabelPattern("^(?<digit>[0-9])_")
    let index = try CorpusIndex.scan(folder, labels: .pattern(pattern)).filtered { $0.labels["digit"] != nil }
    if index.entries.isEmpty { throw LessonFault.noDigits(folder: folder) }
    let split = Split(index, validationPercent: 20, labelSets: ["digit"], dividing: false)
    func read(_ index: CorpusIndex) throws -> LabelledRows {
      let recordings = try Recordings(index, sampleRate: Self.sampleRate)
      var result = LabelledRows(rows: [], classes: [])
      for (number, recording) in recordings.items.enumerated() {
        let samples = try recordings.read(number, 0..<recording.frames)
        result.rows.append(try Self.map(of: samples))
        result.classes.append(Int32(recording.labels["digit"] ?? "") ?? 0)
      }
      return result
    }
    (training, heldOut) = (try read(split.training), try read(split.validation))
    names = (0...9).map(String.init)
  }

  /// Ten melodies of three tones, which differ in how the pitch moves. Where in the 0.8 s they start, how high, loud and
  /// fast they are, and how much noise there is, differs from sound to sound.
  init(synthesizedFrom seed: UInt64, training: Int = 1500, heldOut: Int = 500) throws {
    func make(_ numbers: Range<Int>) throws -> LabelledRows {
      var result = LabelledRows(rows: [], classes: [])
      for number in numbers {
        var random = Philox(seed: seed, stream: UInt64(number))
        let kind = random.integer(below: Self.melodies.count)
        result.rows.append(try Self.map(of: Self.sound(Self.melodies[kind], &random)))
        result.classes.append(Int32(kind))
      }
      return result
    }
    (self.training, self.heldOut) = (try make(0..<training), try make(training..<training + heldOut))
    names = Self.melodies.map { "\($0)" }
  }

  /// The tones of each kind, in semitones above the first.
  private static let melodies: [[Double]] = [
    [0, 0, 0], [0, 0, 7], [0, 0, -7], [0, 7, 0], [0, 7, 7], [0, 7, 14], [0, -7, 0], [0, -7, -7], [0, -7, -14],
    [0, 7, -7],
  ]

  private static func sound(_ melody: [Double], _ random: inout Philox) -> [Float] {
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
    let pitch = 700 * pow(2, between(-0.5, 0.5))
    let tone = between(0.12, 0.2)
    let start = between(0, 0.8 - 3 * tone)
    let level = pow(10, between(-30, -10) / 20)
    let noise = level * pow(10, between(-30, -10) / 20)
    var phase = 0.0
    return (0..<8 * sampleRate / 10).map { index in
      let place = (Double(index) / Double(sampleRate) - start) / tone
      let number = Int(place.rounded(.down))
      var sample = noise * random.normal()
      if melody.indices.contains(number) {
        phase += 2 * Double.pi * pitch * pow(2, melody[number] / 12) / Double(sampleRate)
        // Each tone swells and fades, with two overtones.
        let envelope = sin(Double.pi * (place - Double(number)))
        sample += level * envelope * (sin(phase) + 0.5 * sin(2 * phase) + 0.25 * sin(3 * phase))
      }
      return Float(sample)
    }
  }

  /// The features of the first 0.8 s of a sound; silence where it is shorter.
  private static func map(of samples: [Float]) throws -> [Float] {
    let features = try LogMel(
      LogMelConvention(sampleRate: sampleRate, fftLength: 256, hopLength: sampleRate / 50, bands: bands))
    let length = frames * features.convention.hopLength
    let cut = samples.prefix(length) + [Float](repeating: 0, count: max(0, length - samples.count))
    return Array(try features(Array(cut), workers: .serial).values.prefix(frames * bands))
  }
}

/// What a lesson cannot work with.
public enum LessonFault: Error, Equatable, CustomStringConvertible {
  /// No file name begins with a digit.
  case noDigits(folder: String)

  public var description: String {
    switch self {
    case .noDigits(let folder): "\(folder) has no recordings whose names begin with a digit, such as 7_george_12.wav"
    }
  }
}
