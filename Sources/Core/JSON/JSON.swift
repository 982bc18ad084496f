/// A value of JSON (RFC 8259). Objects keep the order of their members, and numbers their text, so that integers of 64
/// bits and the digits of a file survive reading and writing.
package enum JSON: Sendable, Equatable {
  case null
  case boolean(Bool)
  /// The digits as they stand, valid by the grammar of JSON.
  case number(String)
  case string(String)
  case array([JSON])
  /// No key twice.
  case object([Member])

  /// A key and its value.
  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: JSON

    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// A whole number.
  package init(_ value: some FixedWidthInteger) { self = .number("\(value)") }

  /// A number in the fewest digits that give the same `Double` back.
  ///
  /// - Precondition: it is finite, because JSON has no others.
  package init(_ value: Double) { self.init(shortest: value) }

  /// A number of any precision, in the fewest digits that give the same back.
  ///
  /// - Precondition: it is finite.
  package init(shortest value: some BinaryFloatingPoint & LosslessStringConvertible) {
    precondition(value.isFinite, "JSON has no number for \(value)")
    let text = "\(value)"
    self = .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// Text.
  package init(_ value: String) { self = .string(value) }

  /// True or false.
  package init(_ value: Bool) { self = .boolean(value) }

  /// The value of a key of an object; nil where this is no object or has no such key.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// A whole number, also where it is written as 1e9 or 2.0; nil where it is none or does not fit.
  package var integer: Int? { whole() }

  /// A whole number of 64 bits without sign, by the same rule.
  package var unsigned: UInt64? { whole() }

  private func whole<T: FixedWidthInteger>() -> T? {
    guard case .number(let text) = self else { return nil }
    return T(text) ?? Double(text).flatMap { T(exactly: $0) }
  }

  /// A finite number; nil where it is none.
  package var double: Double? {
    guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// Text; nil where it is none.
  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// True or false; nil where it is neither.
  package var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  /// The elements of an array; nil where it is none.
  package var array: [JSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members of an object; nil where it is none.
  package var members: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }
}

/// JSON is encoded as the value that it represents, by any encoder.
extension JSON: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .null:
      var value = encoder.singleValueContainer()
      try value.encodeNil()
    case .boolean(let truth): try truth.encode(to: encoder)
    case .number:
      if let integer { return try integer.encode(to: encoder) }
      try unsigned.map { try $0.encode(to: encoder) } ?? double.encode(to: encoder)
    case .string(let text): try text.encode(to: encoder)
    case .array(let elements): try elements.encode(to: encoder)
    case .object(let members):
      var object = encoder.container(keyedBy: JSONKey.self)
      for member in members { try object.encode(member.value, forKey: JSONKey(member.key)) }
    }
  }
}

/// The key of a member, or the index of an element.
package struct JSONKey: CodingKey {
  package let stringValue: String
  package let intValue: Int?

  package init(_ key: String) { (stringValue, intValue) = (key, nil) }
  package init(_ index: Int) { (stringValue, intValue) = ("\(index)", index) }
  package init(stringValue: String) { self.init(stringValue) }
  package init(intValue: Int) { self.init(intValue) }
}
