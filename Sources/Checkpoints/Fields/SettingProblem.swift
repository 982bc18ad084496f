import KodamaCore

/// Why JSON cannot be read as settings. Keys are full: `plan.batch_size`.
package enum SettingProblem: Error, Equatable {
  /// An unknown key.
  case unknownKey(String, nearest: String)
  /// A missing key.
  case missingKey(String)
  /// A value of the wrong kind.
  case wrongValue(String, JSON, expected: ExpectedValue)

  /// The problem as an error in a file.
  package func fault(_ path: String) -> CheckpointFault {
    switch self {
    case .unknownKey(let key, let nearest): .unknownKey(path: path, key: key, nearest: nearest)
    case .missingKey(let key): .missingKey(path: path, key: key)
    case .wrongValue(let key, let value, let expected):
      .wrongValue(path: path, key: key, value: value.shortText, expected: expected.text)
    }
  }
}

/// A description of valid values.
package struct ExpectedValue: Sendable, Equatable, ExpressibleByStringLiteral {
  /// In terms of JSON: `an array of whole numbers`, `"red" or "green"`.
  package let text: String
  /// For values given on a command line: `a list of whole numbers`, `one of red, green`.
  package let plainText: String

  package init(_ text: String, plain: String? = nil) {
    self.text = text
    plainText = plain ?? text
  }

  package init(stringLiteral text: String) { self.init(text) }

  /// One of several strings.
  static func oneOf(_ names: [String]) -> ExpectedValue {
    ExpectedValue(
      names.map { "\"\($0)\"" }.joined(separator: " or "), plain: "one of " + names.joined(separator: ", "))
  }

  /// An array.
  static func list(of elements: String) -> ExpectedValue {
    ExpectedValue("an array of " + elements, plain: "a list of " + elements)
  }
}

/// A value of the right kind outside its valid range.
package struct RangeProblem: Error, Equatable {
  /// The full key of the setting, or of one of its elements: `architecture.dilations[1]`.
  package let field: String
  /// The name of the setting: `batch size`.
  package let name: String
  /// The value with its unit.
  package let value: String
  /// The valid values: `from 1 to 64`.
  package let allowed: String

  package init(field: String, name: String, value: String, allowed: String) {
    (self.field, self.name, self.value, self.allowed) = (field, name, value, allowed)
  }
}

/// The valid values of a setting.
package struct AllowedValues<Value>: Sendable {
  let contain: @Sendable (Value) -> Bool
  let text: String
  let unit: String

  /// Values that meet a condition, described by a text such as `from 1 to 64`.
  ///
  /// - Parameter unit: appended to values in messages, such as ` Hz`.
  package init(_ text: String, unit: String = "", _ contain: @escaping @Sendable (Value) -> Bool) {
    (self.text, self.unit, self.contain) = (text, unit, contain)
  }
}

extension AllowedValues where Value: Comparable & Sendable {
  /// The values of a closed range.
  package static func from(_ range: ClosedRange<Value>) -> Self {
    Self("from \(range.lowerBound) to \(range.upperBound)", range.contains)
  }

  /// Those of a range, for messages such as "0 is not between 1 and 4096".
  package static func between(_ range: ClosedRange<Value>, unit: String = "") -> Self {
    Self("between \(range.lowerBound) and \(range.upperBound)\(unit)", range.contains)
  }
}

extension JSON {
  /// The text, truncated where it is long.
  var shortText: String {
    let text = description
    return text.count > 60 ? text.prefix(57) + "…" : text
  }
}
