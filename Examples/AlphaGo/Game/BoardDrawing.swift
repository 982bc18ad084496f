import KodamaCore

/// A board as it is shown: stones, the last move, and what a player thinks of the position.
public struct BoardDrawing: Sendable {
  /// The stones.
  public let board: Board
  /// The last move, which is marked; nil for none.
  public var last: Point?
  /// Probabilities of moves, row by row from the bottom; nil where there are none.
  public var policy: [Double]?
  /// The probability that black wins; nil where it is unknown.
  public var value: Double?

  /// A drawing.
  ///
  /// - Precondition: `policy` has a value for each point.
  public init(_ board: Board, last: Point? = nil, policy: [Double]? = nil, value: Double? = nil) {
    precondition(
      policy.map { $0.count == board.size * board.size } ?? true,
      "\(policy?.count ?? 0) probabilities for a board of size \(board.size)")
    (self.board, self.last, self.policy, self.value) = (board, last, policy, value)
  }

  /// A game's position with its last move marked.
  public init(_ game: Game) { self.init(game.board, last: game.moves.last?.point) }

  /// The board for a terminal: X is black, O white, the last move is in parentheses, + is a marked point. Where there
  /// is a policy, an empty point of at least 5 % shows its tenths, rounded, at least 1.
  public var text: String {
    let size = board.size
    let stars = Set(Handicap.starPoints(size: size))
    let letters = "    " + Point.columnLetters.prefix(size).map(String.init).joined(separator: " ")
    var lines = [letters]
    for row in (0..<size).reversed() {
      let number = row < 9 ? " \(row + 1)" : "\(row + 1)"
      var line = number + " "
      for column in 0..<size {
        let point = Point(column: column, row: row)
        let isLast = point == last
        let isAfterLast = column > 0 && Point(column: column - 1, row: row) == last
        line += isLast ? "(" : isAfterLast ? ")" : " "
        line += symbol(point, isStar: stars.contains(point))
      }
      line += Point(column: size - 1, row: row) == last ? ")" : " "
      lines.append(line + number.filter { $0 != " " })
    }
    lines.append(letters)
    if let value { lines.append("black wins with \(Int((value * 100).rounded())) %") }
    return lines.map { line in
      String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  private func symbol(_ point: Point, isStar: Bool) -> String {
    if let color = board[point] { return color == .black ? "X" : "O" }
    if let share = policy?[point.row * board.size + point.column], share >= 0.05 {
      return "\(min(9, max(1, Int((share * 10).rounded()))))"
    }
    return isStar ? "+" : "."
  }

  /// The board as a picture, 32 units to a point. The last move has a ring; moves are blue squares, darker for more
  /// likely ones, with their percent; the value is a bar at the right, black's share from the bottom.
  public var svg: String {
    let (size, cell, margin) = (board.size, 32, 40)
    let side = (size - 1) * cell + 2 * margin
    let width = value == nil ? side : side + 28
    func x(_ column: Int) -> Int { margin + column * cell }
    func y(_ row: Int) -> Int { margin + (size - 1 - row) * cell }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(side)\" width=\"\(width)\" height=\"\(side)\""
        + " font-family=\"DejaVu Sans, sans-serif\" font-size=\"13\" text-anchor=\"middle\">",
      "<rect width=\"\(width)\" height=\"\(side)\" fill=\"#e3b96b\"/>",
    ]
    for number in 0..<size {
      let (first, last) = (margin, margin + (size - 1) * cell)
      lines.append(
        "<path d=\"M\(x(number)) \(first)V\(last)M\(first) \(y(number))H\(last)\" stroke=\"#333\" fill=\"none\"/>")
      for edge in [16, side - 14] {
        lines.append("<text x=\"\(x(number))\" y=\"\(edge + 2)\">\(Point.columnLetters[number])</text>")
        lines.append("<text x=\"\(edge)\" y=\"\(y(number) + 5)\">\(number + 1)</text>")
      }
    }
    for star in Handicap.starPoints(size: size) {
      lines.append("<circle cx=\"\(x(star.column))\" cy=\"\(y(star.row))\" r=\"3.5\" fill=\"#333\"/>")
    }
    let most = max(policy?.max() ?? 0, 1e-9)
    for point in Point.all(size: size) {
      let (cx, cy) = (x(point.column), y(point.row))
      if let color = board[point] {
        let fill = color == .black ? "#111" : "#fafafa"
        lines.append("<circle cx=\"\(cx)\" cy=\"\(cy)\" r=\"15\" fill=\"\(fill)\" stroke=\"#111\"/>")
        if point == last {
          let ring = color == .black ? "#fafafa" : "#111"
          lines.append(
            "<circle cx=\"\(cx)\" cy=\"\(cy)\" r=\"7\" fill=\"none\" stroke=\"\(ring)\" stroke-width=\"2\"/>")
        }
      } else if let share = policy?[point.row * size + point.column], share >= 0.005 {
        let opacity = Double(Int(share / most * 80)) / 100 + 0.15
        lines.append(
          "<rect x=\"\(cx - 14)\" y=\"\(cy - 14)\" width=\"28\" height=\"28\" fill=\"#2563eb\" opacity=\"\(opacity)\"/>"
        )
        lines.append(
          "<text x=\"\(cx)\" y=\"\(cy + 4)\" font-size=\"11\" fill=\"#fff\">\(Int((share * 100).rounded()))</text>")
      }
    }
    if let value {
      let (length, share) = (side - 2 * margin, min(1, max(0, value)))
      let black = Int((Double(length) * share).rounded())
      lines.append(
        "<rect x=\"\(side)\" y=\"\(margin)\" width=\"14\" height=\"\(length)\" fill=\"#fafafa\" stroke=\"#111\"/>")
      lines.append(
        "<rect x=\"\(side)\" y=\"\(margin + length - black)\" width=\"14\" height=\"\(black)\" fill=\"#111\"/>")
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }
}
