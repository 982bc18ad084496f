import KodamaCore

/// Games of random moves to the end, on memory that is reused: a playout allocates nothing.
///
/// Each move is drawn from all legal ones that do not fill an own eye; a player without one passes, and two passes end
/// the game. Only the simple ko rule holds, and a game ends at the latest after three moves for every point.
public struct Playout: Sendable {
  /// The board, after the last playout at its end. `play` sets the position of the next one for a search.
  public private(set) var board: Board
  /// Who played first on each point since `begin`, by the point's number: 0 for nobody, else the color's raw value.
  public private(set) var firstPlays: [UInt8]
  /// The moves since `begin`, passes among them.
  public private(set) var moveCount = 0

  /// Memory for playouts on boards of a size.
  public init(size: Int, allowsSuicide: Bool = false) {
    board = Board(size: size, allowsSuicide: allowsSuicide)
    firstPlays = Array(repeating: 0, count: board.cells.count)
  }

  /// Takes a position to play on from.
  public mutating func begin(_ position: Board) {
    board.assign(position)
    moveCount = 0
    firstPlays.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  /// Plays a legal move.
  public mutating func play(_ move: Move) {
    moveCount += 1
    if move.point.isPass { board.pass() } else { play(move.point.index, move.color.rawValue) }
  }

  @inline(__always) private mutating func play(_ point: Int, _ color: UInt8) {
    if firstPlays[point] == 0 { firstPlays[point] = color }
    board.play(point, color)
  }

  /// Plays random moves to the end.
  ///
  /// - Parameter color: whose turn it is.
  /// - Returns: black's area less white's, without komi.
  public mutating func run(_ color: Color, using random: inout Philox) -> Int {
    var (color, passes) = (color.rawValue, 0)
    var rest = 3 * board.size * board.size
    while passes < 2 && rest > 0 {
      rest -= 1
      moveCount += 1
      let point = randomPoint(color, using: &random)
      if point == 0 {
        board.ko = 0
        passes += 1
      } else {
        play(point, color)
        passes = 0
      }
      color ^= 3
    }
    return board.playedOutDifference
  }

  /// A uniformly random one of the moves that are legal and fill no own eye; 0 where there is none.
  @inline(__always) func randomPoint(_ color: UInt8, using random: inout Philox) -> Int {
    // A draw without replacement would change the list; an index that goes around favors points after unplayable
    // ones, so several are drawn first.
    if board.emptyCount == 0 { return 0 }
    for _ in 0..<8 {
      let point = Int(board.empties[random.integer(below: board.emptyCount)])
      if board.isLegal(point, color) && !board.isEye(point, color) { return point }
    }
    let start = random.integer(below: board.emptyCount)
    for number in 0..<board.emptyCount {
      let index = start + number
      let point = Int(board.empties[index < board.emptyCount ? index : index - board.emptyCount])
      if board.isLegal(point, color) && !board.isEye(point, color) { return point }
    }
    return 0
  }
}

extension Board {
  /// Black's area less white's at the end of a playout, where empty points are eyes: an empty point is whose stones alone
  /// it touches. A region of several empty points counts by its border points.
  var playedOutDifference: Int {
    var difference = 0
    for row in 1...size {
      for point in row * Point.stride + 1...row * Point.stride + size {
        var colors = cells[point].color
        if colors == 0 {
          for neighbor in neighbors(point) {
            let color = cells[neighbor].color
            if color != 3 { colors |= color }
          }
        }
        if colors == 1 { difference += 1 } else if colors == 2 { difference -= 1 }
      }
    }
    return difference
  }
}
