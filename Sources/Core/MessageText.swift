// Names and keys from files may contain anything. On a terminal or a page, escape sequences would be interpreted, line
// feeds would forge lines, and a megabyte would hide the rest.

extension String {
  /// The text with control characters escaped: `\n`, `\t`, `\r`, any other as `\u{1B}`. These are the controls C0 and
  /// C1, the characters that end lines and paragraphs, and those that change the direction of writing.
  ///
  /// - Parameter keepingNewlines: whether line feeds are kept, as in text of several lines.
  package func visible(keepingNewlines: Bool = false) -> String {
    func isHidden(_ scalar: Unicode.Scalar) -> Bool { scalar.isControl && !(keepingNewlines && scalar == "\n") }
    if !unicodeScalars.contains(where: isHidden) { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if isHidden(scalar) {
        text.append(contentsOf: scalar.visibleForm.unicodeScalars)
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }

  /// The text, abbreviated in the middle if it is longer than a limit.
  ///
  /// - Parameter limit: the number of Unicode scalars to keep.
  package func excerpt(_ limit: Int) -> String {
    let scalars = unicodeScalars
    // No scalar has more than four bytes, and none fewer than one: most texts need not be counted.
    if utf8.count <= limit || scalars.count <= limit { return self }
    let (head, tail) = (scalars.prefix(limit - limit / 3), scalars.suffix(limit / 3))
    return "\(String(head)) … (\(scalars.count - limit) characters left out) … \(String(tail))"
  }
}

extension Unicode.Scalar {
  /// Whether the character controls a terminal or the layout of text instead of being shown.
  package var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    // Marks, embeddings, overrides and isolates of the bidirectional algorithm.
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The escaped form of the character.
  package var visibleForm: String {
    switch self {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }
}

/// Nouns that agree with a count.
package enum Plural {
  /// A count and its noun, or a longer phrase: "1 file", "2 files".
  ///
  /// - Parameter others: the plural; nil for the singular with an s appended.
  package static func text(_ count: Int, _ one: String, _ others: String? = nil) -> String {
    "\(count) \(word(count, one, others))"
  }

  /// The same with the digits grouped: "1,200 files".
  package static func grouped(_ count: Int, _ one: String, _ others: String? = nil) -> String {
    "\(NumberText.grouped(count)) \(word(count, one, others))"
  }

  /// The singular or plural without the count.
  package static func word(_ count: Int, _ one: String, _ others: String? = nil) -> String {
    count == 1 ? one : others ?? one + "s"
  }
}

/// Remarks on many subjects, such as warnings about files, as few lines.
package enum Remarks {
  /// The maximum number of subjects named in a line.
  private static let named = 3

  /// One line for each kind of remark, in the order of their first occurrence. Remarks that differ only in numbers are of
  /// one kind. A remark on one subject is `a.wav: cut short`, on several `cut short: 12 files: a.wav, b.wav, c.wav …`.
  ///
  /// - Parameter noun: the word for a subject, such as `file`.
  package static func grouped(_ remarks: [(subject: String, text: String)], noun: String) -> [String] {
    var places: [String: Int] = [:]
    var kinds: [(first: String, subjects: [String], isOneText: Bool)] = []
    for (subject, text) in remarks {
      let kind = withoutNumbers(text)
      if let place = places[kind] {
        kinds[place].subjects.append(subject)
        if kinds[place].first != text { kinds[place].isOneText = false }
      } else {
        places[kind] = kinds.count
        kinds.append((text, [subject], true))
      }
    }
    return kinds.map { first, subjects, isOneText in
      if subjects.count == 1 { return subjects[0].isEmpty ? first : "\(subjects[0]): \(first)" }
      let names = subjects.prefix(named).joined(separator: ", ")
      let rest = subjects.count > named ? " and \(subjects.count - named) more" : ""
      let numbers = isOneText ? "" : ", or other numbers"
      return "\(first)\(numbers): \(Plural.text(subjects.count, noun)): \(names)\(rest)"
    }
  }

  /// Lines of the form `subject: text`, grouped; a line without a subject is kept as it is.
  package static func grouped(lines: [String], noun: String) -> [String] {
    let remarks = lines.map(split)
    let alone = remarks.filter(\.subject.isEmpty).map(\.text)
    return grouped(remarks.filter { !$0.subject.isEmpty }, noun: noun) + alone
  }

  /// The subject and the text of a line `subject: text`; an empty subject where there is none.
  package static func split(_ line: String) -> (subject: String, text: String) {
    // Not `firstRange(of:)`: with the library that has it, libkodama.so is 1.5 MB larger.
    guard let colon = line.indices.first(where: { line[$0...].hasPrefix(": ") }) else { return ("", line) }
    return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
  }

  /// The text with each run of digits replaced by one mark.
  package static func withoutNumbers(_ text: String) -> String {
    var (kind, isInNumber) = (String.UnicodeScalarView(), false)
    for scalar in text.unicodeScalars {
      let isDigit = ("0"..."9").contains(scalar)
      if !isDigit { kind.append(scalar) } else if !isInNumber { kind.append("#") }
      isInNumber = isDigit
    }
    return String(kind)
  }
}

/// Edit distances between texts.
package enum EditDistance {
  /// The one of `texts` that is nearest to `text`; nil where there are none.
  package static func nearest(to text: String, of texts: [String]) -> String? {
    texts.min { between($0, text) < between($1, text) }
  }

  /// The least number of characters to insert, remove or replace to turn one text into the other; only the first 256 of
  /// each count.
  ///
  /// - Source: Levenshtein 1966; Wagner and Fischer 1974.
  package static func between(_ a: String, _ b: String) -> Int {
    let target = Array(b.unicodeScalars.prefix(256))
    var row = Array(0...target.count)
    for (i, scalar) in a.unicodeScalars.prefix(256).enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in target.indices {
        let replaced = diagonal + (scalar == target[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }
}

/// Tables as text.
package enum TextTable {
  /// Aligned columns, all but the first to the right. Control characters are made visible.
  package static func aligned(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map { $0.visible() } }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = row[0] + String(repeating: " ", count: widths[0] - row[0].count)
      for (field, width) in zip(row, widths).dropFirst() {
        line += "  " + String(repeating: " ", count: width - field.count) + field
      }
      return line + "\n"
    }.joined()
  }

  /// A table in GitHub's Markdown: the first row is the heading, all columns but the first are aligned to the right.
  package static func markdown(_ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let rule = rows[0].indices.map { $0 == 0 ? "---" : "---:" }
    return ([rows[0].map(markdown), rule] + rows.dropFirst().map { $0.map(markdown) }).map(line).joined()
  }

  /// Text that Markdown shows as it is, with control characters made visible.
  package static func markdown(_ text: String) -> String {
    var escaped = ""
    for character in text.visible() {
      if "\\`*_[]<>|#~&".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
