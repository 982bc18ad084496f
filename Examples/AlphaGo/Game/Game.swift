/// A game from its beginning: the board with all moves that led to it, which decide on repetitions.
public struct Game: Sendable {
  /// The rules.
  public var rules: Rules {
    // Suicide is a property of the board too.
    didSet { if rules.allowsSuicide != oldValue.allowsSuicide { rebuild() } }
  }
  /// The board after all moves.
  public private(set) var board: Board
  /// The moves, from the first on.
  public private(set) var moves: [Move] = []
  /// The stones placed before the first move.
  public private(set) var setup: [Move] = []
  /// The number of handicap stones among the stones placed; 0 or at least 2.
  public private(set) var handicap = 0
  /// Who moves first where nothing else is known.
  public private(set) var firstColor: Color = .black
  /// The hashes of all positions so far, the first and the present one among them.
  private var positions: Set<UInt64> = [0]

  /// A game on an empty board.
  ///
  /// - Precondition: the size is one of `Board.sizes`.
  public init(size: Int, rules: Rules = Rules()) {
    self.rules = rules
    board = Board(size: size, allowsSuicide: rules.allowsSuicide)
  }

  /// A game from stones on the board.
  ///
  /// - Parameters:
  ///   - handicap: the number of the stones that are a handicap, for records.
  ///   - firstColor: who moves first.
  /// - Throws: `GoFault.setup` where a point is off the board or occurs twice, or a string has no liberty.
  public init(size: Int, rules: Rules = Rules(), setup: [Move], handicap: Int = 0, firstColor: Color) throws {
    self.init(size: size, rules: rules)
    for stone in setup {
      guard stone.point.isOn(size: size) else {
        throw GoFault.setup(point: "\(stone.point)", problem: "it is not on the board")
      }
      guard board.isEmpty(stone.point) else {
        throw GoFault.setup(point: "\(stone.point)", problem: "it has a stone already")
      }
      board.put(stone.point, stone.color)
    }
    if let dead = setup.first(where: { board.liberties(of: $0.point).isEmpty }) {
      throw GoFault.setup(point: "\(dead.point)", problem: "its string has no liberty")
    }
    (self.setup, self.handicap, self.firstColor) = (setup, handicap, firstColor)
    positions = [board.hash]
  }

  /// The number of rows and of columns.
  public var size: Int { board.size }

  /// Whose turn it is where players alternate.
  public var nextColor: Color { moves.last?.color.opponent ?? firstColor }

  /// Whether the last two moves are passes.
  public var isOver: Bool { passCount >= 2 }

  /// The number of passes at the end.
  public var passCount: Int { moves.reversed().prefix { $0.point.isPass }.count }

  /// Whether a position was on the board, by its hash.
  @inline(__always) public func hasOccurred(_ hash: UInt64) -> Bool { positions.contains(hash) }

  /// Why a move is illegal; nil where it is legal. Either color may move at any time.
  public func problem(of move: Move) -> IllegalMove? {
    let point = move.point
    if point.isPass { return nil }
    guard point.isOn(size: size) else { return .offBoard }
    guard board.isEmpty(point) else { return .occupied }
    if !board.isLegal(point, move.color) {
      return point.index == board.ko && move.color.rawValue == board.koColor ? .ko : .suicide
    }
    if rules.ko == .positional && positions.contains(board.hash(after: point, move.color)) { return .superko }
    return nil
  }

  /// Whether a move is legal.
  public func isLegal(_ move: Move) -> Bool { problem(of: move) == nil }

  /// All legal points of a color in ascending order; a pass, which is always legal, is not among them.
  public func legalPoints(_ color: Color) -> [Point] {
    Point.all(size: size).filter { isLegal(Move(color, $0)) }
  }

  /// Plays a move.
  ///
  /// - Throws: `IllegalMove`; the game is then as before.
  public mutating func play(_ move: Move) throws(IllegalMove) {
    if let problem = problem(of: move) { throw problem }
    advance(move)
  }

  private mutating func advance(_ move: Move) {
    board.play(move)
    moves.append(move)
    positions.insert(board.hash)
  }

  /// Takes back the last move.
  ///
  /// - Returns: the move; nil where there is none.
  @discardableResult public mutating func undo() -> Move? {
    guard let last = moves.popLast() else { return nil }
    rebuild()
    return last
  }

  /// Takes back all moves after the first `count`.
  public mutating func rewind(to count: Int) {
    moves.removeLast(max(0, moves.count - count))
    rebuild()
  }

  private mutating func rebuild() {
    let played = moves
    board = Board(size: size, stones: setup.map { ($0.point, $0.color) }, allowsSuicide: rules.allowsSuicide)
    moves = []
    positions = [board.hash]
    for move in played {
      // Under changed rules the moves that were legal still happened.
      guard board.isLegal(move.point, move.color) || move.point.isPass else { break }
      advance(move)
    }
  }

  /// Black's score less white's: area and komi, every stone on the board alive.
  public var score: Double { Double(board.areaDifference) - rules.komi }
}
