/// The header of an MPEG audio frame, layers I to III. Free-format bit rates are not supported.
///
/// - Fields, in bits: sync word of ones (11), version (2), layer (2), protection, 0 where there is a checksum (1), bit
///   rate (4), sample rate (2), padding (1), private (1), channel mode (2) and more.
/// - Source: ISO/IEC 11172-3, §2.4.1.3; ISO/IEC 13818-3, §2.4.2.3; version 2.5 as encoders write it.
struct MPEGFrame: Equatable {
  /// 1, 2 or 3.
  let layer: Int
  /// Whether the frame is of MPEG-1, not of MPEG-2 or 2.5.
  let isVersion1: Bool
  let isMono: Bool
  /// In Hz.
  let sampleRate: Int
  /// The frame's length in bytes, the header included.
  let length: Int
  /// The fields that do not change within a stream.
  private let kind: UInt32

  /// Samples of one channel.
  var samples: Int { layer == 1 ? 384 : layer == 3 && !isVersion1 ? 576 : 1_152 }

  /// The size in bytes of the side information of layer III.
  var sideInformation: Int { isVersion1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17) }

  /// Reads a header; nil where the bytes are not one.
  init?(_ word: UInt32) {
    let version = word >> 19 & 3
    let layer = 4 - Int(word >> 17 & 3)
    let bitRate = Int(word >> 12 & 15)
    let rate = Int(word >> 10 & 3)
    guard word >> 21 == 0x7FF, version != 1, layer < 4, bitRate != 0, bitRate != 15, rate != 3 else { return nil }
    self.layer = layer
    isVersion1 = version == 3
    isMono = word >> 6 & 3 == 3
    sampleRate = [44_100, 48_000, 32_000][rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2)
    let kilobits = Self.kilobits[isVersion1 ? layer - 1 : layer == 1 ? 3 : 4][bitRate - 1]
    let padding = Int(word >> 9 & 1)
    switch layer {
    case 1: length = (12_000 * kilobits / sampleRate + padding) * 4
    case 2: length = 144_000 * kilobits / sampleRate + padding
    default: length = 144_000 * kilobits / (isVersion1 ? sampleRate : 2 * sampleRate) + padding
    }
    kind = word & 0xFFFE_0C00 | (isMono ? 1 : 0)
    let checksum = word >> 16 & 1 == 0 ? 2 : 0
    if layer == 3 && length < 4 + sideInformation + checksum { return nil }
  }

  /// Whether a decoder treats both frames as the same stream.
  func continues(_ other: MPEGFrame) -> Bool { kind == other.kind }

  /// Bit rates in kbit/s of MPEG-1's layers I to III, then of MPEG-2's layer I and of its layers II and III.
  private static let kilobits = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]
}

/// The Xing, Info or VBRI tag: the length of a stream, which encoders write into a silent first frame of layer III.
///
/// - "Xing" or "Info" after the side information, which is zero: flags, then frames (flag 1), bytes (flag 2), 100 bytes
///   (flag 4), a quality (flag 8), and an encoder's name of 9 bytes, 12 more, and its delay and padding of 12 bits
///   each.
/// - "VBRI" 32 bytes after the header: 6 bytes, then bytes and frames.
/// - Integers are big-endian; the number of frames excludes this one, the number of bytes includes it.
/// - Source: the LAME encoder; Fraunhofer IIS.
struct MPEGLengthTag: Equatable {
  /// Frames that follow; nil where the tag has no count.
  var frames: Int?
  /// Bytes from the start of this frame to the end of the stream; nil where the tag has no count.
  var bytes: Int?
  /// Samples that the decoder skips at the start.
  var delay = 0
  /// Whether libsndfile's decoder recognizes the tag.
  let isKnownToDecoder: Bool

  /// The decoder's own delay in samples, in addition to the encoder's.
  private static let decoderDelay = 529

  /// Reads the tag of the frame at `offset`; nil where there is none.
  init?(_ source: ByteSource, _ frame: MPEGFrame, at offset: Int) throws {
    if frame.layer != 3 { return nil }
    let tagOffset = 4 + frame.sideInformation
    let word = try source.word(at: offset + tagOffset)
    if word == 0x5869_6E67 || word == 0x496E_666F {
      let bytes = try source.bytes(at: offset, count: min(frame.length, tagOffset + 144))
      // The first two bytes of the side information may be a checksum.
      guard bytes.count >= tagOffset + 8, bytes[6..<tagOffset].allSatisfy({ $0 == 0 }) else { return nil }
      isKnownToDecoder = true
      let flags = bytes[tagOffset + 7]
      var field = tagOffset + 8
      func next() -> Int? {
        defer { field += 4 }
        return field + 4 <= bytes.count ? bytes[field..<field + 4].reduce(0) { $0 << 8 | Int($1) } : nil
      }
      if flags & 1 != 0 { frames = next() }
      if flags & 2 != 0 { self.bytes = next() }
      if flags & 4 != 0 { field += 100 }
      if flags & 8 != 0 { field += 4 }
      delay = Self.decoderDelay
      if field + 24 <= bytes.count && bytes[field] != 0 {
        delay += Int(bytes[field + 21]) << 4 | Int(bytes[field + 22]) >> 4
      }
    } else if try source.has("VBRI", at: offset + 36), frame.length >= 54 {
      let bytes = try source.bytes(at: offset, count: 54)
      if bytes.count < 54 { return nil }
      isKnownToDecoder = false
      self.bytes = bytes[46..<50].reduce(0) { $0 << 8 | Int($1) }
      frames = bytes[50..<54].reduce(0) { $0 << 8 | Int($1) }
    } else {
      return nil
    }
    if frames == 0 { frames = nil }
    if self.bytes == 0 { self.bytes = nil }
  }
}
