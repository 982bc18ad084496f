import GoGame

/// The rules of Go written plainly: arrays, flood fill, and all earlier positions kept whole. Slow.
struct PlainGo {
  let size: Int
  let allowsSuicide: Bool
  let isPositional: Bool
  /// Stones by row from the bottom and column.
  var stones: [[Color?]]
  var positions: [[[Color?]]]
  /// The stone that was captured alone by a stone that stands alone, with its only liberty there, in the last move.
  var retaking: (row: Int, column: Int, color: Color)?

  init(size: Int, allowsSuicide: Bool, isPositional: Bool) {
    (self.size, self.allowsSuicide, self.isPositional) = (size, allowsSuicide, isPositional)
    stones = Array(repeating: Array(repeating: nil, count: size), count: size)
    positions = [stones]
  }

  static func neighbors(_ row: Int, _ column: Int, size: Int) -> [(Int, Int)] {
    [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)].filter {
      (0..<size).contains($0.0) && (0..<size).contains($0.1)
    }
  }

  /// The connected points of one content, and the different contents around them.
  static func region(_ row: Int, _ column: Int, in stones: [[Color?]]) -> (points: [[Int]], border: [[Int]]) {
    let content = stones[row][column]
    var (points, border): (Set<[Int]>, Set<[Int]>) = ([[row, column]], [])
    var open = [(row, column)]
    while let (r, c) = open.popLast() {
      for (nr, nc) in neighbors(r, c, size: stones.count) {
        if stones[nr][nc] == content {
          if points.insert([nr, nc]).inserted { open.append((nr, nc)) }
        } else {
          border.insert([nr, nc])
        }
      }
    }
    return (points.sorted { $0.lexicographicallyPrecedes($1) }, border.sorted { $0.lexicographicallyPrecedes($1) })
  }

  /// The liberties of the string of a stone.
  static func liberties(_ row: Int, _ column: Int, in stones: [[Color?]]) -> [[Int]] {
    region(row, column, in: stones).border.filter { stones[$0[0]][$0[1]] == nil }
  }

  /// The position after a stone, with the points captured of the opponent; nil where it is suicide that is illegal, and
  /// where the point is occupied.
  func after(_ row: Int, _ column: Int, _ color: Color) -> (stones: [[Color?]], captured: [[Int]])? {
    if stones[row][column] != nil { return nil }
    var (next, captured) = (stones, [[Int]]())
    next[row][column] = color
    for (r, c) in Self.neighbors(row, column, size: size) where next[r][c] == color.opponent {
      if Self.liberties(r, c, in: next).isEmpty {
        for point in Self.region(r, c, in: next).points {
          next[point[0]][point[1]] = nil
          captured.append(point)
        }
      }
    }
    if Self.liberties(row, column, in: next).isEmpty {
      let own = Self.region(row, column, in: next).points
      if !allowsSuicide || own.count == 1 { return nil }
      for point in own { next[point[0]][point[1]] = nil }
    }
    return (next, captured)
  }

  func isLegal(_ row: Int, _ column: Int, _ color: Color) -> Bool {
    guard let (next, _) = after(row, column, color) else { return false }
    if isPositional { return !positions.contains(next) }
    if let retaking { return (retaking.row, retaking.column, retaking.color) != (row, column, color) }
    return true
  }

  mutating func play(_ row: Int, _ column: Int, _ color: Color) {
    let (next, captured) = after(row, column, color)!
    retaking = nil
    if captured.count == 1, Self.region(row, column, in: next).points.count == 1,
      Self.liberties(row, column, in: next) == captured
    {
      retaking = (captured[0][0], captured[0][1], color.opponent)
    }
    stones = next
    positions.append(next)
  }

  mutating func pass() {
    retaking = nil
    positions.append(stones)
  }

  /// Black's area less white's.
  var areaDifference: Int {
    var difference = 0
    for row in 0..<size {
      for column in 0..<size {
        var owners: Set<Color> = []
        if let color = stones[row][column] {
          owners = [color]
        } else {
          for point in Self.region(row, column, in: stones).border { owners.insert(stones[point[0]][point[1]]!) }
        }
        if owners == [.black] { difference += 1 } else if owners == [.white] { difference -= 1 }
      }
    }
    return difference
  }
}

/// A board drawn in lines from the top: X black, O white.
func stones(_ lines: [String]) -> [(Point, Color)] {
  lines.enumerated().flatMap { number, line in
    line.filter { $0 != " " }.enumerated().compactMap { column, letter -> (Point, Color)? in
      let point = Point(column: column, row: lines.count - 1 - number)
      return letter == "X" ? (point, .black) : letter == "O" ? (point, .white) : nil
    }
  }
}

/// A game from a drawn position.
func game(_ lines: [String], rules: Rules = Rules(), first: Color = .black) throws -> Game {
  try Game(size: lines.count, rules: rules, setup: stones(lines).map { Move($0.1, $0.0) }, firstColor: first)
}

/// The board of a game as lines from the top.
func lines(_ board: Board) -> [String] {
  (0..<board.size).reversed().map { row in
    (0..<board.size).map { column in
      let color = board[Point(column: column, row: row)]
      return color == .black ? "X" : color == .white ? "O" : "."
    }.joined()
  }
}
