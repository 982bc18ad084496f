/// Counts what a move changes, without playing it, in memory that is reused.
struct MoveCounter: Sendable {
  /// The numbers of the last questions in which a point was captured, and in which it was counted.
  private var captured: [Int]
  private var counted: [Int]
  private var question: Int = 0

  /// Memory for boards of a size.
  init(size: Int) {
    captured = Array(repeating: 0, count: (size + 2) * Point.stride + 1)
    counted = captured
  }

  /// What a legal move leads to.
  struct Result {
    /// The opponent's stones that it captures.
    var captures = 0
    /// The stones of the string that the played stone is part of. Where the move is suicide they are taken off.
    var stones = 0
    /// The liberties of that string, 0 for suicide.
    var liberties = 0
  }

  /// Counts for a legal move.
  mutating func result(_ point: Int, _ color: UInt8, on board: Board) -> Result {
    question += 1
    var result = Result()
    for neighbor in board.neighbors(point)
    where board.cells[neighbor].color == color ^ 3 && captured[neighbor] != question
      && board.isInAtari(head: Int(board.cells[neighbor].head))
    {
      var stone = neighbor
      repeat {
        captured[stone] = question
        result.captures += 1
        stone = Int(board.cells[stone].next)
      } while stone != neighbor
    }
    count(point, of: &result, on: board)
    for neighbor in board.neighbors(point)
    where board.cells[neighbor].color == color && counted[neighbor] != question {
      var stone = neighbor
      repeat {
        count(stone, of: &result, on: board)
        stone = Int(board.cells[stone].next)
      } while stone != neighbor
    }
    return result
  }

  /// Counts a stone, and the liberties beside it that were not counted.
  @inline(__always) private mutating func count(_ stone: Int, of result: inout Result, on board: Board) {
    counted[stone] = question
    result.stones += 1
    for neighbor in board.neighbors(stone) where counted[neighbor] != question {
      if board.cells[neighbor].color == 0 || captured[neighbor] == question {
        counted[neighbor] = question
        result.liberties += 1
      }
    }
  }

  /// The liberties of a stone's string.
  mutating func liberties(of any: Int, on board: Board) -> Int {
    question += 1
    var (liberties, stone) = (0, any)
    repeat {
      for neighbor in board.neighbors(stone)
      where board.cells[neighbor].color == 0 && counted[neighbor] != question {
        counted[neighbor] = question
        liberties += 1
      }
      stone = Int(board.cells[stone].next)
    } while stone != any
    return liberties
  }
}
