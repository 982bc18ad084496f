import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The pitch of a sound by pYIN, with the settings of the metrics.
struct SoundPitch {
  let track: PitchTrack
  let times: FrameTimes

  /// - Precondition: a rate of at least 200 Hz.
  init(_ sound: RewardedSound) throws {
    let method = PYIN(sampleRate: sound.sampleRate)
    track = try method.tracks(of: sound.waveform, workers: .serial)[0]
    // Frames are centered on multiples of the hop.
    times = FrameTimes(
      start: -method.yin.frameLength / 2, length: method.yin.frameLength, hop: method.yin.hopLength)
  }
}

/// How near the pitch of every frame is to a frequency, or to a note of a scale: exp(−d² / 2σ²) with d in cents for a voiced
/// frame, 0 for an unvoiced one.
struct PitchReward: SoundReward {
  enum Target: Sendable, Equatable {
    /// A frequency in Hz.
    case frequency(Double)
    case scale(MusicalScale)
  }

  let name: String
  let target: Target

  /// σ in cents: a frequency is approached from afar, notes of a scale are near each other.
  private var width: Double { if case .frequency = target { 100 } else { 25 } }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    try workers.values(of: sounds) { sound in
      if sound.samples.isEmpty { return .undefined(reason: "there are no samples") }
      let pitch = try SoundPitch(sound)
      let rewards = zip(pitch.track.frequencies, pitch.track.isVoiced).map { frequency, isVoiced in
        isVoiced ? reward(frequency) : 0
      }
      return .frames(rewards, pitch.times)
    }
  }

  /// The reward of a voiced frame.
  private func reward(_ frequency: Double) -> Double {
    let cents =
      switch target {
      case .frequency(let wanted): 1200 * log2(frequency / wanted)
      case .scale(let scale): scale.cents(from: frequency)
      }
    return exp(-cents * cents / (2 * width * width))
  }
}

/// The notes of a scale in all octaves, in equal temperament with A at 440 Hz.
public struct MusicalScale: Sendable, Equatable {
  /// Semitones above C, in ascending order within an octave.
  public let semitones: [Int]

  private static let letters: [Character: Int] = ["c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11]
  private static let modes = [
    "major": [0, 2, 4, 5, 7, 9, 11], "minor": [0, 2, 3, 5, 7, 8, 10], "pentatonic": [0, 2, 4, 7, 9],
    "blues": [0, 3, 5, 6, 7, 10],
  ]
  /// What a name of a scale may be.
  static let names = "chromatic, or a tonic and a mode, such as c-major, f#-minor, bb-pentatonic or e-blues"

  /// A scale by its name; nil where there is none of this name.
  public init?(_ name: String) {
    if name == "chromatic" {
      semitones = Array(0..<12)
      return
    }
    let parts = name.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let letter = parts[0].first, let tonic = Self.letters[letter],
      let mode = Self.modes[String(parts[1])]
    else { return nil }
    let shift: Int
    switch parts[0].dropFirst() {
    case "": shift = 0
    case "#": shift = 1
    case "b": shift = -1
    default: return nil
    }
    semitones = mode.map { ($0 + tonic + shift + 12) % 12 }.sorted()
  }

  /// The distance of a frequency from the nearest note, in cents, from 0.
  ///
  /// - Precondition: a positive frequency in Hz.
  public func cents(from frequency: Double) -> Double {
    precondition(frequency > 0, "a frequency of \(frequency) Hz has no note")
    // Semitones above C: A is the ninth.
    let place = 12 * log2(frequency / 440) + 9
    let within = place - 12 * (place / 12).rounded(.down)
    let distances = semitones.map { note in
      let distance = abs(within - Double(note))
      return min(distance, 12 - distance)
    }
    return 100 * (distances.min() ?? 0)
  }
}
