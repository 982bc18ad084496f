/// Something odd about a sound file that does not keep it from being used.
public enum AudioWarning: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The file ends before what its header claims. Counted in samples of one channel.
  case truncated(claimedFrames: Int, presentFrames: Int)
  /// A compressed file ends before what its header, or that of its last block, claims. Counted in bytes.
  case truncatedStream(claimedBytes: Int, presentBytes: Int)
  /// An Ogg stream ends without the mark of its last page.
  case noEnd
  /// The header claims no audio, as one that was never finished does, though bytes follow that are nothing else.
  case unfinishedHeader(bytes: Int)
  /// Bytes of an unknown kind follow the audio that the header claims.
  case bytesAfterAudio(Int)
  /// Bytes between the frames or pages of a compressed file belong to none.
  case skippedBytes(Int)
  /// Some of the streams of a file that was joined cannot be read as one sound with the first.
  case unusedStreams(count: Int, of: Int, reason: String)
  /// The name says another format than the content.
  case nameOfAnotherFormat(name: String, content: String)
  /// The mean of the channels is silence, or nearly: one is the inverse of another.
  case channelsCancel

  public var description: String {
    switch self {
    case .truncated(let claimed, let present):
      "cut short: \(claimed) samples claimed, \(present) present; what is there is used"
    case .truncatedStream(let claimed, let present):
      "cut short: \(claimed) bytes claimed, \(present) present; what is there is used"
    case .noEnd: "a stream without its last page, which may be cut short; what is there is used"
    case .unfinishedHeader(let bytes):
      "the header was never finished and claims no audio; the \(bytes) bytes that follow are used as audio"
    case .bytesAfterAudio(let bytes):
      "\(bytes) bytes of an unknown kind follow the audio that the header claims; they are not used"
    case .skippedBytes(let bytes): "\(bytes) bytes between its frames belong to none; they are left out"
    case .unusedStreams(let count, let total, let reason):
      "\(count) of its \(total) joined streams not used: \(reason); convert it to one WAV file, with ffmpeg for example, "
        + "to use all of it"
    case .channelsCancel:
      "its channels cancel: their mean is at least 20 dB quieter than they are; take one of them alone, left or right"
    case .nameOfAnotherFormat(let name, let content): "named .\(name) but \(content) by content; taken by content"
    }
  }

  /// Whether the file ends before what its header claims.
  var isTruncation: Bool {
    switch self {
    case .truncated, .truncatedStream, .noEnd: true
    case .unfinishedHeader, .bytesAfterAudio, .skippedBytes, .unusedStreams, .nameOfAnotherFormat, .channelsCancel:
      false
    }
  }

  /// Whether bytes that are not used follow the audio.
  var isAfterAudio: Bool { if case .bytesAfterAudio = self { true } else { false } }
}
