/// Comma-separated values, read and written as bytes: fields may be quoted, with quotation marks doubled inside.
///
/// - Source: RFC 4180, and variants that spreadsheets write: semicolons and tabs as separators, UTF-16, a byte order
///   mark, lines that end with a carriage return, a line feed or both.
package enum CSV {
  /// The fields of a line.
  package struct Row: Equatable {
    /// The line on which the row starts, counted from 1.
    package let line: Int
    /// The fields; spaces around unquoted fields are removed.
    package let fields: [String]
  }

  private static let quote = UInt8(ascii: "\"")
  private static let (feed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
  private static let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]

  /// The rows of a file. Empty lines are skipped; the separator is the comma, semicolon or tab that comes first in the
  /// first non-empty line.
  ///
  /// - Throws: `TextDecoding.Problem` where the bytes are not text, a row consists of separators alone, a quotation
  ///   mark is not closed, or text follows a closing one.
  package static func rows(_ bytes: [UInt8]) throws(TextDecoding.Problem) -> [Row] {
    let text = try TextDecoding.utf8(bytes)
    var reader = Reader(text: text, separator: separator(of: text))
    var rows: [Row] = []
    while let row = try reader.next() {
      if row.fields == [""] { continue }
      if row.fields.allSatisfy(\.isEmpty) {
        throw TextDecoding.Problem(line: row.line, problem: "the row is empty; fill it or remove it")
      }
      rows.append(row)
    }
    return rows
  }

  private static func separator(of text: [UInt8]) -> UInt8 {
    var isQuoted = false
    for byte in text.drop(while: { $0 == feed || $0 == carriageReturn }) {
      if byte == quote { isQuoted.toggle() }
      if isQuoted { continue }
      if separators.contains(byte) { return byte }
      if byte == feed || byte == carriageReturn { break }
    }
    return separators[0]
  }

  private struct Reader {
    let text: [UInt8]
    let separator: UInt8
    var position = 0
    var line = 1

    /// The next row; nil at the end.
    mutating func next() throws(TextDecoding.Problem) -> Row? {
      if position == text.count { return nil }
      let first = line
      var fields: [String] = []
      while true {
        fields.append(try field())
        if position < text.count && text[position] == separator {
          position += 1
          continue
        }
        endLine()
        return Row(line: first, fields: fields)
      }
    }

    private var isAtEnd: Bool { position == text.count || text[position] == separator || isAtLineEnd }
    private var isAtLineEnd: Bool {
      position < text.count && (text[position] == feed || text[position] == carriageReturn)
    }
    private var isAtBlank: Bool {
      position < text.count && text[position] != separator && (text[position] == 0x20 || text[position] == 0x09)
    }

    private mutating func skipBlanks() { while isAtBlank { position += 1 } }

    private mutating func endLine() {
      if position == text.count { return }
      if text[position] == carriageReturn && position + 1 < text.count && text[position + 1] == feed { position += 1 }
      position += 1
      line += 1
    }

    private mutating func field() throws(TextDecoding.Problem) -> String {
      skipBlanks()
      if position < text.count && text[position] == quote { return try quotedField() }
      let start = position
      while !isAtEnd { position += 1 }
      var end = position
      while end > start && (text[end - 1] == 0x20 || text[end - 1] == 0x09) { end -= 1 }
      return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func quotedField() throws(TextDecoding.Problem) -> String {
      let first = line
      var field: [UInt8] = []
      position += 1
      while position < text.count {
        if text[position] == quote {
          position += 1
          if position == text.count || text[position] != quote {
            skipBlanks()
            if isAtEnd { return String(decoding: field, as: UTF8.self) }
            throw TextDecoding.Problem(
              line: line,
              problem: "text follows a closing quotation mark; double a quotation mark that belongs to a field")
          }
        } else if text[position] == feed
          || (text[position] == carriageReturn && text[position...].dropFirst().first != feed)
        {
          line += 1
        }
        field.append(text[position])
        position += 1
      }
      throw TextDecoding.Problem(line: first, problem: "a quotation mark is not closed")
    }
  }

  /// Rows with commas between fields and a line feed after each row. Fields are quoted where a reader would otherwise
  /// misread them.
  package static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ field: String) -> String {
    let bytes = Array(field.utf8)
    let isBlank: (UInt8?) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let isSpecial = bytes.contains { separators.contains($0) || [quote, feed, carriageReturn].contains($0) }
    if !isSpecial && !isBlank(bytes.first) && !isBlank(bytes.last) { return field }
    let doubled = bytes.flatMap { $0 == quote ? [quote, quote] : [$0] }
    return String(decoding: [quote] + doubled + [quote], as: UTF8.self)
  }
}
