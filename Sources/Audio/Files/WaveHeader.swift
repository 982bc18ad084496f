/// What the header of a WAV file claims: a check of our own, because libsndfile takes a header that claims 17 bits,
/// 4 GHz or audio before its format.
///
/// - A RIFF file is "RIFF" (or "RF64", sizes over 4 GiB in a chunk "ds64"), its size, "WAVE", then chunks: four
///   characters, a little-endian 32-bit size, that many bytes, and one more where the size is odd.
/// - "fmt " must come before "data".
/// - Source: Multimedia Programming Interface 1.0 (1991); EBU Tech 3306.
struct WaveHeader: Equatable {
  /// The format's number: 1 linear PCM, 3 floating point, 0xFFFE extensible, others compressed.
  let format: Int
  let channels: Int
  let sampleRate: Int
  /// Bytes of one sample of all channels, where samples are stored singly.
  let bytesPerFrame: Int
  /// Bytes of audio that the header claims; nil where it was written before the length was known.
  let claimedBytes: Int?
  /// Bytes in the file after the beginning of the audio.
  let presentBytes: Int

  /// The samples of one channel that the header claims, and those that are there, where the file is cut short.
  var truncation: AudioWarning? {
    guard let claimedBytes, claimedBytes > presentBytes, isLinear else { return nil }
    return .truncated(claimedFrames: claimedBytes / bytesPerFrame, presentFrames: presentBytes / bytesPerFrame)
  }

  /// Whether every frame has the same number of bytes.
  var isLinear: Bool { [1, 3, 0xFFFE].contains(format) && bytesPerFrame > 0 }

  /// Reads the header; nil where the file is not a RIFF file.
  ///
  /// - Throws: `AudioFault.malformed`, `.readFailed`.
  init?(_ source: ByteSource) throws {
    let start = try source.bytes(at: 0, count: 12)
    guard start.count >= 4, ["RIFF", "RF64"].contains(source.name(start, at: 0)) else { return nil }
    if start.count < 12 { throw source.malformed("header", "cut short after \(start.count) bytes") }
    guard source.name(start, at: 8) == "WAVE" else { return nil }

    var position = 12
    var format: [UInt8]?
    var longDataSize: Int?
    // A file of zeros would be a chunk in every eight bytes.
    for _ in 0..<10_000 {
      let head = try source.bytes(at: position, count: 8)
      if head.isEmpty { break }
      if head.count < 8 { throw source.malformed("header", "cut short at byte \(position)") }
      let (name, size) = (source.name(head, at: 0), source.integer(head, at: 4, bytes: 4))
      let present = source.length - position - 8
      if name == "data" {
        guard let format else { throw source.malformed("data chunk", "it comes before the format") }
        try self.init(source, format: format, size: size, longSize: longDataSize, present: present)
        return
      }
      if size > present { throw source.malformed("chunk \(name)", "\(size) bytes claimed, \(present) present") }
      if name == "fmt " {
        if size < 16 { throw source.malformed("fmt chunk", "\(size) bytes, not at least 16") }
        format = try source.bytes(at: position + 8, count: min(size, 40))
      } else if name == "ds64" && size >= 16 {
        longDataSize = source.integer(try source.bytes(at: position + 16, count: 8), at: 0, bytes: 8)
      }
      position += 8 + size + size % 2
    }
    throw source.malformed(format == nil ? "fmt chunk" : "data chunk", "missing, or after 10,000 other chunks")
  }

  private init(_ source: ByteSource, format fields: [UInt8], size: Int, longSize: Int?, present: Int) throws {
    format = source.integer(fields, at: 0, bytes: 2)
    channels = source.integer(fields, at: 2, bytes: 2)
    sampleRate = source.integer(fields, at: 4, bytes: 4)
    bytesPerFrame = source.integer(fields, at: 12, bytes: 2)
    let bits = source.integer(fields, at: 14, bytes: 2)
    claimedBytes = size == 0xFFFF_FFFF ? longSize : size
    presentBytes = present

    try AudioLimits.check(path: source.path, sampleRate: sampleRate, channels: channels)
    let allowed: [Int]? =
      switch format {
      case 1: [8, 16, 24, 32]
      case 3: [32, 64]
      case 0xFFFE: [8, 16, 24, 32, 64]
      default: nil
      }
    if let allowed, !allowed.contains(bits) {
      throw source.malformed(
        "bits per sample", "\(bits), not one of \(allowed.map(String.init).joined(separator: ", "))")
    }
    if allowed != nil && bytesPerFrame != channels * bits / 8 {
      throw source.malformed("bytes per frame", "\(bytesPerFrame), not \(channels * bits / 8)")
    }
  }
}
