import Foundation

/// The downmix of recordings to one channel, and the silence threshold.
public struct RecordingOptions: Sendable, Hashable, Codable {
  /// The downmix to one channel.
  public var channel: ChannelChoice
  /// The silence threshold in dBFS: a file without a 20 ms window above it is left out.
  public var silence: Double

  /// Options; by default, the mean of all channels and a silence threshold of −60 dBFS.
  public init(channel: ChannelChoice = .mix, silence: Double = RecordingOptions.standardSilence) {
    self.channel = channel
    self.silence = silence
  }

  /// The default silence threshold in dBFS.
  public static let standardSilence = -60.0
  /// The valid silence thresholds in dBFS.
  public static let silenceRange = -200.0...0

  /// The silence threshold as a mean square.
  var silentMeanSquare: Float { Float(pow(10, silence / 10)) }
}

/// Levels as text for messages.
package enum Decibels {
  /// A magnitude relative to full scale, such as "-61.0 dB".
  package static func text(_ magnitude: Float) -> String { text(20 * log10(Double(magnitude))) }

  /// A level in dB.
  package static func text(_ level: Double) -> String {
    level.isFinite ? String(format: "%.1f dB", level) : "-∞ dB"
  }
}

/// The downmix of a recording to one channel.
public enum ChannelChoice: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The mean of all channels.
  case mix
  /// One channel alone, counted from 1: of two, 1 is the left one and 2 the right one.
  case channel(Int)

  /// Parses `mix`, `left`, `right`, or the number of a channel from 1 to 256; nil for any other text.
  public init?(_ text: String) {
    switch text {
    case "mix": self = .mix
    case "left": self = .channel(1)
    case "right": self = .channel(2)
    default:
      guard let number = Int(text), AudioLimits.channels.contains(number) else { return nil }
      self = .channel(number)
    }
  }

  /// `mix`, or the channel's number.
  public var description: String {
    switch self {
    case .mix: "mix"
    case .channel(let number): "\(number)"
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let choice = try ChannelChoice(container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a choice of channel is mix, left, right or a number from 1")
    }
    self = choice
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Throws where a file lacks the channel.
  ///
  /// - Throws: `AudioFault.noChannel`.
  package func check(_ file: AudioFile) throws {
    if case .channel(let number) = self, number > file.channels {
      throw AudioFault.noChannel(path: file.path, channel: number, channels: file.channels)
    }
  }

  /// One channel of interleaved samples.
  ///
  /// - Precondition: the chosen channel exists.
  package func mono(_ block: [Float], channels: Int) -> [Float] {
    if channels == 1 { return block }
    switch self {
    case .channel(let number):
      precondition((1...channels).contains(number), "channel \(number) of \(channels)")
      return stride(from: number - 1, to: block.count, by: channels).map { block[$0] }
    case .mix:
      let scale = 1 / Float(channels)
      return (0..<block.count / channels).map { t in
        var sum: Float = 0
        for c in 0..<channels { sum += block[t * channels + c] }
        return sum * scale
      }
    }
  }
}

/// Detects channels that cancel in the downmix, by comparing the mean square of their mean with the mean of their mean
/// squares.
///
/// N uncorrelated channels, or N of which only one is not silent, lose a factor N in power. They cancel if at least 50
/// times as much is lost: for two channels, if their mean is at least 20 dB quieter than they are.
package struct Cancellation {
  private var channelEnergy = 0.0
  private var mixEnergy = 0.0
  private let channels: Int

  private static let factor = 50.0

  package init(channels: Int) { self.channels = channels }

  /// Adds the next interleaved samples and their mean.
  package mutating func add(_ block: [Float], mix: [Float]) {
    if channels == 1 { return }
    for sample in block { channelEnergy += Double(sample * sample) }
    for sample in mix { mixEnergy += Double(sample * sample) }
  }

  /// A warning where the channels cancel; otherwise nil.
  package var warning: AudioWarning? {
    let mean = channelEnergy / Double(channels)
    return channels > 1 && mean > 0 && mixEnergy * Self.factor * Double(channels) <= mean ? .channelsCancel : nil
  }
}
