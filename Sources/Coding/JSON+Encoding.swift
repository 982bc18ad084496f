import KodamaCore

extension JSON {
  /// The JSON of a value that encodes itself. Keys are those of its coding keys, in the order of encoding; an object that
  /// is asked for twice is one.
  ///
  /// - Throws: `EncodingError.invalidValue` for a number that is not finite; what the value throws.
  package init(encoding value: some Encodable) throws {
    let node = EncodedNode()
    try node.encode(value, at: [])
    self = node.json
  }
}

/// A value in the making: containers of it may be written in any order.
private final class EncodedNode {
  private enum Content {
    case empty
    case value(JSON)
    case object([(key: String, node: EncodedNode)])
    case array([EncodedNode])
  }

  private var content = Content.empty

  var json: JSON {
    switch content {
    // What encodes nothing of itself is an object without members.
    case .empty: .object([])
    case .value(let json): json
    case .object(let members): .object(members.map { JSON.Member($0.key, $0.node.json) })
    case .array(let elements): .array(elements.map(\.json))
    }
  }

  var count: Int {
    guard case .array(let elements) = content else { return 0 }
    return elements.count
  }

  func makeObject() {
    if case .object = content { return }
    content = .object([])
  }

  func makeArray() {
    if case .array = content { return }
    content = .array([])
  }

  /// The node of a key; one that was there is written anew.
  func member(_ key: String) -> EncodedNode {
    makeObject()
    guard case .object(var members) = content else { return self }
    // Else each append would copy the members.
    content = .empty
    let node = EncodedNode()
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].node = node
    } else {
      members.append((key, node))
    }
    content = .object(members)
    return node
  }

  func element() -> EncodedNode {
    makeArray()
    guard case .array(var elements) = content else { return self }
    content = .empty
    let node = EncodedNode()
    elements.append(node)
    content = .array(elements)
    return node
  }

  func encodeNil() { content = .value(.null) }

  func encode(_ value: some Encodable, at path: [any CodingKey]) throws {
    func number(_ value: some BinaryFloatingPoint & LosslessStringConvertible) throws -> JSON {
      if value.isFinite { return JSON(shortest: value) }
      let context = EncodingError.Context(codingPath: path, debugDescription: "JSON has no number for \(value)")
      throw EncodingError.invalidValue(value, context)
    }
    switch value {
    case let value as String: content = .value(.string(value))
    case let value as Double: content = .value(try number(value))
    case let value as Float: content = .value(try number(value))
    case let value as Bool: content = .value(.boolean(value))
    case let value as any FixedWidthInteger: content = .value(.number("\(value)"))
    case let value as JSON: content = .value(value)
    default: try value.encode(to: NodeEncoder(node: self, codingPath: path))
    }
  }
}

private struct NodeEncoder: Encoder, SingleValueEncodingContainer {
  let node: EncodedNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.makeObject()
    return KeyedEncodingContainer(KeyedNodes<Key>(node: node, codingPath: codingPath))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.makeArray()
    return ListedNodes(node: node, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer { self }
  func encodeNil() { node.encodeNil() }
  func encode<T: Encodable>(_ value: T) throws { try node.encode(value, at: codingPath) }
}

private struct KeyedNodes<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: EncodedNode
  let codingPath: [any CodingKey]

  private func encoder(_ key: any CodingKey) -> NodeEncoder {
    NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
  }
  func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder(key).encode(value) }
  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
    encoder(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder(JSONKey("super")) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ListedNodes: UnkeyedEncodingContainer {
  let node: EncodedNode
  let codingPath: [any CodingKey]
  var count: Int { node.count }

  private func encoder() -> NodeEncoder {
    let path = codingPath + [JSONKey(count)]
    return NodeEncoder(node: node.element(), codingPath: path)
  }
  func encodeNil() { encoder().encodeNil() }
  func encode<T: Encodable>(_ value: T) throws { try encoder().encode(value) }
  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
    encoder().container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder() }
}
