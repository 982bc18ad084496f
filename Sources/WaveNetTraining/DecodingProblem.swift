/// What a decoding error says, in the words of the file: keys in snake_case and kinds of values as JSON has them.
enum DecodingProblem {
  /// A sentence's beginning that names the key and what is wrong with it.
  static func describe(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let missing, let context):
      "the key \(path(context.codingPath + [missing])) is missing"
    case DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context):
      "\(path(context.codingPath)) must be \(kind(type))"
    case DecodingError.dataCorrupted(let context):
      // Foundation names no key where a number is beyond its type.
      context.codingPath.isEmpty
        ? "it is no valid JSON, or one of its numbers is beyond its type"
        : "\(path(context.codingPath)): \(context.debugDescription)"
    default: "it cannot be read"
    }
  }

  /// The kind of value that was expected; nil where the error does not say.
  static func expected(by error: any Error) -> String? {
    switch error {
    case DecodingError.typeMismatch(let type, _), DecodingError.valueNotFound(let type, _): kind(type)
    default: nil
    }
  }

  private static func kind(_ type: any Any.Type) -> String {
    if type is any FixedWidthInteger.Type { return "a whole number" }
    if type is any BinaryFloatingPoint.Type { return "a number" }
    if type is Bool.Type { return "true or false" }
    if type is String.Type { return "text" }
    if type is any KeyedValues.Type { return "an object" }
    return "a list of whole numbers"
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { key in
      key.stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }.joined(separator: ".")
  }
}

private protocol KeyedValues {}
extension Dictionary: KeyedValues {}
