import Foundation

/// The trimming of silence at both ends of a recording.
///
/// Everything before the first and after the last sample whose magnitude (after the downmix) exceeds the threshold is
/// removed, except for a margin that preserves attacks and decays.
public struct SilenceTrimming: Sendable, Equatable, Codable {
  /// The threshold of silence in dBFS.
  public var thresholdDecibels: Double
  /// The margin kept at each end, in seconds.
  public var marginSeconds: Double

  /// A trimming; by default, with a threshold of −60 dBFS and a margin of 50 ms.
  public init(thresholdDecibels: Double = -60, marginSeconds: Double = 0.05) {
    self.thresholdDecibels = thresholdDecibels
    self.marginSeconds = marginSeconds
  }

  /// The range of frames to keep, at the file's own rate; nil where the whole recording is silent.
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
