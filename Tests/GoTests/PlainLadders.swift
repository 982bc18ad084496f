import GoGame

/// Ladders and features of moves by the plain rules. Slow.
extension PlainGo {
  /// The rules at a drawn position, by which only a ko may not be retaken at once.
  init(_ board: Board) {
    self.init(size: board.size, allowsSuicide: board.allowsSuicide, isPositional: false)
    for point in Point.all(size: size) { stones[point.row][point.column] = board[point] }
  }

  /// The legal moves of the player of a string on its liberties, and those that capture a string beside it.
  private func answers(_ row: Int, _ column: Int) -> [[Int]] {
    let color = stones[row][column]!
    let (_, border) = Self.region(row, column, in: stones)
    let liberties = Self.liberties(row, column, in: stones)
    return Point.all(size: size).map { [$0.row, $0.column] }.filter { point in
      guard isLegal(point[0], point[1], color), let (_, captured) = after(point[0], point[1], color) else {
        return false
      }
      return liberties.contains(point) || captured.contains { border.contains($0) }
    }
  }

  private func played(_ point: [Int], _ color: Color) -> PlainGo {
    var next = self
    next.positions = []
    next.play(point[0], point[1], color)
    return next
  }

  /// Whether the opponent, whose turn it is, captures a string at once or in a ladder.
  private func isCapturable(_ row: Int, _ column: Int, _ rest: inout Int) -> Bool {
    rest -= 1
    let hunter = stones[row][column]!.opponent
    let liberties = Self.liberties(row, column, in: stones)
    if liberties.count == 1 { return isLegal(liberties[0][0], liberties[0][1], hunter) }
    if liberties.count > 2 || rest < 0 { return false }
    return liberties.contains {
      isLegal($0[0], $0[1], hunter) && played($0, hunter).isCaught(row, column, &rest)
    }
  }

  /// Whether a string in atari, whose turn it is, is captured.
  private func isCaught(_ row: Int, _ column: Int, _ rest: inout Int) -> Bool {
    guard Self.liberties(row, column, in: stones).count == 1, rest >= 0 else { return false }
    let color = stones[row][column]!
    return answers(row, column).allSatisfy {
      let next = played($0, color)
      return next.stones[row][column] != color || next.isCapturable(row, column, &rest)
    }
  }

  /// The first stone of each string of a color.
  private func strings(_ color: Color) -> [[Int]] {
    Point.all(size: size).map { [$0.row, $0.column] }.filter {
      stones[$0[0]][$0[1]] == color && Self.region($0[0], $0[1], in: stones).points.first == $0
    }
  }

  /// The points of ladder captures and of ladder escapes of a color; nil where the reading takes too long.
  func ladders(_ color: Color) -> (captures: Set<[Int]>, escapes: Set<[Int]>)? {
    var (captures, escapes, rest) = (Set<[Int]>(), Set<[Int]>(), 2000)
    for prey in strings(color.opponent) {
      let liberties = Self.liberties(prey[0], prey[1], in: stones)
      for point in liberties where liberties.count == 2 && isLegal(point[0], point[1], color) {
        if played(point, color).isCaught(prey[0], prey[1], &rest) { captures.insert(point) }
      }
    }
    for prey in strings(color) where isCapturable(prey[0], prey[1], &rest) {
      for point in answers(prey[0], prey[1]) {
        let next = played(point, color)
        if next.stones[prey[0]][prey[1]] == color && !next.isCapturable(prey[0], prey[1], &rest) {
          escapes.insert(point)
        }
      }
    }
    return rest < 0 ? nil : (captures, escapes)
  }

  /// Whether an empty point is an eye: own stones beside it, and at most one wrong corner, the edge being one.
  func isEye(_ row: Int, _ column: Int, _ color: Color) -> Bool {
    if Self.neighbors(row, column, size: size).contains(where: { stones[$0.0][$0.1] != color }) { return false }
    let corners = [(row - 1, column - 1), (row - 1, column + 1), (row + 1, column - 1), (row + 1, column + 1)]
    let inside = corners.filter { (0..<size).contains($0.0) && (0..<size).contains($0.1) }
    let wrong = inside.count { stones[$0.0][$0.1] == color.opponent }
    return wrong + (inside.count < 4 ? 1 : 0) < 2
  }

  /// The features of all points, without ladders.
  func features(_ color: Color) -> [MoveFeatures] {
    Point.all(size: size).map { point in
      let (row, column) = (point.row, point.column)
      var features = MoveFeatures()
      if stones[row][column] != nil {
        features.liberties = Self.liberties(row, column, in: stones).count
      } else if isLegal(row, column, color), let (next, captured) = after(row, column, color) {
        features.captures = captured.count
        features.isSensible = !isEye(row, column, color)
        if next[row][column] == color {
          features.libertiesAfter = Self.liberties(row, column, in: next).count
          features.selfAtari = features.libertiesAfter == 1 ? Self.region(row, column, in: next).points.count : 0
        } else {
          // Suicide takes off the stone too, which is not on the board before.
          features.selfAtari = 1 + Point.all(size: size).count { stones[$0.row][$0.column] != next[$0.row][$0.column] }
        }
      }
      return features
    }
  }
}
