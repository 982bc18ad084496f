import GoGame
import KodamaCore
import Testing

/// The fast rules are those of `PlainGo`.
@Suite struct BoardTests {
  /// Compares everything of a position with the plain rules.
  private func compare(_ game: Game, _ plain: PlainGo, _ what: String) -> Bool {
    let size = plain.size
    let board = game.board
    var isSame = true
    func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
      if !condition && isSame {
        isSame = false
        Issue.record("\(what), move \(game.moves.count): \(text())\n\(BoardDrawing(game).text)")
      }
    }
    var empty = 0
    for row in 0..<size {
      for column in 0..<size {
        let point = Point(column: column, row: row)
        expect(board[point] == plain.stones[row][column], "another stone on \(point)")
        for color in Color.allCases {
          let move = Move(color, point)
          let isLegal = plain.isLegal(row, column, color)
          expect(game.isLegal(move) == isLegal, "\(color) \(point) is \(isLegal ? "legal" : "illegal")")
          if isLegal, let next = plain.after(row, column, color)?.stones {
            let stones = next.enumerated().flatMap { r, line in
              line.enumerated().compactMap { c, color in color.map { (Point(column: c, row: r), $0) } }
            }
            expect(board.hash(after: point, color) == Board(size: size, stones: stones).hash, "the hash after \(point)")
          }
        }
        if board[point] == nil {
          empty += 1
        } else if plain.stones[row][column] != nil {
          let liberties = PlainGo.liberties(row, column, in: plain.stones).map { Point(column: $0[1], row: $0[0]) }
          expect(board.liberties(of: point) == liberties.sorted(), "liberties of \(point)")
          expect(board.isInAtari(point) == (liberties.count == 1), "atari of \(point)")
          let string = PlainGo.region(row, column, in: plain.stones).points.map { Point(column: $0[1], row: $0[0]) }
          expect(board.string(of: point).sorted() == string.sorted(), "the string of \(point)")
        }
      }
    }
    expect(board.emptyCount == empty, "\(board.emptyCount) empty points for \(empty)")
    expect(Set((0..<board.emptyCount).map { board.emptyPoint($0) }).count == empty, "empty points")
    expect((0..<board.emptyCount).allSatisfy { board.isEmpty(board.emptyPoint($0)) }, "an empty point with a stone")
    expect(board.areaDifference == plain.areaDifference, "the area")
    expect(board.isLegalPosition, "a string has no liberty")
    return isSame
  }

  @Test(arguments: 1...19) func randomGamesFollowThePlainRules(size: Int) {
    for (number, rules) in [
      Rules(ko: .positional), Rules(ko: .simple), Rules(ko: .positional, allowsSuicide: true),
      Rules(ko: .simple, allowsSuicide: true),
    ].enumerated() {
      var random = Philox(seed: UInt64(size), stream: UInt64(number))
      // Small boards take many games to meet all that can happen, large ones many moves.
      for gameNumber in 0..<(size < 4 ? 20 : size < 6 ? 4 : 1) {
        var game = Game(size: size, rules: rules)
        var plain = PlainGo(size: size, allowsSuicide: rules.allowsSuicide, isPositional: rules.ko == .positional)
        let most = size < 8 ? 4 * size * size : 2 * size * size
        // Every position of small boards, some of large ones.
        let interval = size < 6 ? 1 : size * size / 4
        while game.moves.count < most {
          let count = game.moves.count
          if count % interval == 0 && !compare(game, plain, "size \(size), rules \(number), game \(gameNumber)") {
            return
          }
          // Colors do not always take turns, as the protocol allows.
          let color: Color = random.integer(below: 8) == 0 ? game.nextColor.opponent : game.nextColor
          let legal = game.legalPoints(color)
          if legal.isEmpty || random.integer(below: 30) == 0 {
            try? game.play(Move(color, .pass))
            plain.pass()
          } else {
            let point = legal[random.integer(below: legal.count)]
            try? game.play(Move(color, point))
            plain.play(point.row, point.column, color)
          }
          #expect(game.moves.count == count + 1)
        }
        #expect(compare(game, plain, "size \(size), the end"))
      }
    }
  }

  @Test func undoneGamesAreAsBefore() throws {
    var random = Philox(seed: 5)
    var undone = 0
    for size in [2, 5, 9] {
      var game = Game(size: size, rules: Rules(allowsSuicide: size == 5))
      var states: [Game] = [game]
      for _ in 0..<(3 * size * size) {
        let points = game.legalPoints(game.nextColor)
        let point = points.isEmpty ? .pass : points[random.integer(below: points.count)]
        try game.play(Move(game.nextColor, point))
        states.append(game)
      }
      while let before = states.popLast(), game.moves.count > 0 {
        #expect(before.board.hash == game.board.hash && lines(before.board) == lines(game.board))
        #expect(before.board.capturedBlack == game.board.capturedBlack)
        #expect(before.legalPoints(.black) == game.legalPoints(.black))
        #expect(before.legalPoints(.white) == game.legalPoints(.white))
        game.undo()
        undone += 1
      }
      #expect(game.undo() == nil)
    }
    #expect(undone == 3 * (4 + 25 + 81))
  }

  @Test func pointsHaveNamesAndPlaces() throws {
    #expect(Point("D4", size: 19) == Point(column: 3, row: 3))
    #expect(Point("j9", size: 9) == Point(column: 8, row: 8))
    #expect(Point("t19", size: 19) == Point(column: 18, row: 18))
    #expect(Point("PASS", size: 9) == .pass && Point("pass", size: 9)?.isPass == true)
    for wrong in ["", "I5", "i5", "A0", "A10", "K1", "A", "5", "A01", "A+1", "A-1", "AA1", "A1 ", "Ä1", "A１", "resign"]
    {
      #expect(Point(wrong, size: 9) == nil, "\(wrong)")
    }
    for size in Board.sizes {
      let points = Point.all(size: size)
      #expect(points.count == size * size && points == points.sorted() && Set(points).count == points.count)
      for point in points {
        #expect(Point(point.description, size: size) == point && point.isOn(size: size))
        #expect(
          point.neighbors(size: size).count == 4
            - [point.row, point.column].map {
              ($0 == 0 ? 1 : 0) + ($0 == size - 1 ? 1 : 0)
            }.reduce(0, +))
      }
      #expect(!Point(column: size, row: 0).isOn(size: size) && !Point(column: 0, row: size).isOn(size: size))
      #expect(!Point.pass.isOn(size: size))
    }
  }

  @Test func hashesOfPositionsDiffer() {
    var seen: Set<UInt64> = []
    for number in 0..<19683 {
      var (rest, placed) = (number, [(Point, Color)]())
      for point in Point.all(size: 3) {
        if let color = Color(rawValue: UInt8(rest % 3)) { placed.append((point, color)) }
        rest /= 3
      }
      seen.insert(Board(size: 3, stones: placed).hash)
    }
    #expect(seen.count == 19683)
  }
}
