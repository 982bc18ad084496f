extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int) { self.init(value) }
  package init(floatLiteral value: Double) { self.init(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }

  /// An object with its members in the order they are written.
  ///
  /// - Precondition: no key twice.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    precondition(Set(elements.map(\.0)).count == elements.count, "an object has two members of one key")
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}
