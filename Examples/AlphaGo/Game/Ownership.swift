import KodamaCore

/// Whose each point is at the end of random games from a position, from which follows which strings are dead.
///
/// Random players defend what has two eyes and lose what has none, however a good player would play: this is right for
/// positions at the end of games, where the borders are closed.
public struct Ownership: Sendable, Equatable {
  /// For each point, row by row from the bottom: 1 where it was black's at the end of all games, −1 white's.
  public let values: [Double]
  private let size: Int

  /// An estimate.
  ///
  /// - Parameters:
  ///   - color: the color to move; either color has the first move in half of the games.
  ///   - playouts: the number of games.
  public init(_ board: Board, playouts: Int = 500, seed: UInt64 = 1) {
    var random = Philox(seed: seed)
    var playout = Playout(size: board.size, allowsSuicide: board.allowsSuicide)
    let points = Point.all(size: board.size)
    var sums = [Int](repeating: 0, count: points.count)
    for number in 0..<max(1, playouts) {
      playout.begin(board)
      _ = playout.run(number % 2 == 0 ? .black : .white, using: &random)
      for (index, owner) in playout.board.area.enumerated() {
        if let owner { sums[index] += owner == .black ? 1 : -1 }
      }
    }
    values = sums.map { Double($0) / Double(max(1, playouts)) }
    size = board.size
  }

  /// What becomes of a string.
  public enum Status: String, Sendable, CaseIterable {
    /// It stays on the board.
    case alive
    /// It is captured.
    case dead
    /// Neither can be told, as in seki, where random players capture now one and now the other.
    case seki
  }

  /// The strings of a board, the stones of each in ascending order, with what becomes of them: dead where the stones' mean
  /// value is beyond 0.4 for the opponent, alive beyond 0.4 for their color.
  public func strings(of board: Board) -> [(stones: [Point], status: Status)] {
    var (found, seen) = ([(stones: [Point], status: Status)](), Set<Point>())
    for point in Point.all(size: size) where !seen.contains(point) {
      guard let color = board[point] else { continue }
      let stones = board.string(of: point).sorted()
      seen.formUnion(stones)
      let sum = stones.reduce(0) { $0 + values[$1.row * size + $1.column] }
      let mean = sum / Double(stones.count) * (color == .black ? 1 : -1)
      found.append((stones, mean < -0.4 ? .dead : mean > 0.4 ? .alive : .seki))
    }
    return found
  }

  /// The board without the strings that are dead.
  public func withoutDead(_ board: Board) -> Board {
    let kept = strings(of: board).filter { $0.status != .dead }.flatMap(\.stones)
    return Board(size: size, stones: kept.map { ($0, board[$0]!) }, allowsSuicide: board.allowsSuicide)
  }
}

extension Game {
  /// Black's score less white's where dead strings are captured, as random games find them. A game of two players who
  /// stopped before they captured everything is scored so.
  public func scoreWithoutDead(playouts: Int = 500) -> Double {
    Double(Ownership(board, playouts: playouts).withoutDead(board).areaDifference) - rules.komi
  }
}
