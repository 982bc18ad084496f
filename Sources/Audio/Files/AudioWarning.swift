/// Something odd about a sound file that does not keep it from being used.
public enum AudioWarning: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The file ends before what its header claims. Counted in samples of one channel.
  case truncated(claimedFrames: Int, presentFrames: Int)
  /// A compressed file ends before what its header claims. Counted in bytes.
  case truncatedStream(claimedBytes: Int, presentBytes: Int)
  /// The header says that there is no audio, though bytes follow.
  case emptyDataWithBytesFollowing(bytes: Int)
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
    case .emptyDataWithBytesFollowing(let bytes):
      "the header claims no audio, though \(bytes) bytes follow; they are not used"
    case .channelsCancel:
      "its channels cancel: their mean is at least 20 dB quieter than they are; take one of them alone, left or right"
    case .nameOfAnotherFormat(let name, let content): "named .\(name) but \(content) by content; taken by content"
    }
  }
}
