// Names and keys from files may hold anything. Where people read them, on a terminal or a page, an escape sequence would be
// obeyed, a line feed would forge a line of its own, and a megabyte would bury the rest.

extension String {
  /// The text with control characters as people can see them: `\n`, `\t`, `\r`, any other as `\u{1B}`. These are the
  /// controls C0 and C1, the characters that end lines and paragraphs, and those that change the direction of writing.
  ///
  /// - Parameter keepingNewlines: whether line feeds stay, as in text of several lines.
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

  /// The text, or of a longer one its beginning and its end with a remark in place of the middle.
  ///
  /// - Parameter limit: how many Unicode scalars stay.
  package func excerpt(_ limit: Int) -> String {
    let scalars = unicodeScalars
    // No scalar has more than four bytes, and none fewer than one: most texts need not be counted.
    if utf8.count <= limit || scalars.count <= limit { return self }
    let (head, tail) = (scalars.prefix(limit - limit / 3), scalars.suffix(limit / 3))
    return "\(String(head)) … (\(scalars.count - limit) characters left out) … \(String(tail))"
  }
}

extension Unicode.Scalar {
  /// Whether a terminal or the layout of text obeys the character instead of showing it.
  package var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    // Marks, embeddings, overrides and isolates of the bidirectional algorithm.
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// How the character is written where it is to be seen.
  package var visibleForm: String {
    switch self {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }
}
