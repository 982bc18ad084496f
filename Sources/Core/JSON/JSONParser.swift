/// Reads JSON text (RFC 8259), and refuses what lenient readers let pass: a key twice in an object, numbers with leading
/// zeros, lone surrogates, bytes that are not UTF-8, anything after the value. Depth and number of values are bounded,
/// so that a hostile text costs neither the stack nor memory out of proportion.
package struct JSONParser {
  static let depthLimit = 32
  package static let valueLimit = 1 << 20

  private let bytes: [UInt8]
  private let path: String
  private let valueLimit: Int
  private var position = 0
  private var depth = 0
  private var values = 0

  init(_ bytes: [UInt8], path: String, valueLimit: Int = Self.valueLimit) {
    self.valueLimit = valueLimit
    self.bytes = bytes
    self.path = path
  }

  /// The value that the text holds.
  mutating func parse() throws -> JSON {
    let value = try value()
    skipSpace()
    if position < bytes.count { throw fault("text after the end of the value") }
    return value
  }

  private func fault(_ problem: String) -> JSONFault {
    JSONFault(path: path, offset: position, problem: problem)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  /// Takes `character` after white space, where it is next.
  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard next == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Character) throws {
    if !take(character) { throw fault("\(character) is missing") }
  }

  private mutating func value() throws -> JSON {
    skipSpace()
    values += 1
    if values > valueLimit { throw fault("more than \(valueLimit) values") }
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(0x2d), .some(0x30...0x39): return .number(try number())
    default: throw fault("a value is missing")
    }
  }

  private mutating func nested(_ body: (inout JSONParser) throws -> JSON) throws -> JSON {
    depth += 1
    if depth > Self.depthLimit { throw fault("more than \(Self.depthLimit) levels") }
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws -> JSON {
    var members: [JSON.Member] = []
    var keys: Set<String> = []
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      if next != UInt8(ascii: "\"") { throw fault("a key in quotes is missing") }
      let key = try string()
      if !keys.insert(key).inserted { throw fault("the key \"\(key)\" stands twice") }
      try expect(":")
      members.append(JSON.Member(key, try value()))
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws -> JSON {
    var elements: [JSON] = []
    if take("]") { return .array([]) }
    repeat { elements.append(try value()) } while take(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func word(_ text: String, _ value: JSON) throws -> JSON {
    guard bytes[position...].starts(with: text.utf8) else { throw fault("a value is missing") }
    position += text.utf8.count
    return value
  }

  private mutating func number() throws -> String {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    if let byte = next, byte == 0x2e || (0x30...0x39).contains(byte) { throw fault("a number is malformed") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    if position == start { throw fault("a digit is missing") }
  }

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw fault("text that is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw fault("a control character in text")
      default: text.append(byte)
      }
    }
    throw fault("the end of a text is missing")
  }

  private mutating func escape() throws -> [UInt8] {
    guard let byte = next else { throw fault("the end of a text is missing") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
    default: throw fault("an unknown escape in text")
    }
  }

  /// The character of \uXXXX, or of two of them where it lies beyond the 16 bits of one.
  private mutating func scalar() throws -> Unicode.Scalar {
    var value = try hexadecimal()
    if (0xd800..<0xdc00).contains(value), bytes[position...].starts(with: "\\u".utf8) {
      position += 2
      let low = try hexadecimal()
      if !(0xdc00..<0xe000).contains(low) { throw fault("half of a surrogate pair") }
      value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw fault("half of a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw fault("four hexadecimal digits are missing")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

extension JSON {
  /// The value in JSON text.
  ///
  /// - Parameters:
  ///   - path: what messages call the text.
  ///   - valueLimit: the most values that are read.
  /// - Throws: `JSONFault`.
  package init(parsing text: [UInt8], path: String, valueLimit: Int = JSONParser.valueLimit) throws {
    var parser = JSONParser(text, path: path, valueLimit: valueLimit)
    self = try parser.parse()
  }
}
