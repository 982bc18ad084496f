/// A pattern of tensor names, such as `blocks.{i}.skip.weight` or `layers.{i+1}.*`.
///
/// `{i}` is a whole number without leading zeros; in names that are derived from it also `{i+1}`, `{i-1}`, `{i/10}` and
/// `{i%10}`, with any other number. `*` is any text, where names are only matched.
struct NamePattern: Sendable, Equatable {
  /// A part of a pattern.
  private enum Part: Sendable, Equatable {
    case text(String)
    /// A number by its name, and what is done with it.
    case number(String, operation: Character?, operand: Int)
    case anything
  }

  /// The pattern as it was given.
  let text: String
  private let parts: [Part]

  /// Whether the pattern is a name itself.
  var isName: Bool { parts.allSatisfy { if case .text = $0 { true } else { false } } }
  /// The names of its numbers.
  var numbers: Set<String> {
    Set(parts.compactMap { if case .number(let name, _, _) = $0 { name } else { nil } })
  }
  /// Whether a number is changed, such as in `{i+1}`.
  var hasOperations: Bool {
    parts.contains { if case .number(_, let operation, _) = $0 { operation != nil } else { false } }
  }

  /// A pattern; nil where a brace is not closed, or contains something else than a number.
  ///
  /// - Parameter hasWildcards: whether `*` is any text, or the letter itself.
  init?(_ text: String, hasWildcards: Bool = false) {
    self.text = text
    var (parts, literal, rest) = ([Part](), "", Substring(text))
    func flushed() -> [Part] { literal.isEmpty ? [] : [.text(literal)] }
    while let character = rest.popFirst() {
      switch character {
      case "{":
        guard let end = rest.firstIndex(of: "}"), let number = Self.number(rest[..<end]) else { return nil }
        parts += flushed() + [number]
        (literal, rest) = ("", rest[rest.index(after: end)...])
      case "}": return nil
      case "*" where hasWildcards:
        parts += flushed() + [.anything]
        literal = ""
      default: literal.append(character)
      }
    }
    self.parts = parts + flushed()
  }

  /// The content of a pair of braces.
  private static func number(_ text: Substring) -> Part? {
    let name = text.prefix { $0.isASCII && $0.isLetter }
    if name.isEmpty { return nil }
    var rest = text.dropFirst(name.count)
    guard let operation = rest.popFirst() else { return .number(String(name), operation: nil, operand: 0) }
    // Far more than any network has layers.
    guard "+-/%".contains(operation), rest.count <= 6, rest.allSatisfy({ $0.isASCII && $0.isNumber }),
      let operand = Int(rest), operand > 0 || "+-".contains(operation)
    else { return nil }
    return .number(String(name), operation: operation, operand: operand)
  }

  /// The name with some numbers; nil where one is not among them.
  func name(_ numbers: [String: Int]) -> String? {
    var name = ""
    for part in parts {
      switch part {
      case .text(let text): name += text
      case .anything: name += "*"
      case .number(let number, let operation, let operand):
        guard let value = numbers[number] else { return nil }
        let result =
          switch operation {
          case "+": value + operand
          case "-": value - operand
          case "/": value / operand
          case "%": value % operand
          default: value
          }
        name += "\(result)"
      }
    }
    return name
  }

  /// The numbers in a name; nil where it does not match, or the pattern has wildcards.
  func numbers(in name: String) -> [String: Int]? { Self.match(parts[...], Substring(name), [:]) }

  /// Whether a name matches, with given values of its numbers.
  ///
  /// The text after each `*` is sought from the left: of several places for it the first leaves the most for the rest.
  func matches(_ name: String, _ numbers: [String: Int]) -> Bool {
    // nil is any text.
    var wanted: [Character?] = []
    for part in parts {
      switch part {
      case .text(let text): wanted += Array(text)
      case .anything: wanted.append(nil)
      case .number(let number, _, _):
        guard let value = numbers[number] else { return false }
        wanted += Array("\(value)")
      }
    }
    let characters = Array(name)
    var (place, position) = (0, 0)
    var retry: (place: Int, position: Int)?
    while position < characters.count {
      if place < wanted.count, wanted[place] == nil {
        retry = (place, position)
        place += 1
      } else if place < wanted.count, wanted[place] == characters[position] {
        place += 1
        position += 1
      } else if let last = retry {
        retry = (last.place, last.position + 1)
        (place, position) = (last.place + 1, last.position + 1)
      } else {
        return false
      }
    }
    return wanted[place...].allSatisfy { $0 == nil }
  }

  private static func match(_ parts: ArraySlice<Part>, _ name: Substring, _ known: [String: Int]) -> [String: Int]? {
    guard let part = parts.first else { return name.isEmpty ? known : nil }
    let rest = parts.dropFirst()
    switch part {
    case .anything: return nil
    case .text(let text): return name.hasPrefix(text) ? match(rest, name.dropFirst(text.count), known) : nil
    case .number(let number, _, _):
      let digits = name.prefix { $0.isASCII && $0.isNumber }
      guard digits.count <= 9, let value = Int(digits), "\(value)" == digits else { return nil }
      if let earlier = known[number], earlier != value { return nil }
      return match(rest, name.dropFirst(digits.count), known.merging([number: value]) { $1 })
    }
  }
}
