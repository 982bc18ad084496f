/// What there is to know of a point before a move: the liberties of its stone, or what playing there leads to.
///
/// The board decides on what is legal, so that of repetitions it knows the simple ko only. All features of illegal moves
/// are 0 and false.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", extended data
///   table 2.
public struct MoveFeatures: Sendable, Equatable {
  /// The liberties of the string of the point's stone, of either color; 0 for an empty point.
  public var liberties = 0
  /// The opponent's stones that the move captures.
  public var captures = 0
  /// The own stones that the opponent could capture after the move: those of its string where that has one liberty, or
  /// none, because the move is suicide; else 0.
  public var selfAtari = 0
  /// The liberties of the move's string after it.
  public var libertiesAfter = 0
  /// Whether the move captures in a ladder (`Board.isLadderCapture`).
  public var isLadderCapture = false
  /// Whether the move saves from a ladder (`Board.isLadderEscape`).
  public var isLadderEscape = false
  /// Whether the move is legal and does not fill an own eye.
  public var isSensible = false

  /// Features that are 0 and false.
  public init() {}

  /// The features of all points for a color to move, row by row from the bottom.
  public static func all(on board: Board, _ color: Color) -> [MoveFeatures] {
    var features = Array(repeating: MoveFeatures(), count: board.cells.count)
    var (counter, ladders) = (MoveCounter(size: board.size), Ladders())
    let (points, own) = (Point.all(size: board.size), color.rawValue)
    for point in points {
      let (index, cell) = (point.index, board.cells[point.index])
      if cell.color == 0 {
        guard board.isLegal(index, own) else { continue }
        let result = counter.result(index, own, on: board)
        features[index].captures = result.captures
        features[index].selfAtari = result.liberties <= 1 ? result.stones : 0
        features[index].libertiesAfter = result.liberties
        features[index].isSensible = !board.isEye(index, own)
      } else if Int(cell.head) == index {
        let liberties = counter.liberties(of: index, on: board)
        board.forEachStone(index) { features[$0].liberties = liberties }
        if liberties > 2 { continue }
        if cell.color == own {
          for escape in ladders.escapes(of: index, on: board) { features[escape].isLadderEscape = true }
        } else {
          for capture in ladders.captures(of: index, on: board) { features[capture].isLadderCapture = true }
        }
      }
    }
    return points.map { features[$0.index] }
  }
}
