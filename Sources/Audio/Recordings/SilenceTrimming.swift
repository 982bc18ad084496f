import Foundation

/// How silence is cut from both ends of a recording.
///
/// Everything before the first and after the last sample whose magnitude (after the downmix) is over the
/// threshold goes, but for a margin that keeps attacks and decays.
public struct SilenceTrimming: Sendable, Equatable, Codable {
  /// The loudest that counts as silence, in dB of full scale.
  public var thresholdDecibels: Double
  /// The silence that stays at each end, in seconds.
  public var marginSeconds: Double

  /// A threshold of −60 dB and a margin of 50 ms unless said otherwise.
  public init(thresholdDecibels: Double = -60, marginSeconds: Double = 0.05) {
    self.thresholdDecibels = thresholdDecibels
    self.marginSeconds = marginSeconds
  }

  /// The frames that stay, at the file's own rate; nil where the whole recording is silent.
  ///
  /// - Throws: `FileFault`, `AudioFault`.
  func keptRange(of entry: CorpusEntry, in folder: String, channel: ChannelChoice) throws -> Range<Int>? {
    let threshold = Float(pow(10, thresholdDecibels / 20))
    let file = try AudioFile(folder + "/" + entry.path)
    try channel.check(file)
    var position = 0
    var first: Int?
    var last = 0
    try file.forEachBlock { block in
      let mono = channel.mono(block, channels: file.channels)
      for (i, sample) in mono.enumerated() where abs(sample) > threshold {
        if first == nil { first = position + i }
        last = position + i
      }
      position += mono.count
    }
    guard let first else { return nil }
    let margin = Int(marginSeconds * Double(file.sampleRate))
    return max(0, first - margin)..<min(position, last + 1 + margin)
  }
}
