/// The length that the first frame of an MP3 file claims: the tag "Xing" or "Info", which encoders write after the
/// frame's side information. libsndfile decodes a file cut short without a word.
///
/// - Source: the tag's layout as described with the LAME encoder: name, flags, then frames (flag 1) and bytes (flag 2)
///   as big-endian 32-bit integers; bytes counts from the beginning of this frame.
struct MPEGLengthTag: Equatable {
  /// Bytes from the first frame to the end of the audio, as claimed.
  let claimedBytes: Int
  /// Bytes from the first frame to the end of the file.
  let presentBytes: Int

  /// Reads the tag; nil where there is none.
  init?(_ source: ByteSource) throws {
    var start = 0
    let head = try source.bytes(at: 0, count: 10)
    if head.count == 10 && head.prefix(3).elementsEqual("ID3".utf8) {
      // The size of an ID3 tag is four bytes of seven bits.
      start = 10 + head[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
    }
    let frame = try source.bytes(at: start, count: 64)
    guard frame.count >= 4, frame[0] == 0xFF, frame[1] & 0xE0 == 0xE0 else { return nil }
    let isVersion1 = frame[1] & 0x18 == 0x18
    let isMono = frame[3] & 0xC0 == 0xC0
    let sideInformation = isVersion1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17)
    let tag = 4 + sideInformation
    guard frame.count >= tag + 16, ["Xing", "Info"].contains(source.name(frame, at: tag)) else { return nil }
    let flags = frame[tag + 7]
    guard flags & 2 != 0 else { return nil }
    let field = tag + 8 + (flags & 1 != 0 ? 4 : 0)
    claimedBytes = frame[field..<field + 4].reduce(0) { $0 << 8 | Int($1) }
    presentBytes = source.length - start
  }
}
