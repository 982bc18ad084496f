import KodamaCore

/// A game with its players and its result, as records keep it.
public struct GameRecord: Sendable {
  /// Board, rules, stones placed before the first move, and moves.
  public var game: Game
  /// The players' names; nil where they are unknown.
  public var (blackName, whiteName): (String?, String?)
  /// The result as SGF has it: `B+3.5`, `W+Resign`, `0`, `Void`; nil where it is unknown.
  public var result: String?
  /// The day, such as `2026-11-30`; nil where it is unknown.
  public var date: String?
  /// Comments by the number of moves before them.
  public var comments: [Int: String] = [:]
  /// The number of moves before the first position that is marked as of interest (SGF's `HO`); nil without one.
  public var marked: Int?

  /// A record.
  public init(_ game: Game, blackName: String? = nil, whiteName: String? = nil, result: String? = nil) {
    self.game = game
    (self.blackName, self.whiteName, self.result) = (blackName, whiteName, result)
  }

  /// Reads the main line of a game of a file.
  ///
  /// - Throws: as `GameTree.init(path:)` and `init(_:game:path:)`.
  public init(path: String) throws { try self.init(try GameTree(path: path), path: path) }

  /// Reads the main line of a game: its variations and what `Game` does not have are left out.
  ///
  /// Moves must be legal by the rules but for repetitions, on which rules differ.
  ///
  /// - Parameter path: the name of the input in messages.
  /// - Throws: `GoFault.record` with the place of what is wrong, for other games than Go too; `GoFault.setup`,
  ///   `.illegalMove`.
  public init(_ tree: GameTree, game: Int = 0, path: String) throws {
    let line = tree.mainLine(game: game)
    guard let root = line.first else {
      throw GoFault.record(path: path, line: 1, column: 1, problem: "there is no game of number \(game + 1)")
    }
    var reader = RecordReader(path: path, node: root)
    let size = try reader.size()
    let rules = try reader.rules()
    var (setup, first, handicap): ([Move], Color?, Int) = ([], nil, 0)
    // Positions are often in nodes of their own before the first move.
    var moves = line[...]
    while let node = moves.first, node["B"].isEmpty && node["W"].isEmpty {
      reader.node = node
      try reader.readSetup(&setup, size: size)
      if let color = try reader.color("PL") { first = color }
      if let count = try reader.whole("HA") { handicap = count }
      moves = moves.dropFirst()
    }
    if let node = moves.first {
      // Stones beside a move in the root, as some programs write them, stand before the move.
      reader.node = node
      try reader.readSetup(&setup, size: size)
      if let count = try reader.whole("HA") { handicap = count }
      first = first ?? (node["B"].isEmpty ? .white : .black)
    }
    let isHandicap = handicap >= 2 && !setup.isEmpty
    // Repetitions that another rule allows are played as they were.
    var played = rules
    played.ko = .simple
    self.game = try Game(
      size: size, rules: played, setup: setup, handicap: isHandicap ? handicap : 0,
      firstColor: first ?? (isHandicap ? .white : .black))
    blackName = root["PB"].first
    whiteName = root["PW"].first
    result = root["RE"].first
    date = root["DT"].first
    if let text = root["C"].first { comments[0] = text }
    if !root["HO"].isEmpty { marked = 0 }
    for (number, node) in moves.enumerated() {
      reader.node = node
      if number > 0 && !(node["AB"].isEmpty && node["AW"].isEmpty && node["AE"].isEmpty) {
        throw reader.fault("stones are placed after the first move, which no game has")
      }
      for color in Color.allCases {
        guard let value = node[color.letter].first else { continue }
        let move = Move(color, try reader.point(value, size: size, passes: true))
        do { try self.game.play(move) } catch {
          throw GoFault.illegalMove(
            path: path, number: self.game.moves.count + 1, move: "\(color.name) \(move.point)",
            problem: error.description)
        }
      }
      if let text = node["C"].first { comments[self.game.moves.count] = text }
      if marked == nil && !node["HO"].isEmpty { marked = self.game.moves.count }
    }
    self.game.rules = rules
  }

  /// The record as a tree without variations.
  public var tree: GameTree {
    var root = GameTree.Node([
      .init("GM", ["1"]), .init("FF", ["4"]), .init("CA", ["UTF-8"]), .init("AP", ["Kodama:1"]),
      .init("SZ", ["\(game.size)"]), .init("KM", [Self.number(game.rules.komi)]),
    ])
    func add(_ name: String, _ value: String?) {
      if let value { root.properties.append(.init(name, [value])) }
    }
    add("PB", blackName)
    add("PW", whiteName)
    add("DT", date)
    add("RE", result)
    if game.handicap > 0 { add("HA", "\(game.handicap)") }
    for color in Color.allCases {
      let stones = game.setup.filter { $0.color == color }.sorted { $0.point < $1.point }.map {
        Self.coordinates($0.point, size: game.size)
      }
      if !stones.isEmpty { root.properties.append(.init("A" + color.letter, stones)) }
    }
    if !game.setup.isEmpty { add("PL", game.firstColor.letter) }
    add("C", comments[0])
    if marked == 0 { add("HO", "1") }
    var line = [root]
    for (number, move) in game.moves.enumerated() {
      var node = GameTree.Node([.init(move.color.letter, [Self.coordinates(move.point, size: game.size)])])
      if let text = comments[number + 1] { node.properties.append(.init("C", [text])) }
      if marked == number + 1 { node.properties.append(.init("HO", ["1"])) }
      line.append(node)
    }
    return GameTree(line: line)
  }

  /// The record as SGF FF[4].
  public var text: String { tree.text }

  /// Writes the record to a file.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`, `.cannotWrite`.
  public func write(to path: String, existing: AtomicFile.Existing) throws {
    let text = text
    try AtomicFile.write(to: path, existing: existing) { try $0.write(text) }
  }

  /// A score as results have it: `B+3.5`, `W+12`, `0` for equal scores.
  ///
  /// - Parameter score: black's score less white's.
  public static func result(score: Double) -> String {
    score == 0 ? "0" : (score > 0 ? "B+" : "W+") + number(score.magnitude)
  }

  /// A number without a fraction of zero: `7.5`, `9`.
  public static func number(_ value: Double) -> String {
    value.rounded() == value && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// A point as SGF has it: letters of column and row, from the upper left; an empty value for a pass.
  static func coordinates(_ point: Point, size: Int) -> String {
    if point.isPass { return "" }
    func letter(_ number: Int) -> Character { Character(Unicode.Scalar(UInt8(97 + number))) }
    return String([letter(point.column), letter(size - 1 - point.row)])
  }
}
