import GoGame
import KodamaCore
import KodamaReinforcement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A position of a game from which tree search plays on.
public protocol GamePosition: SearchState {
  /// The position of a game, with its history.
  ///
  /// - Parameter color: whose turn it is.
  init(_ game: Game, _ settings: SearchPosition.Settings, color: Color)
}

/// A position for tree search, with what its moves and the planes of a network depend on. Black is the first player; the
/// reward of a game is what it is worth for black: with the usual settings 1 where black wins, −1 where white does, and 0
/// for equal scores.
///
/// Games end with two passes, or after a number of moves, and are scored as they stand: every stone is alive.
public struct SearchPosition: GamePosition {
  /// What games are played by.
  public struct Settings: Sendable, Equatable {
    /// The rules.
    public var rules: Rules
    /// Whether moves that fill an own eye are possible. AlphaGo Zero considers them; without them random games end.
    public var fillsEyes: Bool
    /// The number of moves after which a game ends; nil for twice the number of points, as the paper has it.
    public var mostMoves: Int?
    /// The share of the score in what a game is worth, 0 to 1; AlphaGo Zero's games are worth who won them alone.
    public var scoreWeight: Double

    /// Settings.
    public init(rules: Rules, fillsEyes: Bool = false, mostMoves: Int? = nil, scoreWeight: Double = 0) {
      (self.rules, self.fillsEyes, self.mostMoves, self.scoreWeight) = (rules, fillsEyes, mostMoves, scoreWeight)
    }

    /// What a game is worth for black, −1 to 1: (1 − w) · sign(score) + w · tanh(score / (points / 4)), with the weight w of
    /// the score.
    ///
    /// Where one color nearly always wins, who won tells a network little about moves, and the score more.
    ///
    /// - Source: Wu 2019, "Accelerating self-play learning in Go", where the score counts in another form.
    /// - Parameter score: black's less white's, with komi.
    public func worth(score: Double, size: Int) -> Double {
      let sign = Double(Color.black.result(ofScore: score))
      return scoreWeight == 0 ? sign : (1 - scoreWeight) * sign + scoreWeight * tanh(4 * score / Double(size * size))
    }
  }

  /// What games are played by.
  public let settings: Settings
  /// The board.
  public private(set) var board: Board
  /// Whose turn it is.
  public private(set) var color: Color
  /// The stones of the last eight positions, the present one last, as `Board.stoneValues` has them.
  public private(set) var recent: [[UInt8]]
  /// The number of moves since the first position.
  public private(set) var moveNumber: Int
  private var passes: Int
  /// The hashes of all positions so far, where they may not occur again.
  private var positions: [UInt64]
  /// The numbers of the points that are possible, with 0 for a pass at the end.
  private var moves: [Int16] = []

  /// An empty board.
  public init(size: Int, _ settings: Settings) {
    self.init(Game(size: size, rules: settings.rules), settings, color: .black)
  }

  /// The position of a game, with its history.
  ///
  /// - Parameter color: whose turn it is.
  public init(_ game: Game, _ settings: Settings, color: Color) {
    self.settings = settings
    self.color = color
    board = Board(
      size: game.size, stones: game.setup.map { ($0.point, $0.color) }, allowsSuicide: settings.rules.allowsSuicide)
    recent = [board.stoneValues]
    positions = [board.hash]
    (moveNumber, passes) = (0, 0)
    for move in game.moves { advance(move) }
    findMoves()
  }

  private var mostMoves: Int { settings.mostMoves ?? 2 * board.size * board.size }

  /// Whether the game has ended.
  public var isOver: Bool { passes >= 2 || moveNumber >= mostMoves }
  /// Black's score less white's.
  public var score: Double { Double(board.areaDifference) - settings.rules.komi }

  /// 0 for black, 1 for white.
  public var player: Int { color == .black ? 0 : 1 }
  /// The number of possible points and the pass; 0 at the end.
  public var moveCount: Int { moves.count }
  /// The number of a point, 0 for a pass, which comes last.
  public func move(at index: Int) -> Int { Int(moves[index]) }

  /// The numbers of all possible moves as outputs of networks: row · size + column, size² for a pass.
  public var outputs: [Int] { moves.map { Self.output(ofMove: Int($0), size: board.size) } }

  /// The number of a move among the outputs of networks.
  public static func output(ofMove move: Int, size: Int) -> Int {
    if move == 0 { return size * size }
    let point = Point(index: move)
    return point.row * size + point.column
  }

  /// Plays a move.
  ///
  /// - Returns: at the end of the game what it is worth for black, else 0.
  public mutating func play(_ move: Int, using random: inout Philox) -> Double {
    advance(Move(color, Point(index: move)))
    color = color.opponent
    if !isOver {
      findMoves()
      return 0
    }
    moves = []
    return settings.worth(score: score, size: board.size)
  }

  private mutating func advance(_ move: Move) {
    board.play(move)
    passes = move.point.isPass ? passes + 1 : 0
    moveNumber += 1
    recent.append(board.stoneValues)
    if recent.count > 8 { recent.removeFirst() }
    if settings.rules.ko == .positional && !move.point.isPass { positions.append(board.hash) }
  }

  private mutating func findMoves() {
    moves.removeAll(keepingCapacity: true)
    if isOver { return }
    // In the order of points, which does not depend on how the position arose.
    for row in 0..<board.size {
      for column in 0..<board.size {
        let point = Point(column: column, row: row)
        guard board.isLegal(point, color), settings.fillsEyes || !board.isEye(point, of: color) else { continue }
        if settings.rules.ko == .positional && positions.contains(board.hash(after: point, color)) { continue }
        moves.append(Int16(point.index))
      }
    }
    moves.append(0)
  }
}
