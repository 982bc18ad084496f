/// How long ago the stones of a game were played.
public struct StoneAges: Sendable, Equatable {
  /// The number of the last move on each point, by the point's number; 0 where there was none.
  private var numbers: [Int32]
  private var moveCount: Int32 = 0

  /// A board of a size before the first move.
  public init(size: Int) { numbers = Array(repeating: 0, count: (size + 2) * Point.stride + 1) }

  /// The stones of a game after all its moves.
  public init(_ game: Game) {
    self.init(size: game.size)
    for move in game.moves { play(move) }
  }

  /// Counts a move; passes are moves too.
  public mutating func play(_ move: Move) {
    moveCount += 1
    if !move.point.isPass { numbers[move.point.index] = moveCount }
  }

  /// The moves since the stone on a point was played, that move among them: 1 for the last move, nil for a stone that was
  /// placed before the first. Where the stone was captured, this is the age it would have.
  public subscript(point: Point) -> Int? {
    let number = numbers[point.index]
    return number == 0 ? nil : Int(moveCount - number) + 1
  }
}
