import KodamaCore

/// Games of a rollout policy to the end, on memory that is reused.
///
/// Each move is drawn from the policy; a player without a sensible one passes, and two passes end the game. Only the simple
/// ko rule holds, and a game ends at the latest after three moves for every point.
public struct RolloutPlayout: Sendable {
  /// What chooses the moves.
  public let policy: RolloutPolicy
  /// The board, after the last playout at its end.
  public private(set) var board: Board
  /// The moves since `begin`, passes among them.
  public private(set) var moveCount = 0
  private var previous = 0
  private var draw: RolloutDraw

  /// Memory for playouts on boards of a size.
  public init(_ policy: RolloutPolicy, size: Int, allowsSuicide: Bool = false) {
    self.policy = policy
    board = Board(size: size, allowsSuicide: allowsSuicide)
    draw = RolloutDraw(size: size)
  }

  /// Takes a position to play on from.
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  public mutating func begin(_ position: Board, after previous: Point) {
    board.assign(position)
    moveCount = 0
    self.previous = previous.index
  }

  /// Plays a legal move.
  public mutating func play(_ move: Move) {
    moveCount += 1
    board.play(move)
    previous = move.point.index
  }

  /// Draws a move and plays it.
  ///
  /// - Returns: its point; a pass where no move is sensible.
  @discardableResult public mutating func playMove(_ color: Color, using random: inout Philox) -> Point {
    let point = Point(index: draw.move(board, color.rawValue, after: previous, policy, using: &random))
    play(Move(color, point))
    return point
  }

  /// Plays to the end.
  ///
  /// - Parameter color: whose turn it is.
  /// - Returns: black's area less white's, without komi.
  public mutating func run(_ color: Color, using random: inout Philox) -> Int {
    var (color, passes) = (color, 0)
    var rest = 3 * board.size * board.size
    while passes < 2 && rest > 0 {
      rest -= 1
      passes = playMove(color, using: &random).isPass ? passes + 1 : 0
      color = color.opponent
    }
    return board.playedOutDifference
  }
}
