import Foundation

/// Comma-separated values: fields may stand in quotation marks, doubled inside.
///
/// - Source: RFC 4180.
package enum CSV {
  package struct Row: Equatable {
    package let line: Int
    package let fields: [String]
  }

  package static func rows(_ text: String, path: String) throws -> [Row] {
    var rows: [Row] = []
    var fields: [String] = []
    var field = ""
    var (line, firstLine) = (1, 1)
    var (isQuoted, wasQuoted) = (false, false)
    // A byte order mark is no part of the first name.
    var rest = Substring(text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...])

    func endField() {
      fields.append(wasQuoted ? field : field.trimmingCharacters(in: .whitespaces))
      (field, wasQuoted) = ("", false)
    }
    func endRow() {
      endField()
      if fields != [""] { rows.append(Row(line: firstLine, fields: fields)) }
      fields = []
    }
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"":
        rest.removeFirst()
        field.append("\"")
      case "\"" where isQuoted: isQuoted = false
      case "\"" where field.isEmpty: (isQuoted, wasQuoted) = (true, true)
      case "," where !isQuoted: endField()
      case "\n", "\r\n":
        line += 1
        if isQuoted {
          field.append(character)
        } else {
          endRow()
          firstLine = line
        }
      default: field.append(character)
      }
    }
    if isQuoted { throw AudioFault.badLabels(path: path, line: firstLine, problem: "a quotation mark is not closed") }
    endRow()
    return rows
  }
}
