import GoGame
import GoNetworks
import KodamaCore
import Testing

/// AlphaGo's planes: what each is of drawn positions, and all of random games by the plain rules.
@Suite struct LeePlanesTests {
  /// The number that a kind of eight planes has at a point: nil where more than one of the planes is set.
  private func number(_ map: [Float], _ place: Int, _ kind: Int) -> Int? {
    let set = (0..<8).filter { map[place + kind + $0] != 0 }
    guard set.count <= 1, set.allSatisfy({ map[place + kind + $0] == 1 }) else { return nil }
    return set.first.map { $0 + 1 } ?? 0
  }

  private func map(_ lines: [String], _ color: Color, suicide: Bool = false) -> (map: [Float], size: Int) {
    let board = Board(size: lines.count, stones: stones(lines), allowsSuicide: suicide)
    let map = LeePlanes.map(of: board, StoneAges(size: board.size), color, Symmetry(0, size: board.size))
    return (map, board.size)
  }

  /// The points where a kind of eight planes has a number that is not 0, with the numbers.
  private func numbers(_ lines: [String], _ color: Color, _ kind: Int, suicide: Bool = false) -> [String: Int] {
    let (map, size) = map(lines, color, suicide: suicide)
    var found: [String: Int] = [:]
    for (index, point) in Point.all(size: size).enumerated() {
      let value = number(map, index * LeePlanes.count, kind)
      if value != 0 { found[point.description] = value ?? -1 }
    }
    return found
  }

  @Test func stonesAndConstantsHavePlanes() {
    let (map, size) = map(["X.O", "...", ".X."], .white)
    #expect(map.count == size * size * 48)
    for (index, point) in Point.all(size: size).enumerated() {
      let place = index * 48
      let name = point.description
      #expect(map[place] == (name == "C3" ? 1 : 0) && map[place + 1] == (["A3", "B1"].contains(name) ? 1 : 0))
      #expect(map[place + 2] == (["C3", "A3", "B1"].contains(name) ? 0 : 1))
      #expect(map[place + 3] == 1 && map[place + 47] == 0)
      // Stones that were placed count as old.
      #expect(number(map, place, 4) == (["C3", "A3", "B1"].contains(name) ? 8 : 0))
    }
  }

  @Test func libertiesArePlanesOfStones() {
    let lines = ["XX..O", "O...O", ".....", ".XXX.", "....."]
    #expect(
      numbers(lines, .black, 12) == [
        "A5": 2, "B5": 2, "A4": 2, "E5": 3, "E4": 3, "B2": 8, "C2": 8, "D2": 8,
      ])
    #expect(numbers(lines, .white, 12) == numbers(lines, .black, 12))
  }

  @Test func capturesAreCountedOnce() {
    // C3 touches the string around it four times.
    let lines = [".OOO.", "OXXXO", "OX.XO", "OXXXO", ".OOO."]
    #expect(numbers(lines, .white, 20) == ["C3": 8])
    #expect(numbers(lines, .black, 20) == [:])
    let corner = [".....", ".....", "XX...", "OOX..", ".XO.."]
    #expect(numbers(corner, .black, 20) == ["A1": 2, "D1": 1])
    #expect(numbers(corner, .white, 20) == ["A1": 1])
  }

  @Test func selfAtariCountsTheOwnString() {
    let lines = [".....", ".....", "OO...", "XXO..", "..X.."]
    // Black A1 leaves three stones with B1; B1 connects all with A1 and D1. White B1 would have no other liberty.
    #expect(numbers(lines, .black, 28) == ["A1": 3])
    #expect(numbers(lines, .black, 36)["B1"] == 2)
    #expect(numbers(lines, .white, 28)["A1"] == 1 && numbers(lines, .white, 28)["B1"] == 1)
  }

  @Test func libertiesAfterContainThoseOfCaptures() {
    let corner = [".....", ".....", "XX...", "OOX..", ".XO.."]
    let after = numbers(corner, .black, 36)
    // A1 takes A2 and B2, which are its liberties then.
    #expect(after["A1"] == 2)
    #expect(after["E5"] == 2 && after["C4"] == 4 && after["C3"] == 5)
  }

  @Test func suicideLosesItsStones() {
    let lines = [".OX.", "OOX.", "XXX.", "...."]
    #expect(numbers(lines, .white, 28, suicide: true) == ["A4": 4, "A1": 1, "D4": 1])
    #expect(numbers(lines, .white, 36, suicide: true)["A4"] == nil)
    #expect(numbers(lines, .white, 28) == ["A1": 1, "D4": 1])
    #expect(numbers(lines, .black, 20, suicide: true) == ["A4": 3])
  }

  @Test func eyesAreNotSensible() {
    let (map, size) = map([".X.X.", "XXXXX", "OOOOO", ".....", "....."], .black)
    let sensible = Point.all(size: size).enumerated().filter { map[$0.offset * 48 + 46] == 1 }.map(
      \.element.description)
    #expect(Set(sensible) == Set(["A", "B", "C", "D", "E"].flatMap { ["\($0)1", "\($0)2"] }))
    // Filling an eye is legal: its other planes are there.
    #expect(numbers([".X.X.", "XXXXX", "OOOOO", ".....", "....."], .black, 36)["A5"] == 2)
  }

  @Test func laddersArePlanes() {
    let lines = [
      ".........", "..XX.....", ".XO......", ".........", ".........", ".........", ".........", ".........",
      ".........",
    ]
    func points(_ color: Color, _ plane: Int) -> [String] {
      let (map, size) = map(lines, color)
      return Point.all(size: size).enumerated().filter { map[$0.offset * 48 + plane] == 1 }.map(\.element.description)
    }
    #expect(points(.black, 44) == ["C6"] && points(.white, 44) == [])
    #expect(points(.white, 45) == ["C6", "D7"] && points(.black, 45) == [])
  }

  @Test func agesCountMovesAndPasses() throws {
    var (game, ages) = (Game(size: 5), StoneAges(size: 5))
    let played = ["A1", "E5", "pass", "B1", "A2", "C3", "D4", "D5", "E4", "C5"]
    for (number, vertex) in played.enumerated() {
      let move = Move(number % 2 == 0 ? .black : .white, try #require(Point(vertex, size: 5)))
      try game.play(move)
      ages.play(move)
      for (index, earlier) in played[...number].enumerated() where earlier != "pass" {
        #expect(ages[try #require(Point(earlier, size: 5))] == number - index + 1)
      }
    }
    #expect(ages == StoneAges(game) && ages[Point("B5", size: 5)!] == nil)
    let map = LeePlanes.map(of: game.board, ages, .black, Symmetry(0, size: 5))
    for (index, vertex) in played.enumerated() where vertex != "pass" {
      let point = try #require(Point(vertex, size: 5))
      #expect(number(map, (point.row * 5 + point.column) * 48, 4) == min(8, played.count - index))
    }
  }

  @Test func theValueHasAPlaneOfTheColor() {
    let board = Board(size: 3, stones: [(Point(column: 0, row: 0), .black)])
    for color in Color.allCases {
      for symmetry in Symmetry.all(size: 3) {
        let policy = LeePlanes.map(of: board, StoneAges(size: 3), color, symmetry)
        let value = LeePlanes.map(of: board, StoneAges(size: 3), color, symmetry, forValue: true)
        #expect(value.count == 9 * LeePlanes.valueCount)
        for point in 0..<9 {
          #expect(Array(value[point * 49..<point * 49 + 48]) == Array(policy[point * 48..<point * 48 + 48]))
          #expect(value[point * 49 + 48] == (color == .black ? 1 : 0))
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 9, 13, 19]) func planesOfRandomGamesFollowThePlainRules(size: Int) throws {
    var (selfAtaris, captures, ladders) = (0, 0, 0)
    for gameNumber in 0..<(size < 8 ? 6 : 1) {
      let rules = Rules(ko: .simple, allowsSuicide: gameNumber % 2 == 1)
      var random = Philox(seed: UInt64(gameNumber), stream: UInt64(size))
      var (game, ages) = (Game(size: size, rules: rules), StoneAges(size: size))
      var plain = PlainGo(size: size, allowsSuicide: rules.allowsSuicide, isPositional: false)
      var played: [Point] = []
      while game.moves.count < (size < 8 ? 3 : 2) * size * size {
        let color = game.nextColor
        let legal = game.legalPoints(color)
        let passes = legal.isEmpty || random.integer(below: 20) == 0
        let point = passes ? .pass : legal[random.integer(below: legal.count)]
        try game.play(Move(color, point))
        ages.play(Move(color, point))
        played.append(point)
        if passes { plain.pass() } else { plain.play(point.row, point.column, color) }
        plain.positions = []
        if size > 7 && game.moves.count % (size * size / 6) != 0 { continue }
        for color in Color.allCases {
          let features = MoveFeatures.all(on: game.board, color)
          var expected = plain.features(color)
          for (index, point) in Point.all(size: size).enumerated() {
            // `LadderTests` compares these with a plain reading.
            expected[index].isLadderCapture = game.board.isLadderCapture(point, by: color)
            expected[index].isLadderEscape = game.board.isLadderEscape(point, by: color)
            if expected[index].isLadderCapture || expected[index].isLadderEscape { ladders += 1 }
          }
          guard features == expected else {
            let index = (0..<features.count).first { features[$0] != expected[$0] }!
            Issue.record("\(features[index]) for \(expected[index]) at \(index)\n\(lines(game.board))")
            return
          }
          selfAtaris += features.count { $0.selfAtari > 0 }
          captures += features.count { $0.captures > 0 }
          let symmetry = Symmetry(random.integer(below: 8), size: size)
          let map = LeePlanes.map(of: game.board, ages, color, symmetry)
          for (index, point) in Point.all(size: size).enumerated() {
            let (place, feature, stone) = (
              symmetry.targets[index] * 48, expected[index], plain.stones[point.row][point.column]
            )
            let age = stone == nil ? 0 : played.count - played.lastIndex(of: point)!
            #expect(
              number(map, place, 4) == min(8, age)
                && number(map, place, 12) == min(8, feature.liberties)
                && number(map, place, 20) == min(8, feature.captures)
                && number(map, place, 28) == min(8, feature.selfAtari)
                && number(map, place, 36) == min(8, feature.libertiesAfter))
            let single = [0, 1, 2, 3, 44, 45, 46, 47].map { map[place + $0] == 1 }
            #expect(
              single == [
                stone == color, stone == color.opponent, stone == nil, true, feature.isLadderCapture,
                feature.isLadderEscape, feature.isSensible, false,
              ])
          }
        }
      }
    }
    if size > 2 { #expect(selfAtaris > 0 && captures > 0) }
    if size > 3 { #expect(ladders > 0) }
  }

  @Test(arguments: [5, 9]) func turnedBoardsHaveTurnedFeatures(size: Int) throws {
    var compared = 0
    for number in 0..<4 {
      var random = Philox(seed: UInt64(number), stream: 9)
      for symmetry in Symmetry.all(size: size) {
        var (board, turned) = (Board(size: size), Board(size: size))
        var color: Color = .black
        for move in 0..<(size * size) {
          let legal = Point.all(size: size).filter { board.isLegal($0, color) }
          guard !legal.isEmpty else { break }
          let point = legal[random.integer(below: legal.count)]
          let target = symmetry.targets[point.row * size + point.column]
          board.play(Move(color, point))
          turned.play(Move(color, Point(column: target % size, row: target / size)))
          color = color.opponent
          if move % 5 != 0 { continue }
          #expect(symmetry.applied(to: MoveFeatures.all(on: board, color)) == MoveFeatures.all(on: turned, color))
          compared += 1
        }
      }
    }
    #expect(compared > 100)
  }
}
