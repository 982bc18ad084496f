extension Board {
  /// Whether a stone may be played: on an empty point, not in a ko that was just taken, and not suicide where that is
  /// forbidden. Other repetitions are a question of history, which `Game` answers.
  public func isLegal(_ point: Point, _ color: Color) -> Bool {
    point.index > 0 && point.index < cells.count && isLegal(point.index, color.rawValue)
  }

  @inline(__always) func isLegal(_ point: Int, _ color: UInt8) -> Bool {
    if cells[point].color != 0 || point == ko && color == koColor { return false }
    var touchesOwn = false
    for neighbor in neighbors(point) {
      let other = cells[neighbor].color
      if other == 0 { return true }
      if other == 3 { continue }
      // The point is a liberty of the string, so that in atari it is the last one.
      let isInAtari = isInAtari(head: Int(cells[neighbor].head))
      if other == color {
        if !isInAtari { return true }
        touchesOwn = true
      } else if isInAtari {
        return true
      }
    }
    return allowsSuicide && touchesOwn
  }

  /// Whether all pseudo-liberties of a string are one point: equality in n · Σx² ≥ (Σx)².
  @inline(__always) func isInAtari(head: Int) -> Bool {
    let cell = cells[head]
    return Int(cell.liberties) * Int(cell.squares) == Int(cell.sum) * Int(cell.sum)
  }

  /// Whether the string of a stone has one liberty.
  ///
  /// - Precondition: there is a stone.
  public func isInAtari(_ point: Point) -> Bool {
    let head = headOfString(point)
    return cells[head].liberties > 0 && isInAtari(head: head)
  }

  private func headOfString(_ point: Point) -> Int {
    precondition(self[point] != nil, "\(point) has no stone")
    return Int(cells[point.index].head)
  }

  /// The stones of the string of a stone, in any order.
  ///
  /// - Precondition: there is a stone.
  public func string(of point: Point) -> [Point] {
    _ = headOfString(point)
    var (stones, stone) = ([Point](), point.index)
    repeat {
      stones.append(Point(index: stone))
      stone = Int(cells[stone].next)
    } while stone != point.index
    return stones
  }

  /// The liberties of the string of a stone, each once, in ascending order.
  ///
  /// - Precondition: there is a stone.
  public func liberties(of point: Point) -> [Point] {
    var found: Set<Point> = []
    for stone in string(of: point) {
      for neighbor in neighbors(stone.index) where cells[neighbor].color == 0 { found.insert(Point(index: neighbor)) }
    }
    return found.sorted()
  }

  /// Whether each string has a liberty, as after any move.
  public var isLegalPosition: Bool {
    for row in 1...size {
      for point in row * Point.stride + 1...row * Point.stride + size {
        let cell = cells[point]
        if cell.color != 0 && cells[Int(cell.head)].liberties == 0 { return false }
      }
    }
    return true
  }

  /// The hash of the board after a legal stone, without playing it.
  public func hash(after point: Point, _ color: Color) -> UInt64 {
    let (own, other) = (color.rawValue, color.opponent.rawValue)
    var (result, captured) = (hash ^ Zobrist.key(point.index, own), false)
    var heads = (0, 0, 0, 0)
    func isNew(_ head: Int) -> Bool {
      if head == heads.0 || head == heads.1 || head == heads.2 || head == heads.3 { return false }
      heads = (head, heads.0, heads.1, heads.2)
      return true
    }
    var livesOn = false
    for neighbor in neighbors(point.index) {
      let cell = cells[neighbor]
      if cell.color == 0 { livesOn = true }
      if cell.color == own && !isInAtari(head: Int(cell.head)) { livesOn = true }
      if cell.color == other && isInAtari(head: Int(cell.head)) && isNew(Int(cell.head)) {
        captured = true
        result ^= hashOfString(neighbor)
      }
    }
    if captured || livesOn { return result }
    // Suicide: the stone and the strings around it disappear.
    result ^= Zobrist.key(point.index, own)
    for neighbor in neighbors(point.index) where cells[neighbor].color == own && isNew(Int(cells[neighbor].head)) {
      result ^= hashOfString(neighbor)
    }
    return result
  }

  private func hashOfString(_ any: Int) -> UInt64 {
    let color = cells[any].color
    var (result, stone) = (UInt64(0), any)
    repeat {
      result ^= Zobrist.key(stone, color)
      stone = Int(cells[stone].next)
    } while stone != any
    return result
  }

  /// Whether an empty point is an eye of a color that its player should not fill: all neighbors are own stones, and the
  /// opponent has at most one of the four diagonal points, none at the edge.
  public func isEye(_ point: Point, of color: Color) -> Bool { isEye(point.index, color.rawValue) }

  @inline(__always) func isEye(_ point: Int, _ color: UInt8) -> Bool {
    for neighbor in neighbors(point) {
      let other = cells[neighbor].color
      if other != color && other != 3 { return false }
    }
    var (enemies, edges) = (0, 0)
    func look(_ diagonal: Int) {
      // Left of the first column and right of the last of the row before is the same column of points off the board.
      let other = cells[diagonal].color
      if other == 3 { edges = 1 } else if other == color ^ 3 { enemies += 1 }
    }
    look(point - Point.stride - 1)
    look(point - Point.stride + 1)
    look(point + Point.stride - 1)
    look(point + Point.stride + 1)
    return enemies + edges < 2
  }

  /// Whose area each point is, row by row from the bottom: a stone's color; the color of the only stones that an empty
  /// point's region touches, or nil.
  public var area: [Color?] {
    let points = Point.all(size: size)
    var owners = [UInt8](repeating: 0, count: cells.count)
    var isSeen = [Bool](repeating: false, count: cells.count)
    for start in points where isEmpty(start) && !isSeen[start.index] {
      var (region, touched) = ([start.index], UInt8(0))
      isSeen[start.index] = true
      var number = 0
      while number < region.count {
        for neighbor in neighbors(region[number]) {
          let color = cells[neighbor].color
          if color == 1 || color == 2 { touched |= color }
          if color == 0 && !isSeen[neighbor] {
            isSeen[neighbor] = true
            region.append(neighbor)
          }
        }
        number += 1
      }
      for point in region { owners[point] = touched }
    }
    return points.map { self[$0] ?? Color(rawValue: owners[$0.index]) }
  }

  /// Black's area less white's, without komi: all stones on the board count as alive.
  public var areaDifference: Int {
    area.reduce(0) { $0 + ($1 == .black ? 1 : $1 == .white ? -1 : 0) }
  }
}
