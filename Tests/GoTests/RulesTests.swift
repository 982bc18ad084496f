import GoGame
import KodamaCore
import Testing

/// Cases that the rules are known for.
@Suite struct RulesTests {
  private func point(_ name: String, _ game: Game) -> Point { Point(name, size: game.size)! }

  private func play(_ game: inout Game, _ moves: String) throws {
    for name in moves.split(separator: " ") { try game.play(Move(game.nextColor, point(String(name), game))) }
  }

  @Test func aKoIsNotRetakenAtOnce() throws {
    for ko in Rules.Ko.allCases {
      var ko = try game([".....", ".XO..", "X.XO.", ".XO..", "....."], rules: Rules(ko: ko), first: .white)
      try play(&ko, "B3")
      #expect(ko.board[point("C3", ko)] == nil && ko.board.capturedBlack == 1)
      #expect(ko.problem(of: Move(.black, point("C3", ko))) == .ko)
      // White may fill it.
      #expect(ko.isLegal(Move(.white, point("C3", ko))))
      try play(&ko, "A1 E1")
      #expect(ko.isLegal(Move(.black, point("C3", ko))))
      try play(&ko, "C3")
      #expect(ko.problem(of: Move(.white, point("B3", ko))) == .ko)
    }
  }

  @Test func passesLiftTheSimpleKoOnly() throws {
    for (ko, problem) in [(Rules.Ko.simple, IllegalMove?.none), (.positional, .superko)] {
      var game = try game([".....", ".XO..", "X.XO.", ".XO..", "....."], rules: Rules(ko: ko), first: .white)
      try play(&game, "B3 pass pass")
      #expect(game.isOver && game.passCount == 2)
      #expect(game.problem(of: Move(.black, point("C3", game))) == problem)
    }
  }

  @Test func sendingTwoAndReturningOneRepeatsAPosition() throws {
    for (ko, problem) in [(Rules.Ko.simple, IllegalMove?.none), (.positional, .superko)] {
      var game = try game([".....", ".....", ".....", "XXO..", ".O.O."], rules: Rules(ko: ko), first: .white)
      let before = game.board.hash
      try play(&game, "A1 C1")
      #expect(game.board.capturedWhite == 2)
      let returned = Move(.white, point("B1", game))
      #expect(game.problem(of: returned) == problem)
      #expect(game.board.hash(after: returned.point, .white) == before)
    }
  }

  @Test func tripleKosGoRoundUnderTheSimpleRuleOnly() throws {
    // Three kos: each player takes where the other just could not retake.
    let taken = [".XO......", "XO.O.....", ".XO......"]
    let free = [".XO......", "X.XO.....", ".XO......"]
    for (ko, most) in [(Rules.Ko.simple, 12), (.positional, 5)] {
      var game = try game(taken + free + taken, rules: Rules(ko: ko))
      let takes = ["C8", "B5", "C2", "B8", "C5", "B2"]
      var count = 0
      while count < 12 {
        let move = Move(game.nextColor, point(takes[count % 6], game))
        if let problem = game.problem(of: move) {
          #expect(problem == .superko)
          break
        }
        try game.play(move)
        count += 1
        #expect(game.board.capturedBlack + game.board.capturedWhite == count)
      }
      #expect(count == most)
    }
  }

  @Test func suicideIsIllegalUnlessItIsAllowed() throws {
    let lines = ["....", "OO..", "XXO.", ".XO."]
    var strict = try game(lines)
    #expect(strict.problem(of: Move(.black, point("A1", strict))) == .suicide)
    #expect(strict.isLegal(Move(.white, point("A1", strict))))
    var loose = try game(lines, rules: Rules(allowsSuicide: true))
    try loose.play(Move(.black, point("A1", loose)))
    #expect(GoTests.lines(loose.board) == ["....", "OO..", "..O.", "..O."])
    #expect(loose.board.capturedBlack == 4)
    // One stone alone never may: the position would be the same.
    let single = try game([".O..", "O...", "....", "...."], rules: Rules(ko: .simple, allowsSuicide: true))
    #expect(single.problem(of: Move(.black, point("A4", single))) == .suicide)
    try strict.play(Move(.white, point("A1", strict)))
    #expect(strict.board.capturedBlack == 3)
  }

  @Test func aSnapbackIsNoKo() throws {
    var game = try game([".....", ".....", "XXXX.", "OOOX.", "..OX."])
    try play(&game, "B1 A1")
    #expect(game.board.capturedBlack == 1)
    try play(&game, "B1")
    #expect(game.board.capturedWhite == 5)
    #expect(lines(game.board) == [".....", ".....", "XXXX.", "...X.", ".X.X."])
  }

  @Test func aLadderEndsAtTheEdge() throws {
    var game = Game(size: 9)
    for (color, name) in [(Color.white, "C3"), (.black, "B3"), (.black, "C2"), (.black, "D2"), (.black, "B4")] {
      try game.play(Move(color, point(name, game)))
    }
    // Black ataris from alternate sides, white runs with its only liberty, until there is none.
    var color = Color.black
    var runs = 0
    while game.board[point("C3", game)] != nil && runs < 100 {
      runs += 1
      let liberties = game.board.liberties(of: point("C3", game))
      if color == .black {
        let capture = liberties.count == 1 ? liberties[0] : nil
        let next =
          capture
          ?? liberties.first { liberty in
            var trial = game
            guard (try? trial.play(Move(.black, liberty))) != nil else { return false }
            let rest = trial.board.liberties(of: point("C3", game))
            guard rest.count == 1 else { return false }
            try? trial.play(Move(.white, rest[0]))
            return trial.board.liberties(of: point("C3", game)).count <= 2
          }
        try game.play(Move(.black, try #require(next)))
      } else {
        try #require(liberties.count == 1)
        try game.play(Move(.white, liberties[0]))
      }
      color = color.opponent
    }
    #expect(game.board.capturedWhite > 8 && game.board[point("C3", game)] == nil, "\(BoardDrawing(game).text)")
  }

  @Test func bigCapturesEmptyTheBoard() throws {
    for size in [5, 19] {
      // All points but one, and white's last stone alone takes them all.
      let stones = Point.all(size: size).dropLast().map { Move(.black, $0) }
      var game = try Game(size: size, setup: Array(stones), firstColor: .white)
      try game.play(Move(.white, Point(column: size - 1, row: size - 1)))
      #expect(game.board.capturedBlack == size * size - 1 && game.board.emptyCount == size * size - 1)
      #expect(game.score == -Double(size * size) - game.rules.komi)
    }
  }

  @Test func inSekiWhoPlaysFirstIsCaptured() throws {
    // The strings in the middle share the liberties C1 and C2, and have no others.
    for (first, captured) in [(Color.black, 5), (.white, 4)] {
      var game = try game([".O.X.", "OOOXX", "OXXOX", "OX.OX", "OX.OX"], first: first)
      #expect(game.board.liberties(of: point("B1", game)) == game.board.liberties(of: point("D1", game)))
      try play(&game, "C1 C2")
      #expect((first == .black ? game.board.capturedBlack : game.board.capturedWhite) == captured)
    }
  }

  @Test func eyesAreThoseWithSafeDiagonals() throws {
    let board = Board(
      size: 5, stones: stones([".XO.O", "XXOO.", "..X.X", ".X.XX", "XXXX."]))
    #expect(board.isEye(Point("A5", size: 5)!, of: .black))
    #expect(!board.isEye(Point("A5", size: 5)!, of: .white))
    #expect(board.isEye(Point("E1", size: 5)!, of: .black))
    #expect(board.isEye(Point("C2", size: 5)!, of: .black))
    #expect(!board.isEye(Point("E4", size: 5)!, of: .white))
    // In the middle one diagonal may be the opponent's, two may not.
    let middle = [".....", ".OXO.", ".X.X.", "..X..", "....."]
    #expect(!Board(size: 5, stones: stones(middle)).isEye(Point("C3", size: 5)!, of: .black))
    let one = [".....", "..XO.", ".X.X.", "..X..", "....."]
    #expect(Board(size: 5, stones: stones(one)).isEye(Point("C3", size: 5)!, of: .black))
    // At the edge none may be.
    let edge = [".....", ".....", ".....", ".XX..", ".X.X."]
    #expect(Board(size: 5, stones: stones(edge)).isEye(Point("C1", size: 5)!, of: .black))
    let bad = [".....", ".....", ".....", "..XO.", ".X.X."]
    #expect(!Board(size: 5, stones: stones(bad)).isEye(Point("C1", size: 5)!, of: .black))
  }

  @Test func areaIsStonesAndWhatTheySurround() throws {
    let game = try game(["..X.O", "..XO.", "XXXO.", "...XO", "...XO"], rules: Rules(komi: 0.5))
    // Black surrounds four and six points, white two; D5 touches both.
    #expect(game.board.areaDifference == (7 + 4 + 6) - (5 + 2))
    #expect(game.score == Double(game.board.areaDifference) - 0.5)
  }

  @Test func wrongPositionsAreRefused() throws {
    func setup(_ names: [(Color, String)]) -> [Move] { names.map { Move($0.0, Point($0.1, size: 19)!) } }
    #expect(throws: GoFault.setup(point: "F1", problem: "it is not on the board")) {
      try Game(size: 5, setup: setup([(.black, "F1")]), firstColor: .black)
    }
    #expect(throws: GoFault.setup(point: "A1", problem: "it has a stone already")) {
      try Game(size: 5, setup: setup([(.black, "A1"), (.white, "A1")]), firstColor: .black)
    }
    #expect(throws: GoFault.setup(point: "A1", problem: "its string has no liberty")) {
      try Game(size: 5, setup: setup([(.white, "A2"), (.black, "A1"), (.white, "B1")]), firstColor: .black)
    }
    var game = Game(size: 5)
    for (move, problem) in [(Point(column: 5, row: 0), IllegalMove.offBoard), (Point(column: 0, row: 18), .offBoard)] {
      #expect(throws: problem) { try game.play(Move(.black, move)) }
    }
    try game.play(Move(.black, Point("C3", size: 5)!))
    #expect(throws: IllegalMove.occupied) { try game.play(Move(.white, Point("C3", size: 5)!)) }
    #expect(game.moves.count == 1)
  }

  @Test func handicapStonesStandWhereTheProtocolHasThem() {
    func names(_ count: Int, _ size: Int) -> String? {
      Handicap.fixed(count, size: size)?.map(\.description).joined(separator: " ")
    }
    #expect(names(2, 19) == "D4 Q16" && names(3, 19) == "D4 Q16 D16")
    #expect(names(5, 19) == "D4 Q16 D16 Q4 K10" && names(6, 19) == "D4 Q16 D16 Q4 D10 Q10")
    #expect(names(9, 19) == "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10" && names(8, 19) == "D4 Q16 D16 Q4 D10 Q10 K4 K16")
    #expect(names(4, 9) == "C3 G7 C7 G3" && names(9, 9)?.count == 26 && names(2, 13) == "D4 K10")
    #expect(names(4, 7) == "C3 E5 C5 E3" && names(5, 7) == nil && names(2, 6) == nil && names(5, 8) == nil)
    #expect(names(1, 19) == nil && names(10, 19) == nil && names(0, 9) == nil && names(-1, 9) == nil)
    for size in 5...19 {
      for count in 2...12 {
        let places = Handicap.free(count, size: size)
        #expect(places.count >= 2 && places.count <= count && Set(places).count == places.count)
        #expect(places.allSatisfy { $0.isOn(size: size) })
      }
    }
  }
}
