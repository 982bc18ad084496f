import GoGame
import GoPlayers
import KodamaCore
import Testing

/// Players, and the random games that they are made of.
@Suite struct PlayerTests {
  @Test func playoutsEndWithEyesOnly() {
    var random = Philox(seed: 2)
    for size in [1, 2, 3, 5, 9, 13, 19] {
      var playout = Playout(size: size)
      let start = Board(size: size)
      var (ended, black) = (0, 0)
      for _ in 0..<50 {
        playout.begin(start)
        let difference = playout.run(.black, using: &random)
        let board = playout.board
        #expect(board.isLegalPosition && playout.moveCount <= 3 * size * size)
        if playout.moveCount < 3 * size * size {
          ended += 1
          #expect(difference == board.areaDifference, "\(BoardDrawing(board).text)")
          for color in Color.allCases {
            for point in Point.all(size: size) where board.isLegal(point, color) {
              #expect(board.isEye(point, of: color))
            }
          }
        }
        black += difference > 0 ? 1 : 0
      }
      #expect(start.emptyCount == size * size && start.hash == 0)
      if size > 2 { #expect(ended > 25 && black > 5 && black < 45, "\(size): \(ended), \(black)") }
    }
  }

  @Test func firstPlaysAreThoseOfTheGame() {
    var random = Philox(seed: 3)
    var playout = Playout(size: 5)
    playout.begin(Board(size: 5))
    let first = Point("C3", size: 5)!
    playout.play(Move(.black, first))
    playout.play(Move(.white, .pass))
    #expect(playout.firstPlays[first.index] == Color.black.rawValue)
    #expect(playout.firstPlays.reduce(0) { $0 + ($1 == 0 ? 0 : 1) } == 1)
    _ = playout.run(.black, using: &random)
    for point in Point.all(size: 5) where playout.board[point] != nil { #expect(playout.firstPlays[point.index] != 0) }
    #expect(playout.firstPlays[first.index] == Color.black.rawValue)
  }

  @Test func randomMovesAreUniform() {
    var games = RandomPlayer(seed: 1)
    var first: [Point: Int] = [:]
    for _ in 0..<9000 {
      if case .play(let point) = games.chooseMove(in: Game(size: 3), color: .black, within: nil) {
        first[point, default: 0] += 1
      }
    }
    #expect(first.count == 9)
    // 1,000 each, with a deviation of 30.
    for (point, count) in first { #expect(abs(count - 1000) < 150, "\(point): \(count)") }
  }

  @Test func gamesBetweenRandomPlayersEnd() throws {
    var players = [RandomPlayer(seed: 1), RandomPlayer(seed: 2)]
    for size in [2, 3, 5, 7, 9] {
      var game = Game(size: size)
      while !game.isOver {
        guard
          case .play(let point) = players[game.moves.count % 2].chooseMove(in: game, color: game.nextColor, within: nil)
        else { break }
        #expect(point.isPass || !game.board.isEye(point, of: game.nextColor))
        try game.play(Move(game.nextColor, point))
      }
      #expect(game.isOver)
    }
  }

  private func choice(_ lines: [String], _ color: Color, komi: Double, playouts: Int = 3000) throws -> Choice {
    var player = try SearchPlayer(.init(playouts: playouts), seed: 1)
    return player.chooseMove(in: try game(lines, rules: Rules(komi: komi), first: color), color: color, within: nil)
  }

  @Test func searchFindsCentersAndEyes() throws {
    // The first move on 3x3 and 5x5 is the center.
    #expect(try choice(["...", "...", "..."], .black, komi: 0) == .play(Point("B2", size: 3)!))
    #expect(
      try choice([".....", ".....", ".....", ".....", "....."], .black, komi: 0, playouts: 5000)
        == .play(Point("C3", size: 5)!))
    // A space of three: whoever plays in its middle decides on two eyes, and with this komi on the game.
    let three = ["...XO", "XXXXO", "OOOOO", "O.O.O", ".OOO."]
    #expect(try choice(three, .white, komi: -16) == .play(Point("B5", size: 5)!))
    #expect(try choice(three, .black, komi: -16) == .play(Point("B5", size: 5)!))
  }

  @Test func searchIsTheSameForTheSameSeed() throws {
    var game = Game(size: 7)
    var (a, b) = (try SearchPlayer(.init(playouts: 500), seed: 4), try SearchPlayer(.init(playouts: 500), seed: 4))
    for _ in 0..<8 {
      let choice = a.chooseMove(in: game, color: game.nextColor, within: nil)
      let other = b.chooseMove(in: game, color: game.nextColor, within: nil)
      #expect(choice == other && a.last == b.last)
      let summary = try #require(a.last)
      #expect(summary.playouts > 450 && summary.playouts <= 500)
      let policy = summary.policy(size: 7)
      #expect(abs(policy.reduce(0, +) - 1) < 0.1 && policy.allSatisfy { $0 >= 0 })
      guard case .play(let point) = choice else { break }
      try game.play(Move(game.nextColor, point))
    }
    #expect(game.moves.count == 8)
  }

  @Test func searchBeatsRandomPlay() throws {
    var wins = 0
    for number in 0..<6 {
      var game = Game(size: 5, rules: Rules(komi: 0.5))
      var (search, random) = (
        try SearchPlayer(.init(playouts: 300, resignation: 0), seed: UInt64(number)), RandomPlayer(seed: UInt64(number))
      )
      let own: Color = number % 2 == 0 ? .black : .white
      while !game.isOver && game.moves.count < 200 {
        let color = game.nextColor
        let choice =
          color == own
          ? search.chooseMove(in: game, color: color, within: nil)
          : random.chooseMove(in: game, color: color, within: nil)
        guard case .play(let point) = choice else { break }
        try game.play(Move(color, point))
      }
      if (game.score > 0) == (own == .black) { wins += 1 }
    }
    #expect(wins >= 5)
  }

  @Test func searchEndsByItsTime() throws {
    var player = try SearchPlayer(.init(playouts: 1_000_000_000))
    let time = ContinuousClock().measure {
      _ = player.chooseMove(in: Game(size: 9), color: .black, within: .milliseconds(200))
    }
    #expect(time > .milliseconds(150) && time < .seconds(3))
    var limited: any Player = TimedPlayer(player, limit: .milliseconds(100))
    let less = try ContinuousClock().measure {
      _ = try limited.chooseMove(in: Game(size: 9), color: .black, within: nil)
    }
    #expect(less < .seconds(3))
  }

  @Test func aWonGameIsEndedByAPass() throws {
    var game = try game(["XX.X.", "XXXXX", "XX.XX", "OOOOO", "O.O.O"], rules: Rules(komi: 0))
    var player = try SearchPlayer(.init(playouts: 100))
    try game.play(Move(.white, .pass))
    let choice = player.chooseMove(in: game, color: .black, within: nil)
    #expect(choice == .play(.pass))
    #expect(player.winsByPassing(game, .black) && !player.winsByPassing(game, .white))
  }

  @Test func wrongSettingsAreRefused() {
    for settings in [
      SearchPlayer.Settings(playouts: 0), .init(exploration: -1), .init(exploration: .nan), .init(equivalence: -1),
      .init(expansion: 0), .init(resignation: 0.9),
    ] {
      #expect(throws: GoFault.self) { try SearchPlayer(settings) }
    }
  }
}
