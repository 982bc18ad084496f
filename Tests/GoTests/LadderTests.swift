import GoGame
import KodamaCore
import Testing

/// Ladders: known ones, and all of random games by a plain reading.
@Suite struct LadderTests {
  /// The points of a board where something is so.
  private func points(_ board: Board, where condition: (Point) -> Bool) -> Set<String> {
    Set(Point.all(size: board.size).filter(condition).map(\.description))
  }

  private func captures(_ board: Board, _ color: Color) -> Set<String> {
    points(board) { board.isLadderCapture($0, by: color) }
  }

  private func escapes(_ board: Board, _ color: Color) -> Set<String> {
    points(board) { board.isLadderEscape($0, by: color) }
  }

  private func board(_ lines: [String]) -> Board { Board(size: lines.count, stones: stones(lines)) }

  /// A stone that can be driven from the upper left to the lower right.
  private let ladder = [
    ".........", "..XX.....", ".XO......", ".........", ".........", ".........", ".........", ".........", ".........",
  ]

  @Test func aLadderRunsToTheEdge() {
    var board = board(ladder)
    #expect(captures(board, .black) == ["C6"] && captures(board, .white) == [])
    // The stone may leave by either liberty before.
    #expect(escapes(board, .white) == ["C6", "D7"] && escapes(board, .black) == [])
    board.play(Move(.black, Point("C6", size: 9)!))
    // In atari it runs in vain, and capturing it is no ladder any more.
    #expect(escapes(board, .white) == [] && captures(board, .black) == [])
  }

  @Test(arguments: ["D6", "E6", "E5", "F4", "G3", "H2", "F5", "F6", "G5", "H3"])
  func aStoneInTheWayBreaksALadder(vertex: String) {
    var board = board(ladder)
    board.put(Point(vertex, size: 9)!, .white)
    #expect(!board.isLadderCapture(Point("C6", size: 9)!, by: .black))
    board.play(Move(.black, Point("C6", size: 9)!))
    #expect(board.isLadderEscape(Point("D7", size: 9)!, by: .white))
    // Only the extension is an escape, not other moves.
    #expect(escapes(board, .white) == ["D7"])
  }

  @Test(arguments: ["A1", "C4", "G8", "B6"]) func aStoneElsewhereDoesNot(vertex: String) {
    var board = board(ladder)
    board.put(Point(vertex, size: 9)!, .white)
    #expect(board.isLadderCapture(Point("C6", size: 9)!, by: .black) == (vertex != "B6"))
    board.play(Move(.black, Point("C6", size: 9)!))
    #expect(board.isLadderEscape(Point("D7", size: 9)!, by: .white) == (vertex == "B6"))
  }

  @Test func laddersAcrossLargeBoardsAreRead() {
    var lines = Array(repeating: String(repeating: ".", count: 19), count: 19)
    lines[1] = "..XX..............."
    lines[2] = ".XO................"
    #expect(captures(board(lines), .black) == ["C16"])
    // Near the opposite corner.
    lines[16] = "................O.."
    #expect(captures(board(lines), .black) == [])
  }

  @Test func capturingAStoneOfTheLadderEscapes() {
    let lines = [
      ".O.......", ".OXX.....", "OXO......", "..X......", ".........", ".........", ".........", ".........",
      ".........",
    ]
    let board = board(lines)
    // B6 captures B7, which is as well possible after an extension.
    #expect(escapes(board, .white) == ["B6", "D7"])
    let before = board.withoutStone("C6")
    #expect(captures(before, .black) == [])
    // With another liberty, B7 is not captured in time.
    #expect(captures(before.withoutStone("A7"), .black) == ["C6"])
    #expect(escapes(board.withoutStone("A7"), .white) == [])
  }

  @Test func stringsAtTheEdgeAreCaught() {
    let board = board([".....", ".....", ".....", ".XX..", ".O..."])
    #expect(captures(board, .black) == ["A1", "C1"])
    #expect(escapes(board, .white) == [])
  }

  @Test func aNetIsNoLadder() {
    let lines = [
      ".........", ".........", ".........", "...XX....", "..XO.....", "..X......", ".........", "......O..",
      ".........",
    ]
    // G2 breaks the ladders. E4 would catch D5, but puts nothing in atari.
    #expect(captures(board(lines), .black) == [])
    #expect(captures(board(lines).withoutStone("G2"), .black) == ["D4", "E5"])
  }

  @Test func aKoMayNotBeRetakenInALadder() throws {
    let lines = [".......", ".......", "...OX..", "..OX.X.", "..XOX..", "..X.X..", "......."]
    var game = try game(lines, rules: Rules(ko: .simple), first: .white)
    try game.play(Move(.white, Point("E4", size: 7)!))
    let retaking = Point("D4", size: 7)!
    #expect(!game.board.isLadderCapture(retaking, by: .black))
    try game.play(Move(.black, .pass))
    try game.play(Move(.white, .pass))
    // D3 is left with D2, and may not take the ko back at once.
    #expect(game.board.isLadderCapture(retaking, by: .black))
  }

  @Test func illegalMovesAndPassesAreNone() {
    let board = board(ladder)
    for point in [.pass, Point("C7", size: 9)!, Point("C8", size: 9)!, Point(index: 100_000)] {
      #expect(!board.isLadderCapture(point, by: .black) && !board.isLadderEscape(point, by: .white))
    }
  }

  @Test(arguments: [3, 4, 5, 6, 7]) func laddersOfRandomGamesAreThosePlainlyRead(size: Int) throws {
    var (captureCount, escapeCount, unread) = (0, 0, 0)
    for number in 0..<(size < 6 ? 12 : 3) {
      let rules = Rules(ko: .simple, allowsSuicide: number % 3 == 0)
      var random = Philox(seed: UInt64(number), stream: UInt64(size))
      var game = Game(size: size, rules: rules)
      var plain = PlainGo(size: size, allowsSuicide: rules.allowsSuicide, isPositional: false)
      for _ in 0..<(2 * size * size) {
        let color = game.nextColor
        let legal = game.legalPoints(color)
        guard !legal.isEmpty else { break }
        let point = legal[random.integer(below: legal.count)]
        try game.play(Move(color, point))
        plain.play(point.row, point.column, color)
        plain.positions = []
        for color in Color.allCases {
          guard let ladders = plain.ladders(color) else {
            unread += 1
            continue
          }
          func names(_ points: Set<[Int]>) -> Set<String> {
            Set(points.map { Point(column: $0[1], row: $0[0]).description })
          }
          let (captures, escapes) = (captures(game.board, color), escapes(game.board, color))
          let (otherCaptures, otherEscapes) = (names(ladders.captures), names(ladders.escapes))
          #expect(
            captures == otherCaptures && escapes == otherEscapes,
            "\(color) captures \(captures) for \(otherCaptures), escapes \(escapes) for \(otherEscapes)\n\(lines(game.board))"
          )
          if captures != otherCaptures || escapes != otherEscapes { return }
          captureCount += captures.count
          escapeCount += escapes.count
        }
      }
    }
    #expect(captureCount > 5 && escapeCount > 5 && unread < 10, "\(captureCount), \(escapeCount), \(unread) unread")
  }
}

extension Board {
  /// The position with a stone taken off.
  fileprivate func withoutStone(_ vertex: String) -> Board {
    let taken = Point(vertex, size: size)!
    let rest = Point.all(size: size).compactMap { point in
      point == taken ? nil : self[point].map { (point, $0) }
    }
    return Board(size: size, stones: rest, allowsSuicide: allowsSuicide)
  }
}
