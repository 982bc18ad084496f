/// A Python dictionary with the kinds of values that headers of .npy files contain. It is parsed, never evaluated.
struct NumpyDictionary {
  /// A value.
  enum Value: Equatable, CustomStringConvertible {
    case text(String)
    case boolean(Bool)
    case integers([Int])
    /// Anything else, such as the fields of records.
    case other

    var description: String {
      switch self {
      case .text(let text): "'\(text)'"
      case .boolean(let value): value ? "True" : "False"
      case .integers(let numbers):
        "(\(numbers.map(String.init).joined(separator: ", "))\(numbers.count == 1 ? "," : ""))"
      case .other: "a list of fields"
      }
    }
  }

  private(set) var values: [String: Value] = [:]
  private var rest: ArraySlice<UInt8>

  /// - Throws: `CheckpointFault.malformedNumpy`.
  init(_ bytes: [UInt8], path: String) throws(CheckpointFault) {
    rest = bytes[...]
    do {
      try parse()
    } catch {
      throw .malformedNumpy(
        path: path, field: "header", problem: "byte \(rest.startIndex): \(error.text); it is no Python dictionary")
    }
  }

  private struct Problem: Error { let text: String }

  private mutating func parse() throws(Problem) {
    try take("{")
    while !has("}") {
      let key = try text()
      try take(":")
      if values.updateValue(try value(), forKey: key) != nil { throw Problem(text: "'\(key)' occurs twice") }
      if has("}") { break }
      try take(",")
    }
    try take("}")
    if let byte = next { throw Problem(text: "'\(Character(Unicode.Scalar(byte)))' after the end") }
  }

  /// The next byte that is not a space.
  private var next: UInt8? { rest.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } }

  private mutating func skipSpace() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

  private func has(_ character: Character) -> Bool { next == character.asciiValue }

  private mutating func take(_ character: Character) throws(Problem) {
    skipSpace()
    guard rest.first == character.asciiValue else { throw Problem(text: "'\(character)' is missing") }
    rest.removeFirst()
  }

  private mutating func value() throws(Problem) -> Value {
    skipSpace()
    if has("'") || has("\"") { return .text(try text()) }
    if has("(") { return .integers(try integers()) }
    for value in [true, false] where rest.starts(with: (value ? "True" : "False").utf8) {
      rest.removeFirst(value ? 4 : 5)
      return .boolean(value)
    }
    if has("[") { return try list() }
    throw Problem(text: "a value is missing")
  }

  private mutating func text() throws(Problem) -> String {
    skipSpace()
    guard let quote = rest.first, [0x27, 0x22].contains(quote) else { throw Problem(text: "a quote is missing") }
    rest.removeFirst()
    let text = rest.prefix { $0 != quote && (0x20..<0x7F).contains($0) && $0 != 0x5C }
    rest.removeFirst(text.count)
    guard rest.first == quote else { throw Problem(text: "a quote is missing") }
    rest.removeFirst()
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func integers() throws(Problem) -> [Int] {
    try take("(")
    var numbers: [Int] = []
    while !has(")") {
      skipSpace()
      let digits = rest.prefix { $0 == 0x2D || (0x30..<0x3A).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw Problem(text: "a number is missing")
      }
      rest.removeFirst(digits.count)
      numbers.append(number)
      if has(")") { break }
      try take(",")
    }
    try take(")")
    return numbers
  }

  /// Skips a list up to its closing bracket.
  private mutating func list() throws(Problem) -> Value {
    var depth = 0
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: "]") { depth -= 1 }
      if depth == 0 { return .other }
    }
    throw Problem(text: "']' is missing")
  }
}
