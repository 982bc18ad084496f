/// The header of a WAV file, parsed and validated here because libsndfile accepts 17 bits, 4 GHz or audio before the
/// format, and misses audio that the header does not claim.
///
/// - A RIFF file is "RIFF" (or "RF64", sizes over 4 GiB in a chunk "ds64"), its size, "WAVE", then chunks: four
///   characters, a little-endian 32-bit size, that many bytes, and one more where the size is odd.
/// - "fmt " must come before "data".
/// - The size of "data" alone determines where the audio ends: FFFFFFFF where it was unknown, 0 where a recorder never
///   wrote it. In both cases the audio extends to the end of the file, unless other chunks fill the rest. The size of
///   "RIFF", which recorders leave at 0, 8 or FFFFFFFF, is ignored.
/// - Source: Multimedia Programming Interface 1.0 (1991); EBU Tech 3306.
struct WaveHeader: Equatable {
  /// The fields of the chunk "fmt ".
  let format: WaveFormat
  /// The offset of the audio in the file.
  let start: Int
  /// Bytes of audio according to the header; nil where it was written before the length was known.
  let claimedBytes: Int?
  /// Bytes in the file from the start of the audio.
  let presentBytes: Int

  /// A warning with claimed and present samples of one channel where the file is cut short.
  var truncation: AudioWarning? {
    guard let claimedBytes, claimedBytes > presentBytes, format.isLinear else { return nil }
    let frame = format.bytesPerFrame
    return .truncated(claimedFrames: claimedBytes / frame, presentFrames: presentBytes / frame)
  }

  /// Reads the header at `offset`; nil where no RIFF file starts there.
  ///
  /// - Throws: `AudioFault.malformed`, `.readFailed`.
  init?(_ source: ByteSource, at offset: Int = 0) throws {
    let head = try source.bytes(at: offset, count: 12)
    guard head.count >= 4, ["RIFF", "RF64"].contains(source.name(head, at: 0)) else { return nil }
    if head.count < 12 { throw source.malformed("header", "cut short after \(head.count) bytes") }
    guard source.name(head, at: 8) == "WAVE" else { return nil }

    var position = offset + 12
    var fields: [UInt8]?
    var longDataSize: Int?
    // A file of zeros would be a chunk in every eight bytes.
    for _ in 0..<10_000 {
      let head = try source.bytes(at: position, count: 8)
      if head.isEmpty { break }
      if head.count < 8 { throw source.malformed("header", "cut short at byte \(position)") }
      let (name, size) = (source.name(head, at: 0), source.integer(head, at: 4, bytes: 4))
      let present = source.length - position - 8
      if name == "data" {
        guard let fields else { throw source.malformed("data chunk", "it comes before the format") }
        format = try WaveFormat(source, fields)
        start = position + 8
        claimedBytes = size == 0xFFFF_FFFF ? longDataSize : size
        presentBytes = present
        return
      }
      if size > present { throw source.malformed("chunk \(name)", "\(size) bytes claimed, \(present) present") }
      if name == "fmt " {
        if size < 16 { throw source.malformed("fmt chunk", "\(size) bytes, not at least 16") }
        // Those of compressed formats are longer, but not by much.
        fields = try source.bytes(at: position + 8, count: min(size, 1_024))
      } else if name == "ds64" && size >= 16 {
        longDataSize = source.integer(try source.bytes(at: position + 16, count: 8), at: 0, bytes: 8)
      }
      position += 8 + size + size % 2
    }
    throw source.malformed(fields == nil ? "fmt chunk" : "data chunk", "missing, or after 10,000 other chunks")
  }
}

/// The chunk "fmt " of a WAV file.
struct WaveFormat: Equatable {
  /// The format's number: 1 linear PCM, 3 floating point, 0xFFFE extensible, others compressed.
  let number: Int
  let channels: Int
  let sampleRate: Int
  /// Bytes of one sample of all channels, where samples are stored singly.
  let bytesPerFrame: Int
  let bits: Int
  /// The chunk's content.
  private let fields: [UInt8]

  /// Whether every frame has the same number of bytes.
  var isLinear: Bool { [1, 3, 0xFFFE].contains(number) && bytesPerFrame > 0 }

  /// The content of a "fmt " chunk for libsndfile. Samples stored in more bytes than they need are described as samples
  /// of that size, because their upper bits are used; libsndfile would treat them as packed.
  var decodable: [UInt8] { isPadded ? pcm(bits: 8 * (bytesPerFrame / channels)) : fields }

  /// Whether samples are stored in more bytes than they need.
  var isPadded: Bool { isLinear && bytesPerFrame > channels * ((bits + 7) / 8) }

  /// - Throws: `AudioFault.malformed`.
  init(_ source: ByteSource, _ fields: [UInt8]) throws {
    self.fields = fields
    number = source.integer(fields, at: 0, bytes: 2)
    channels = source.integer(fields, at: 2, bytes: 2)
    sampleRate = source.integer(fields, at: 4, bytes: 4)
    bytesPerFrame = source.integer(fields, at: 12, bytes: 2)
    bits = source.integer(fields, at: 14, bytes: 2)
    try AudioLimits.check(path: source.path, sampleRate: sampleRate, channels: channels)
    if ![1, 3, 0xFFFE].contains(number) { return }

    // The format number of an extensible format is the first field after its channel mask.
    let kind = number == 0xFFFE && fields.count >= 26 ? source.integer(fields, at: 24, bytes: 2) : number
    let (isAllowed, allowed) =
      switch kind {
      case 1: ((8...32).contains(bits) && bits % 2 == 0, "an even number from 8 to 32")
      case 3: ([32, 64].contains(bits), "32 or 64")
      default: ([8, 16, 24, 32, 64].contains(bits), "8, 16, 24, 32 or 64")
      }
    if !isAllowed { throw source.malformed("bits per sample", "\(bits), not \(allowed)") }
    let least = (bits + 7) / 8
    // 8 and 16 bits always fill their bytes: a frame that is longer has the wrong number of channels.
    let most = kind == 1 && ![8, 16].contains(bits) ? 4 : least
    guard bytesPerFrame % channels == 0, (least...most).contains(bytesPerFrame / channels) else {
      let range = least == most ? "\(channels * least)" : "\(channels) times \(least) to \(most)"
      throw source.malformed("bytes per frame", "\(bytesPerFrame), not \(range)")
    }
  }

  /// The fields of linear PCM.
  private func pcm(bits: Int) -> [UInt8] {
    Self.bytes(1, 2) + Self.bytes(channels, 2) + Self.bytes(sampleRate, 4) + Self.bytes(sampleRate * bytesPerFrame, 4)
      + Self.bytes(bytesPerFrame, 2) + Self.bytes(bits, 2)
  }

  /// A header for `dataBytes` of audio in this format.
  func header(dataBytes: Int) -> [UInt8] {
    let format = Array("fmt ".utf8) + Self.bytes(decodable.count, 4) + decodable + (decodable.count % 2 == 0 ? [] : [0])
    return Array("RIFF".utf8) + Self.bytes(4 + format.count + 8 + dataBytes, 4) + Array("WAVE".utf8) + format
      + Array("data".utf8) + Self.bytes(dataBytes, 4)
  }

  /// A little-endian integer; one that does not fit becomes the maximum, which means unknown.
  private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    let value = count == 4 ? min(value, 0xFFFF_FFFF) : value
    return (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
