extension Board {
  /// Whether a move captures a string of the opponent in a ladder: it puts a string of two liberties in atari, and
  /// whatever the string does, it is in atari again after the next stone on one of its liberties, until it is captured.
  ///
  /// The string may extend at its last liberty, or capture a string beside it that is in atari. With three liberties it
  /// has escaped, so that a net is not a ladder. A ko that may not be retaken at once is not retaken: threats are not
  /// read. Where the reading takes more than a thousand stones, the string counts as escaped.
  ///
  /// An illegal move, and one that takes a string off the board at once, captures nothing in a ladder.
  public func isLadderCapture(_ point: Point, by color: Color) -> Bool {
    guard isLegal(point, color) else { return false }
    var ladders = Ladders()
    return neighbors(point.index).contains { prey in
      cells[prey].color == color.opponent.rawValue && ladders.captures(of: prey, on: self).contains(point.index)
    }
  }

  /// Whether a move saves an own string from a ladder: the opponent could capture the string at once or in a ladder
  /// (`isLadderCapture`), and after the move can do neither.
  ///
  /// The moves considered are those on a liberty of the string, and those that capture a string beside it. A stone far
  /// away that breaks the ladder is none of them.
  public func isLadderEscape(_ point: Point, by color: Color) -> Bool {
    guard isLegal(point, color) else { return false }
    var ladders = Ladders()
    var saved: [Int] = []
    for neighbor in neighbors(point.index) {
      let other = cells[neighbor].color
      if other == color.rawValue { saved.append(neighbor) }
      if other == color.opponent.rawValue && isInAtari(head: Int(cells[neighbor].head)) {
        forEachStone(neighbor) { stone in
          for beside in neighbors(stone) where cells[beside].color == color.rawValue { saved.append(beside) }
        }
      }
    }
    return Set(saved.map { Int(cells[$0].head) }).contains {
      ladders.escapes(of: $0, on: self).contains(point.index)
    }
  }

  /// Calls for each stone of a string, from a given one on.
  @inline(__always) func forEachStone(_ any: Int, _ body: (Int) -> Void) {
    var stone = any
    repeat {
      body(stone)
      stone = Int(cells[stone].next)
    } while stone != any
  }

  /// The number of liberties of a stone's string, 3 for more, and the first two of them.
  @inline(__always) func firstLiberties(_ any: Int) -> (count: Int, first: Int, second: Int) {
    var (count, first, second, stone) = (0, 0, 0, any)
    repeat {
      for neighbor in neighbors(stone)
      where cells[neighbor].color == 0 && neighbor != first && neighbor != second {
        count += 1
        if count == 1 { first = neighbor } else if count == 2 { second = neighbor } else { return (3, first, second) }
      }
      stone = Int(cells[stone].next)
    } while stone != any
    return (count, first, second)
  }

  /// The last liberty of a string in atari.
  @inline(__always) func lastLiberty(head: Int) -> Int { Int(cells[head].sum) / Int(cells[head].liberties) }

  /// The last liberties of the strings in atari beside a string, where the opponent may capture them.
  func rescues(of any: Int) -> [Int] {
    let color = cells[any].color
    var found: [Int] = []
    forEachStone(any) { stone in
      for neighbor in neighbors(stone) where cells[neighbor].color == color ^ 3 {
        let head = Int(cells[neighbor].head)
        if cells[head].liberties > 0 && isInAtari(head: head) {
          let point = lastLiberty(head: head)
          if !found.contains(point) && isLegal(point, color) { found.append(point) }
        }
      }
    }
    return found
  }
}

/// A reader of ladders: a depth-first search on copies of a board, in memory that is reused.
struct Ladders {
  /// The most stones that are played to answer one question. A ladder across a 19x19 board takes about two hundred.
  static let mostMoves = 1000

  /// The position of a question, and those after its moves, by depth.
  private var boards: [Board] = []
  private var rest = 0

  /// The moves of the opponent that capture a string of two liberties in a ladder.
  mutating func captures(of prey: Int, on board: Board) -> [Int] {
    let (count, first, second) = board.firstLiberties(prey)
    guard count == 2 else { return [] }
    let hunter = board.cells[prey].color ^ 3
    return [first, second].filter { point in
      guard board.isLegal(point, hunter) else { return false }
      begin(board)
      play(point, hunter, depth: 0)
      return isCaught(prey, depth: 1)
    }
  }

  /// The moves of a string's player that save it, where it can be captured.
  mutating func escapes(of prey: Int, on board: Board) -> [Int] {
    let (count, first, second) = board.firstLiberties(prey)
    begin(board)
    guard count <= 2, isCapturable(prey, depth: 0) else { return [] }
    let color = board.cells[prey].color
    var points = board.rescues(of: prey)
    for point in count == 1 ? [first] : [first, second]
    where !points.contains(point) && board.isLegal(point, color) {
      points.append(point)
    }
    return points.filter { point in
      begin(board)
      play(point, color, depth: 0)
      // A string may take its own last liberty where the rules allow it.
      return boards[1].cells[prey].color == color && !isCapturable(prey, depth: 1)
    }
  }

  private mutating func begin(_ board: Board) {
    if boards.first?.size == board.size && boards[0].allowsSuicide == board.allowsSuicide {
      boards[0].assign(board)
    } else {
      boards = [board]
    }
    rest = Self.mostMoves
  }

  /// Plays on the board of a depth; the next has the result.
  private mutating func play(_ point: Int, _ color: UInt8, depth: Int) {
    let board = boards[depth]
    if boards.count == depth + 1 { boards.append(board) } else { boards[depth + 1].assign(board) }
    boards[depth + 1].play(point, color)
    rest -= 1
  }

  /// Whether the opponent, whose turn it is, captures a string.
  private mutating func isCapturable(_ prey: Int, depth: Int) -> Bool {
    var (count, first, second) = boards[depth].firstLiberties(prey)
    let hunter = boards[depth].cells[prey].color ^ 3
    if count == 1 { return boards[depth].isLegal(first, hunter) }
    if count > 2 { return false }
    // The liberty at which the string would gain more comes first: on the other, it mostly escapes.
    func gain(_ point: Int) -> Int { boards[depth].neighbors(point).count { boards[depth].cells[$0].color == 0 } }
    if gain(second) > gain(first) { swap(&first, &second) }
    for point in [first, second] where boards[depth].isLegal(point, hunter) {
      if rest == 0 { return false }
      play(point, hunter, depth: depth)
      if isCaught(prey, depth: depth + 1) { return true }
    }
    return false
  }

  /// Whether a string in atari, whose player's turn it is, is captured.
  private mutating func isCaught(_ prey: Int, depth: Int) -> Bool {
    let (count, last, _) = boards[depth].firstLiberties(prey)
    if count != 1 { return false }
    let color = boards[depth].cells[prey].color
    var points = boards[depth].rescues(of: prey)
    if !points.contains(last) && boards[depth].isLegal(last, color) { points.append(last) }
    for point in points {
      if rest == 0 { return false }
      play(point, color, depth: depth)
      if boards[depth + 1].cells[prey].color == color && !isCapturable(prey, depth: depth + 1) { return false }
    }
    return true
  }
}
