import KodamaCore

/// A collection of games as SGF FF[4] has it: nodes with properties, each node after another one, the first of a node's
/// successors being the main line.
public struct GameTree: Sendable, Equatable {
  /// A property, such as `B` with the value `pd`.
  public struct Property: Sendable, Equatable {
    /// The identifier, capital letters.
    public let name: String
    /// The values with escapes resolved, at least one.
    public var values: [String]

    /// A property.
    public init(_ name: String, _ values: [String]) { (self.name, self.values) = (name, values) }
  }

  /// A node.
  public struct Node: Sendable, Equatable {
    /// The properties, in the order of the file.
    public var properties: [Property] = []
    /// The nodes that follow, by number; several begin variations.
    public var next: [Int] = []
    /// Where the node begins in the file, line and column from 1.
    public var (line, column) = (0, 0)

    /// A node.
    public init(_ properties: [Property] = []) { self.properties = properties }

    /// The values of a property; none where the node lacks it.
    public subscript(name: String) -> [String] { properties.first { $0.name == name }?.values ?? [] }

    public static func == (a: Node, b: Node) -> Bool { a.properties == b.properties && a.next == b.next }
  }

  /// The nodes of all games.
  public internal(set) var nodes: [Node] = []
  /// The first node of each game, by number.
  public internal(set) var games: [Int] = []

  /// No game.
  public init() {}

  /// One game without variations.
  public init(line: [Node]) {
    nodes = line
    if !line.isEmpty { games = [0] }
    for number in nodes.indices { nodes[number].next = number + 1 < nodes.count ? [number + 1] : [] }
  }

  /// The nodes of the main line of a game, from its first node on.
  public func mainLine(game: Int = 0) -> [Node] {
    var (line, number) = ([Node](), games.indices.contains(game) ? games[game] : nil)
    while let node = number {
      line.append(nodes[node])
      number = nodes[node].next.first
    }
    return line
  }

  /// The collection as SGF. Reading it again gives the same games.
  public var text: String {
    var text = ""
    // What is still to be written, last first; not by recursion, for lines have any length.
    enum Part { case node(Int), open, close }
    for game in games {
      var parts = [Part.close, .node(game), .open]
      while let part = parts.popLast() {
        switch part {
        case .open: text += "("
        case .close: text += ")"
        case .node(let number):
          text += ";"
          for property in nodes[number].properties {
            text += property.name
            for value in property.values { text += "[\(Self.escaped(value))]" }
          }
          let next = nodes[number].next
          if !next.isEmpty { text += "\n" }
          if next.count == 1 {
            parts.append(.node(next[0]))
          } else {
            for variation in next.reversed() { parts += [.close, .node(variation), .open] }
          }
        }
      }
      text += "\n"
    }
    return text
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.unicodeScalars {
      if character == "]" || character == "\\" { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return text
  }
}
