import KodamaCore

/// The JSON form of a type of values, and the values that are valid.
package struct ValueForm<Value: Sendable>: Sendable {
  let expected: @Sendable (JSON) -> ExpectedValue
  let read: @Sendable (JSON) -> Value?
  let write: @Sendable (Value) -> JSON
  let problem: @Sendable (Value, _ field: String, _ name: String) -> RangeProblem?
  /// The valid values in lists of settings such as `--settings`.
  let allowed: String?

  /// A custom form.
  package init(
    expected: ExpectedValue, read: @escaping @Sendable (JSON) -> Value?, write: @escaping @Sendable (Value) -> JSON
  ) {
    self.init(expected: { _ in expected }, allowed: nil, read: read, write: write) { _, _, _ in nil }
  }

  private init(
    expected: @escaping @Sendable (JSON) -> ExpectedValue, allowed: String?,
    read: @escaping @Sendable (JSON) -> Value?, write: @escaping @Sendable (Value) -> JSON,
    problem: @escaping @Sendable (Value, String, String) -> RangeProblem?
  ) {
    (self.expected, self.allowed, self.read, self.write) = (expected, allowed, read, write)
    self.problem = problem
  }

  private init(
    expected: @escaping @Sendable (JSON) -> ExpectedValue, _ allowed: AllowedValues<Value>?,
    read: @escaping @Sendable (JSON) -> Value?, write: @escaping @Sendable (Value) -> JSON
  ) {
    self.init(expected: expected, allowed: allowed?.text, read: read, write: write) { value, field, name in
      guard let allowed, !allowed.contain(value) else { return nil }
      return RangeProblem(field: field, name: name, value: "\(value)\(allowed.unit)", allowed: allowed.text)
    }
  }
}

extension ValueForm<Int> {
  /// Whole numbers.
  package static func integer(_ allowed: AllowedValues<Int>? = nil) -> Self {
    Self(expected: { _ in "a whole number" }, allowed, read: \.integer, write: { JSON($0) })
  }
}

extension ValueForm<UInt64> {
  /// Unsigned whole numbers of 64 bits.
  package static let unsigned = Self(
    expected: ExpectedValue("a whole number from 0 to \(UInt64.max)"), read: \.unsigned, write: { JSON($0) })
}

extension ValueForm where Value: BinaryFloatingPoint & LosslessStringConvertible {
  /// Numbers.
  package static func number(_ allowed: AllowedValues<Value>? = nil) -> Self {
    // A number that was not read is out of range.
    @Sendable func expected(_ json: JSON) -> ExpectedValue {
      if case .number = json { return "a number of 64 bits" }
      return "a number"
    }
    return Self(
      expected: expected, allowed, read: { $0.double.map { Value($0) } },
      // Non-finite values are rejected before they are written.
      write: { $0.isFinite ? JSON(shortest: $0) : .null })
  }
}

extension ValueForm<Bool> {
  /// True or false.
  package static let flag = Self(expected: "true or false", read: \.boolean, write: { JSON($0) })
}

extension ValueForm<String> {
  /// Text.
  package static let text = Self(expected: "text", read: \.string, write: { JSON($0) })
}

extension ValueForm<[String]> {
  /// Texts.
  package static let texts = Self(
    expected: .list(of: "texts"), read: { $0.elements(\.string) }, write: { .array($0.map { JSON($0) }) })
}

extension ValueForm<[Int]> {
  /// Whole numbers.
  ///
  /// - Parameters:
  ///   - count: the valid counts; nil for any.
  ///   - each: the valid elements.
  package static func integers(count: AllowedValues<Int>? = nil, each: AllowedValues<Int>? = nil) -> Self {
    Self(
      expected: { _ in .list(of: "whole numbers") }, allowed: each.map { "each " + $0.text },
      read: { $0.elements(\.integer) }, write: { .array($0.map { JSON($0) }) }
    ) { values, field, name in
      if let count, !count.contain(values.count) {
        return RangeProblem(
          field: "the number of " + field, name: name, value: "\(values.count)", allowed: count.text)
      }
      guard let each, let index = values.firstIndex(where: { !each.contain($0) }) else { return nil }
      return RangeProblem(field: "\(field)[\(index)]", name: name, value: "\(values[index])", allowed: each.text)
    }
  }
}

extension ValueForm where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases of an enumeration, by raw value.
  package static var choice: Self { choice(among: Array(Value.allCases)) }

  /// One of a subset of the cases of an enumeration, by raw value.
  package static func choice(among cases: [Value]) -> Self {
    Self(
      expected: .oneOf(cases.map(\.rawValue)), read: { json in cases.first { $0.rawValue == json.string } },
      write: { JSON($0.rawValue) })
  }
}

extension ValueForm<StableHash> {
  /// A hash.
  package static let hash = Self(
    expected: "16 hexadecimal digits", read: { $0.string.flatMap(StableHash.init(hexadecimal:)) },
    write: { JSON($0.description) })
}

extension ValueForm<JSON> {
  /// An object as it is.
  static let object = Self(expected: "an object", read: { $0.members == nil ? nil : $0 }, write: { $0 })
}

extension ValueForm<[JSON]> {
  /// Objects as they are.
  static let objects = Self(
    expected: .list(of: "objects"), read: { $0.elements { $0.members == nil ? nil : $0 } }, write: { .array($0) })
}

extension JSON {
  /// The converted elements of an array; nil where this is no array, or an element cannot be converted.
  fileprivate func elements<T>(_ convert: (JSON) -> T?) -> [T]? {
    guard let array else { return nil }
    let values = array.compactMap(convert)
    return values.count == array.count ? values : nil
  }
}
