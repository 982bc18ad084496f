import KodamaCore
import KodamaSignal

/// A generated sound that is to be rewarded.
public struct RewardedSound: Sendable, Equatable {
  /// The samples of its one channel, full scale ±1.
  public let samples: [Float]
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The labels that it was generated with, by the name of their set; of a mixture that of its largest share.
  public let labels: [String: String]

  /// A sound.
  public init(samples: [Float], sampleRate: Int, labels: [String: String] = [:]) {
    (self.samples, self.sampleRate, self.labels) = (samples, sampleRate, labels)
  }

  /// The sound as a waveform of one channel.
  var waveform: Waveform { Waveform(samples, sampleRate: sampleRate) }
}

/// What a sound is rewarded with.
public enum SoundRewardValue: Sendable, Equatable {
  /// A number for the whole sound.
  case whole(Double)
  /// A number for each frame; the reward of the sound is their mean.
  case frames([Double], FrameTimes)
  /// None, and why.
  case undefined(reason: String)

  /// The reward of the sound; nil where there is none.
  public var whole: Double? {
    switch self {
    case .whole(let value): value
    case .frames(let values, _): values.reduce(0, +) / Double(max(1, values.count))
    case .undefined: nil
    }
  }
}

/// The places of the frames of a sound, all of one length.
public struct FrameTimes: Sendable, Equatable {
  /// The first sample of the first frame, which may lie before the sound.
  public let start: Int
  /// Samples of a frame.
  public let length: Int
  /// Samples from one frame to the next.
  public let hop: Int

  /// Frames of a length.
  ///
  /// - Precondition: a positive length and hop.
  public init(start: Int, length: Int, hop: Int) {
    precondition(length > 0 && hop > 0, "frames of \(length) samples every \(hop)")
    (self.start, self.length, self.hop) = (start, length, hop)
  }
}

/// What generated sounds are rewarded for.
public protocol SoundReward: Sendable {
  /// The name in messages.
  var name: String { get }

  /// The rewards of sounds that were generated side by side, in their order.
  ///
  /// - Throws: `TuningFault`, `SpectraFault`, `ClassifierFault`.
  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue]
}

extension Workers {
  /// The results for each of some sounds, computed several at a time.
  func values(
    of sounds: [RewardedSound], _ body: @Sendable (RewardedSound) throws -> SoundRewardValue
  ) throws -> [SoundRewardValue] {
    try map(parts: sounds.count) { number in Result { try body(sounds[number]) } }.map { try $0.get() }
  }
}
