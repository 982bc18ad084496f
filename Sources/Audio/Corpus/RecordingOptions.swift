import Foundation

/// How recordings are mixed down to one channel, and what counts as silence in it.
public struct RecordingOptions: Sendable, Hashable, Codable {
  /// How channels become one.
  public var channel: ChannelChoice
  /// The loudest that counts as silence, in dB of full scale: a file without a window of 20 ms that is louder is left out.
  public var silence: Double

  /// The mean of all channels, and silence up to −60 dB of full scale by default.
  public init(channel: ChannelChoice = .mix, silence: Double = RecordingOptions.standardSilence) {
    self.channel = channel
    self.silence = silence
  }

  /// The level of silence where none is given, in dB of full scale.
  public static let standardSilence = -60.0
  /// The levels of silence that can be given, in dB of full scale.
  public static let silenceRange = -200.0...0

  /// The level of silence as a mean square.
  var silentMeanSquare: Float { Float(pow(10, silence / 10)) }
}

/// Levels as messages show them.
package enum Decibels {
  /// A magnitude, of which 1 is full scale, such as "-61.0 dB".
  package static func text(_ magnitude: Float) -> String { text(20 * log10(Double(magnitude))) }

  /// A level in dB.
  package static func text(_ level: Double) -> String {
    level.isFinite ? String(format: "%.1f dB", level) : "-∞ dB"
  }
}
