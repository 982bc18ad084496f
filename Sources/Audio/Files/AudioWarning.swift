import KodamaCore

/// A problem in a sound file that does not prevent its use.
public enum AudioWarning: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The file ends before the length in its header. Counted in samples of one channel.
  case truncated(claimedFrames: Int, presentFrames: Int)
  /// A compressed file ends before the length in its header or in that of its last block. Counted in bytes.
  case truncatedStream(claimedBytes: Int, presentBytes: Int)
  /// An Ogg stream ends without the mark of its last page.
  case noEnd
  /// The header claims no audio, as if it was never finished, though bytes follow that can only be audio.
  case unfinishedHeader(bytes: Int)
  /// Bytes of an unknown kind follow the audio that the header claims.
  case bytesAfterAudio(Int)
  /// Bytes between the frames or pages of a compressed file were skipped.
  case skippedBytes(Int)
  /// Some streams of a joined file cannot be read as one sound with the first.
  case unusedStreams(count: Int, of: Int, reason: String)
  /// The extension does not match the format of the content.
  case nameOfAnotherFormat(name: String, content: String)
  /// The channels cancel in their mean: one is nearly the inverse of another.
  case channelsCancel

  public var description: String {
    switch self {
    case .truncated(let claimed, let present):
      "cut short: \(claimed) samples claimed, \(present) present; what is there is used"
    case .truncatedStream(let claimed, let present):
      "cut short: \(claimed) bytes claimed, \(present) present; what is there is used"
    case .noEnd: "a stream without its last page, which may be cut short; what is there is used"
    case .unfinishedHeader(let bytes):
      "the header was never finished and claims no audio; the \(Plural.text(bytes, "byte that follows is", "bytes that follow are")) used as audio"
    case .bytesAfterAudio(let bytes):
      Plural.text(bytes, "byte of an unknown kind follows", "bytes of an unknown kind follow")
        + " the audio that the header claims; \(Plural.word(bytes, "it is", "they are")) not used"
    case .skippedBytes(let bytes):
      Plural.text(
        bytes, "byte between its frames belongs to none; it is", "bytes between its frames belong to none; they are")
        + " left out"
    case .unusedStreams(let count, let total, let reason):
      "\(count) of its \(total) joined streams not used: \(reason); convert it to one WAV file, with ffmpeg for example, "
        + "to use all of it"
    case .channelsCancel:
      "its channels cancel: their mean is at least 20 dB quieter than they are; take one of them alone, left or right"
    case .nameOfAnotherFormat(let name, let content): "named .\(name) but \(content) by content; taken by content"
    }
  }

  /// Whether the file is shorter than its header claims.
  var isTruncation: Bool {
    switch self {
    case .truncated, .truncatedStream, .noEnd: true
    case .unfinishedHeader, .bytesAfterAudio, .skippedBytes, .unusedStreams, .nameOfAnotherFormat, .channelsCancel:
      false
    }
  }

  /// Whether unused bytes follow the audio.
  var isAfterAudio: Bool { if case .bytesAfterAudio = self { true } else { false } }
}
