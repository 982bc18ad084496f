/// Formats that libsndfile does not read, recognized by content, so that a message can name them.
enum UnreadFormat {
  /// The format of a file; nil where it is none of these.
  ///
  /// - Throws: `AudioFault.readFailed`.
  static func name(_ source: ByteSource) throws -> String? {
    if try isMPEG4(source) { return "MPEG-4 audio (AAC or ALAC, as in .m4a)" }
    if try isADTS(source) { return "AAC audio (ADTS)" }
    let head = try source.bytes(at: 0, count: 8)
    if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "Matroska or WebM" }
    if head == [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11] { return "Windows Media (ASF)" }
    return nil
  }

  /// Whether the first box of the file is "ftyp" with the brand of a sound or video format; image formats have others.
  ///
  /// - Source: ISO/IEC 14496-12, §4.3.
  private static func isMPEG4(_ source: ByteSource) throws -> Bool {
    guard try source.has("ftyp", at: 4) else { return false }
    let brand = String(decoding: try source.bytes(at: 8, count: 4), as: UTF8.self)
    return ["M4A", "M4B", "M4V", "M4P", "mp4", "iso", "qt", "3g", "dash", "avc1", "f4", "F4", "MSNV", "mmp4"]
      .contains(where: brand.hasPrefix)
  }

  /// Whether two frames of ADTS follow each other at the start, or one fills the file, after a tag ID3 or without.
  ///
  /// - Fields of a header, in bits: sync word of ones (12), version (1), layer, always 0 (2), no checksum (1), profile
  ///   (2), sampling frequency index (4), private (1), channels (3), 4 more, length with the header (13) and more.
  /// - Source: ISO/IEC 13818-7, §6.2.
  private static func isADTS(_ source: ByteSource) throws -> Bool {
    var start = 0
    if try source.has("ID3", at: 0) {
      let head = try source.bytes(at: 0, count: 10)
      if head.count < 10 { return false }
      start = 10 + head[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
    }
    guard let length = try adtsLength(source, at: start) else { return false }
    return try start + length == source.length || adtsLength(source, at: start + length) != nil
  }

  /// The length in bytes of the frame at an offset; nil where there is none.
  private static func adtsLength(_ source: ByteSource, at offset: Int) throws -> Int? {
    let head = try source.bytes(at: offset, count: 7)
    guard head.count == 7, head[0] == 0xFF, head[1] & 0xF6 == 0xF0, head[2] >> 2 & 0xF < 13 else { return nil }
    let length = Int(head[3] & 3) << 11 | Int(head[4]) << 3 | Int(head[5]) >> 5
    return length > 7 ? length : nil
  }
}
