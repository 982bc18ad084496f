extension JSON: CustomStringConvertible {
  /// The text on one line, without spaces.
  package var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let text): text
    case .string(let value): Self.quoted(value)
    case .array(let elements): "[" + elements.map(\.description).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.key) + ":" + $0.value.description }.joined(separator: ",") + "}"
    }
  }

  /// The text for people: a line for each member of an object, two spaces deeper in each; ends with a newline.
  package var indentedText: String { indented(by: "") + "\n" }

  /// The same with the members of all objects in the order of their keys.
  package var sorted: JSON {
    switch self {
    case .object(let members):
      .object(members.sorted { $0.key < $1.key }.map { Member($0.key, $0.value.sorted) })
    case .array(let elements): .array(elements.map(\.sorted))
    default: self
    }
  }

  /// The same with keys in lowerCamelCase where they were in snake_case.
  package var camelCased: JSON {
    switch self {
    case .array(let elements): return .array(elements.map(\.camelCased))
    case .object(let members):
      return .object(
        members.map { member in
          let words = member.key.split(separator: "_")
          let others = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
          return Member(([String(words.first ?? "")] + others).joined(), member.value.camelCased)
        })
    default: return self
    }
  }

  /// The text with sorted keys, as programs that compare files expect it: a line for each member and each element, spaces
  /// on both sides of colons. It does not end with a newline.
  package var sortedText: String { sorted(by: "") }

  private func sorted(by margin: String) -> String {
    let inner = margin + "  "
    let lines: [String]
    switch self {
    case .object(let members):
      lines = members.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + " : " + $0.value.sorted(by: inner) }
    case .array(let elements): lines = elements.map { $0.sorted(by: inner) }
    default: return description
    }
    let (first, last) = members == nil ? ("[", "]") : ("{", "}")
    return first + "\n" + lines.map { inner + $0 }.joined(separator: ",\n") + "\n" + margin + last
  }

  private func indented(by margin: String) -> String {
    switch self {
    case .object(let members) where !members.isEmpty:
      let inner = margin + "  "
      let lines = members.map { inner + Self.quoted($0.key) + ": " + $0.value.indented(by: inner) }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + margin + "}"
    case .array(let elements): return "[" + elements.map { $0.indented(by: margin) }.joined(separator: ", ") + "]"
    default: return description
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
