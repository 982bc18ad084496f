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
      var object = encoder.container(keyedBy: MemberKey.self)
      for member in members { try object.encode(member.value, forKey: MemberKey(stringValue: member.key)) }
    }
  }

  private struct MemberKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The same with keys in lowerCamelCase where they were in snake_case.
  package var camelCased: JSON {
    switch self {
    case .array(let elements): .array(elements.map(\.camelCased))
    case .object(let members):
      .object(
        members.map { member in
          let words = member.key.split(separator: "_")
          let others = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
          return Member(([String(words.first ?? "")] + others).joined(), member.value.camelCased)
        })
    default: self
    }
  }
}
