/// The bytes of a WAV file with 16-bit integers, for players: a header of 44 bytes, then interleaved samples.
///
/// A sample x becomes round(32768 x), clamped to −32768 … 32767.
enum WaveBytes {
  /// The header of a number of samples per channel.
  ///
  /// - Precondition: at most 2³¹ bytes of samples.
  static func header(sampleRate: Int, channels: Int, frames: Int) -> [UInt8] {
    let dataBytes = 2 * channels * frames
    precondition(dataBytes < 1 << 31, "\(dataBytes) bytes are too many for a player")
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return Array("RIFF".utf8) + bytes(36 + dataBytes, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4) + bytes(1, 2)
      + bytes(channels, 2) + bytes(sampleRate, 4) + bytes(2 * channels * sampleRate, 4) + bytes(2 * channels, 2)
      + bytes(16, 2) + Array("data".utf8) + bytes(dataBytes, 4)
  }

  /// The bytes of samples [channel][time].
  static func samples(_ block: [[Float]]) -> [UInt8] {
    var bytes: [UInt8] = []
    let frames = block.first?.count ?? 0
    bytes.reserveCapacity(2 * block.count * frames)
    for time in 0..<frames {
      for channel in block {
        let value = Int(max(-32_768, min(32_767, (channel[time] * 32_768).rounded())))
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
      }
    }
    return bytes
  }
}

/// An incremental Base64 encoder (RFC 4648, section 4).
struct Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  /// Up to two bytes of an incomplete group.
  private var rest: [UInt8] = []

  /// The text of these bytes, up to the last complete group.
  mutating func encode(_ bytes: [UInt8]) -> [UInt8] {
    let all = rest + bytes
    let whole = all.count / 3 * 3
    rest = Array(all[whole...])
    var text: [UInt8] = []
    text.reserveCapacity(whole / 3 * 4)
    for index in stride(from: 0, to: whole, by: 3) {
      let word = Int(all[index]) << 16 | Int(all[index + 1]) << 8 | Int(all[index + 2])
      for shift in [18, 12, 6, 0] { text.append(Base64.alphabet[word >> shift & 63]) }
    }
    return text
  }

  /// The end of the text.
  mutating func finish() -> [UInt8] {
    defer { rest = [] }
    if rest.isEmpty { return [] }
    let word = Int(rest[0]) << 16 | (rest.count == 2 ? Int(rest[1]) << 8 : 0)
    let text = [18, 12, 6].map { Base64.alphabet[word >> $0 & 63] }
    return rest.count == 2 ? text + [UInt8(ascii: "=")] : text[..<2] + [UInt8(ascii: "="), UInt8(ascii: "=")]
  }
}
