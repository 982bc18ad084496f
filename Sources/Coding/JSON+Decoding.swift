import KodamaCore

extension JSON {
  /// The value of a type that decodes itself.
  ///
  /// - Throws: `DecodingError`, whose coding path leads to what is wrong; what the type throws.
  package func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T { try decoded(at: []) }

  fileprivate func decoded<T: Decodable>(at path: [any CodingKey]) throws -> T {
    let value: Any? =
      switch T.self {
      case is String.Type: string
      case is Double.Type: double
      case is Float.Type: double.map { Float($0) }.flatMap { $0.isFinite ? $0 : nil }
      case is Bool.Type: boolean
      case let type as any FixedWidthInteger.Type: whole(type)
      default: try T(from: ValueDecoder(json: self, codingPath: path))
      }
    guard let value = value as? T else { throw mismatch(T.self, at: path) }
    return value
  }

  private func whole<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    integer.flatMap { T(exactly: $0) } ?? unsigned.flatMap { T(exactly: $0) }
  }

  fileprivate func mismatch(_ type: Any.Type, at path: [any CodingKey]) -> DecodingError {
    let place = path.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }.joined()
    let context = DecodingError.Context(
      codingPath: path, debugDescription: "\(place.drop { $0 == "." }) is no value of \(type)")
    return self == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }
}

private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let json: JSON
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = json.members else { throw json.mismatch([String: Any].self, at: codingPath) }
    let values = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    return KeyedDecodingContainer(KeyedValues(members: members, values: values, codingPath: codingPath))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = json.array else { throw json.mismatch([Any].self, at: codingPath) }
    return ListedValues(elements: elements, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueDecodingContainer { self }
  func decodeNil() -> Bool { json == .null }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try json.decoded(at: codingPath) }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [JSON.Member]
  let values: [String: JSON]
  let codingPath: [any CodingKey]

  private func decoder(_ key: any CodingKey) throws -> ValueDecoder {
    guard let json = values[key.stringValue] else {
      let context = DecodingError.Context(
        codingPath: codingPath, debugDescription: "the key \"\(key.stringValue)\" is missing")
      throw DecodingError.keyNotFound(key, context)
    }
    return ValueDecoder(json: json, codingPath: codingPath + [key])
  }
  var allKeys: [Key] { members.compactMap { Key(stringValue: $0.key) } }
  func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).decodeNil() }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }
  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Inner>
  { try decoder(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { try decoder(JSONKey("super")) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct ListedValues: UnkeyedDecodingContainer {
  let elements: [JSON]
  let codingPath: [any CodingKey]
  var currentIndex = 0
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  private func decoder() throws -> ValueDecoder {
    let path = codingPath + [JSONKey(currentIndex)]
    if isAtEnd {
      throw DecodingError.valueNotFound(Any.self, .init(codingPath: path, debugDescription: "the list ends here"))
    }
    return ValueDecoder(json: elements[currentIndex], codingPath: path)
  }
  /// What `body` makes of the next element, which it is done with where that succeeds.
  private mutating func next<R>(_ body: (ValueDecoder) throws -> R) throws -> R {
    let result = try body(decoder())
    currentIndex += 1
    return result
  }
  mutating func decodeNil() throws -> Bool {
    if try !decoder().decodeNil() { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }
  mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
    try next { try $0.container(keyedBy: type) }
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next { try $0.unkeyedContainer() }
  }
  mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}
