/// Comma-separated values, read and written by bytes: fields may be quoted, with quotation marks doubled inside.
///
/// - Source: RFC 4180, and what spreadsheets make of it: semicolons and tabs as separators, UTF-16, a byte order mark,
///   lines that end with a carriage return, a line feed or both.
package enum CSV {
  /// The fields of a line.
  package struct Row: Equatable {
    /// Where the row begins; lines are counted from 1.
    package let line: Int
    /// The fields; spaces around those without quotation marks are no part of them.
    package let fields: [String]
  }

  private static let quote = UInt8(ascii: "\"")
  private static let (feed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
  private static let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]

  /// The rows of a file. Lines without any character are left out; fields are separated by the comma, semicolon or tab that
  /// comes first in the first of the others.
  ///
  /// - Throws: `TextDecoding.Problem` where the bytes are no text, a row has nothing but separators, a quotation mark is not
  ///   closed, or something follows one that is.
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
    var place = 0
    var line = 1

    /// The next row; nil at the end.
    mutating func next() throws(TextDecoding.Problem) -> Row? {
      if place == text.count { return nil }
      let first = line
      var fields: [String] = []
      while true {
        fields.append(try field())
        if place < text.count && text[place] == separator {
          place += 1
          continue
        }
        endLine()
        return Row(line: first, fields: fields)
      }
    }

    private var isAtEnd: Bool { place == text.count || text[place] == separator || isAtLineEnd }
    private var isAtLineEnd: Bool { place < text.count && (text[place] == feed || text[place] == carriageReturn) }
    private var isAtBlank: Bool {
      place < text.count && text[place] != separator && (text[place] == 0x20 || text[place] == 0x09)
    }

    private mutating func skipBlanks() { while isAtBlank { place += 1 } }

    private mutating func endLine() {
      if place == text.count { return }
      if text[place] == carriageReturn && place + 1 < text.count && text[place + 1] == feed { place += 1 }
      place += 1
      line += 1
    }

    private mutating func field() throws(TextDecoding.Problem) -> String {
      skipBlanks()
      if place < text.count && text[place] == quote { return try quotedField() }
      let start = place
      while !isAtEnd { place += 1 }
      var end = place
      while end > start && (text[end - 1] == 0x20 || text[end - 1] == 0x09) { end -= 1 }
      return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func quotedField() throws(TextDecoding.Problem) -> String {
      let first = line
      var field: [UInt8] = []
      place += 1
      while place < text.count {
        if text[place] == quote {
          place += 1
          if place == text.count || text[place] != quote {
            skipBlanks()
            if isAtEnd { return String(decoding: field, as: UTF8.self) }
            throw TextDecoding.Problem(
              line: line,
              problem: "text follows a closing quotation mark; double a quotation mark that belongs to a field")
          }
        } else if text[place] == feed || (text[place] == carriageReturn && text[place...].dropFirst().first != feed) {
          line += 1
        }
        field.append(text[place])
        place += 1
      }
      throw TextDecoding.Problem(line: first, problem: "a quotation mark is not closed")
    }
  }

  /// Rows with commas between fields and a line feed behind each row. Fields are put in quotation marks where a reader would
  /// take them for something else without.
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
