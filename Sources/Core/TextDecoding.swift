/// Decoding of text files to UTF-8.
package enum TextDecoding {
  /// A decoding or syntax error in a text, and its line.
  package struct Problem: Error, Equatable {
    /// The line, counted from 1.
    package let line: Int
    /// What is wrong, and what to do.
    package let problem: String

    package init(line: Int, problem: String) { (self.line, self.problem) = (line, problem) }
  }

  /// The bytes of a text as UTF-8, without a byte order mark. UTF-16 is detected by its byte order mark, or by a zero
  /// in one of the first two bytes.
  ///
  /// Single-byte encodings such as Latin-1 cannot be distinguished, and are refused.
  ///
  /// - Throws: `Problem` where the bytes are neither UTF-8 nor UTF-16.
  package static func utf8(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try checked(Array(bytes.dropFirst(3)), skipped: 3) }
    if bytes.starts(with: [0xFF, 0xFE]) { return try fromUTF16(bytes.dropFirst(2), lowFirst: true) }
    if bytes.starts(with: [0xFE, 0xFF]) { return try fromUTF16(bytes.dropFirst(2), lowFirst: false) }
    if bytes.count > 1 && (bytes[0] == 0) != (bytes[1] == 0) {
      return try fromUTF16(bytes[...], lowFirst: bytes[1] == 0)
    }
    return try checked(bytes, skipped: 0)
  }

  private static func checked(_ bytes: [UInt8], skipped: Int) throws(Problem) -> [UInt8] {
    if let zero = bytes.firstIndex(of: 0) {
      throw Problem(
        line: line(of: zero, in: bytes), problem: "byte \(zero + skipped + 1) of the file is zero; this is no text")
    }
    var decoder = UTF8()
    var (iterator, offset) = (bytes.makeIterator(), 0)
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput: return bytes
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .error:
        let byte = visible(bytes[offset])
        throw Problem(
          line: line(of: offset, in: bytes),
          problem:
            "byte \(offset + skipped + 1) of the file, \(byte), is not UTF-8, as in texts of Latin-1 or another encoding; "
            + "save the file as UTF-8")
      }
    }
  }

  private static func fromUTF16(_ bytes: ArraySlice<UInt8>, lowFirst: Bool) throws(Problem) -> [UInt8] {
    let (high, low) = lowFirst ? (1, 0) : (0, 1)
    let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
      UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + low])
    }
    var decoder = UTF16()
    var (iterator, text) = (units.makeIterator(), [UInt8]())
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput where bytes.count % 2 == 0: return text
      case .scalarValue(let scalar) where scalar.value != 0: text += UTF8.encode(scalar)!
      default:
        throw Problem(line: line(of: text.count, in: text), problem: "it is damaged UTF-16; save the file as UTF-8")
      }
    }
  }

  /// The line that contains a byte offset.
  private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
    1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
  }

  /// A name from the operating system as text, with bytes that are not UTF-8 as `\xE9`, and whether all of it is UTF-8.
  package static func name(_ pointer: UnsafePointer<CChar>) -> (text: String, isUTF8: Bool) {
    if let text = String(validatingCString: pointer) { return (text, true) }
    var bytes: [UInt8] = []
    while pointer[bytes.count] != 0 { bytes.append(UInt8(bitPattern: pointer[bytes.count])) }
    return (visible(bytes), false)
  }

  /// A byte as `\xE9`.
  package static func visible(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  /// Valid UTF-8 unchanged, all other bytes as `\xE9`.
  package static func visible(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    var (decoder, text, offset) = (UTF8(), "", 0)
    while offset < bytes.count {
      var iterator = bytes[offset...].makeIterator()
      decoder = UTF8()
      if case .scalarValue(let scalar) = decoder.decode(&iterator) {
        text.unicodeScalars.append(scalar)
        offset += UTF8.width(scalar)
      } else {
        text += visible(bytes[offset])
        offset += 1
      }
    }
    return text
  }
}
