import KodamaCore

/// An object of a `.nam` file, whose values are read by their keys and checked.
///
/// Null counts as a missing key. Unknown keys are ignored, as players do: programs add keys of their own.
struct AmplifierObject {
  let path: String
  /// The full key of the object with a dot behind it; empty for the file's.
  let prefix: String
  private let json: JSON

  /// - Throws: `AmplifierFault.wrongValue` where the value is no object.
  init(_ json: JSON, path: String, key: String) throws {
    (self.path, self.json, prefix) = (path, json, key.isEmpty ? "" : key + ".")
    if json.members == nil {
      throw AmplifierFault.wrongValue(
        path: path, key: key.isEmpty ? "the content" : key, found: json.shown, expected: "an object")
    }
  }

  /// A value; nil where the key is missing or null.
  func value(_ key: String) -> JSON? { json[key].flatMap { $0 == .null ? nil : $0 } }

  /// A value that must be there.
  func required(_ key: String) throws -> JSON {
    guard let value = value(key) else { throw AmplifierFault.missingKey(path: path, key: prefix + key) }
    return value
  }

  func wrong(_ key: String, _ found: JSON, expected: String) -> AmplifierFault {
    .wrongValue(path: path, key: prefix + key, found: found.shown, expected: expected)
  }

  /// Sizes that no real network exceeds, so that products of them do not overflow.
  static let sizes = 1...4096

  /// A whole number in a range.
  func integer(_ key: String, in range: ClosedRange<Int> = sizes, default fallback: Int? = nil) throws -> Int {
    if let fallback, value(key) == nil { return fallback }
    return try integer(try required(key), key, in: range)
  }

  private func integer(_ found: JSON, _ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let integer = found.integer, range.contains(integer) else {
      throw wrong(key, found, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// A list of whole numbers in a range, at least one.
  func integers(_ key: String, in range: ClosedRange<Int> = sizes) throws -> [Int] {
    let found = try required(key)
    guard let elements = found.array, !elements.isEmpty else {
      throw wrong(key, found, expected: "a list of at least one whole number")
    }
    return try elements.enumerated().map { index, element in try integer(element, "\(key)[\(index)]", in: range) }
  }

  func boolean(_ key: String, default fallback: Bool? = nil) throws -> Bool {
    if let fallback, value(key) == nil { return fallback }
    let found = try required(key)
    guard let boolean = found.boolean else { throw wrong(key, found, expected: "true or false") }
    return boolean
  }

  func string(_ key: String) throws -> String {
    let found = try required(key)
    guard let string = found.string else { throw wrong(key, found, expected: "text") }
    return string
  }

  /// A finite number.
  func number(_ key: String) throws -> Double {
    let found = try required(key)
    guard let number = found.double else { throw wrong(key, found, expected: "a finite number") }
    return number
  }

  /// A finite number that single precision holds.
  func float(_ key: String, default fallback: Float) throws -> Float {
    guard let found = value(key) else { return fallback }
    guard let number = found.double, Float(number).isFinite else {
      throw wrong(key, found, expected: "a finite number")
    }
    return Float(number)
  }

  /// An inner object; nil where there is none.
  func object(_ key: String) throws -> AmplifierObject? {
    try value(key).map { try AmplifierObject($0, path: path, key: prefix + key) }
  }

  /// A list of objects, at least one.
  func objects(_ key: String) throws -> [AmplifierObject] {
    let found = try required(key)
    guard let elements = found.array, !elements.isEmpty else {
      throw wrong(key, found, expected: "a list of at least one object")
    }
    return try elements.enumerated().map { index, element in
      try AmplifierObject(element, path: path, key: "\(prefix)\(key)[\(index)]")
    }
  }

  /// Checks that `divisor` divides some channels.
  func check(_ key: String, _ divisor: Int, divides channels: [(Int, String)]) throws {
    for (count, name) in channels where count % divisor != 0 {
      throw AmplifierFault.disagreement(
        path: path, key: prefix + key, found: "\(divisor)", needed: "it must divide the \(count) \(name)")
    }
  }

  /// Checks that a size is what another one needs.
  func check(_ key: String, _ found: Int, is needed: Int, _ reason: String) throws {
    if found != needed {
      throw AmplifierFault.disagreement(
        path: path, key: prefix + key, found: "\(found)", needed: "\(reason) is \(needed)")
    }
  }
}

extension JSON {
  /// The value in a message.
  fileprivate var shown: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let text): text.excerpt(24)
    case .string(let text): "\"\(text.visible().excerpt(40))\""
    case .array(let elements): "a list of \(elements.count)"
    case .object: "an object"
    }
  }
}
