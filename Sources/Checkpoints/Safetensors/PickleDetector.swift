/// Tells pickles, and the archives of them that PyTorch writes, from their first bytes.
enum PickleDetector {
  /// File name extensions that pickles of weights go by.
  static let extensions = ["pt", "pth", "pkl", "pickle", "ckpt", "bin"]

  /// Whether a file that begins with these bytes, of which nine are enough, is a pickle or an archive of one.
  static func isPickle(_ start: [UInt8]) -> Bool {
    // A safetensors file has the brace there; its length may happen to look like either magic number.
    if start.count > 8 && start[8] == UInt8(ascii: "{") { return false }
    let isArchive = start.starts(with: [0x50, 0x4b, 0x03, 0x04])
    let isProtocol = start.count >= 2 && start[0] == 0x80 && (2...5).contains(start[1])
    return isArchive || isProtocol
  }
}
