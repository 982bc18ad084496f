/// Bytes as text in the alphabet of RFC 4648, section 4, piece by piece.
struct Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  /// Up to two bytes that wait for a third.
  private var rest: [UInt8] = []

  /// The text of these bytes, as far as it does not depend on what comes after them.
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
