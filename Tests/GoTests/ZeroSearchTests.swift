import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Tree search that a network guides, and the player that it makes.
@Suite struct ZeroSearchTests {
  private static let network = ZeroEvaluator(ZeroNetworkTests.model())

  @Test func positionsHaveTheMovesOfTheGame() throws {
    var random = Philox(seed: 1)
    for (fillsEyes, size) in [(true, 3), (false, 5), (true, 5), (false, 7)] {
      let settings = SearchPosition.Settings(rules: Rules(komi: 0.5), fillsEyes: fillsEyes, mostMoves: 120)
      for _ in 0..<6 {
        var game = Game(size: size, rules: settings.rules)
        var position = SearchPosition(size: size, settings)
        var boards = [game.board.stoneValues]
        while !position.isOver {
          let color = position.color
          #expect(color == game.nextColor && position.moveNumber == game.moves.count)
          let expected = game.legalPoints(color).filter { fillsEyes || !game.board.isEye($0, of: color) }
          let moves = (0..<position.moveCount).map { position.move(at: $0) }
          #expect(moves == expected.map(\.index) + [0])
          #expect(position.outputs == expected.map { $0.row * size + $0.column } + [size * size])
          #expect(position.recent == Array(boards.suffix(8)))
          // The same from the game itself.
          let other = SearchPosition(game, settings, color: color)
          #expect(other.recent == position.recent && other.outputs == position.outputs)
          let move = moves[random.integer(below: moves.count)]
          try game.play(Move(color, Point(index: move)))
          boards.append(game.board.stoneValues)
          let reward = position.play(move, using: &random)
          if position.isOver {
            #expect(reward == (game.score > 0 ? 1 : game.score < 0 ? -1 : 0) && position.moveCount == 0)
            #expect(game.isOver || game.moves.count == 120)
          } else {
            #expect(reward == 0)
          }
        }
      }
    }
  }

  @Test func gamesEndAfterTwiceAsManyMovesAsPoints() {
    var position = SearchPosition(size: 2, .init(rules: Rules(ko: .simple, komi: 0), fillsEyes: true))
    var random = Philox(seed: 2)
    while !position.isOver {
      // Whatever is not a pass.
      _ = position.play(position.move(at: 0), using: &random)
    }
    #expect(position.moveNumber <= 8)
  }

  /// The value of a position for black by exhaustive search.
  private static func solve(_ position: SearchPosition, _ alpha: Double = -1, _ beta: Double = 1) -> Double {
    var (alpha, beta, random) = (alpha, beta, Philox(seed: 0))
    var best = position.player == 0 ? -2.0 : 2
    for index in 0..<position.moveCount {
      var next = position
      let reward = next.play(position.move(at: index), using: &random)
      let value = next.isOver ? reward : solve(next, alpha, beta)
      if position.player == 0 {
        best = max(best, value)
        alpha = max(alpha, value)
      } else {
        best = min(best, value)
        beta = min(beta, value)
      }
      if alpha >= beta { break }
    }
    return best
  }

  @Test(arguments: [(2, -1.5, 8), (2, 0.5, 8), (2, 1.5, 8), (3, 0.5, 7), (3, 4.5, 7)])
  func theSearchReachesTheSolversValue(size: Int, komi: Double, moves: Int) throws {
    let settings = SearchPosition.Settings(rules: Rules(komi: komi), fillsEyes: true, mostMoves: moves)
    let start = SearchPosition(size: size, settings)
    let value = Self.solve(start)
    // Random weights: what it finds is the search's.
    let network = ZeroEvaluator(ZeroNetworkTests.model(board: size))
    var search = try ZeroSearch(start, .priors(2), evaluator: NetworkGuide(network))
    var random = Philox(seed: 6)
    search.run(visits: 60_000, using: &random)
    let best = try #require(search.best)
    // The best move is one that keeps the value.
    var next = start
    let reward = next.play(best.move, using: &random)
    #expect((next.isOver ? reward : Self.solve(next)) == value)
    #expect(value == 1 ? best.value > 0.5 : best.value < -0.5, "\(value), found \(best.value)")
  }

  @Test func whatIsFoundDoesNotDependOnThreads() throws {
    let start = SearchPosition(size: 5, .init(rules: Rules(komi: 24)))
    func candidates(_ workers: Workers, together: Int) throws -> [ZeroSearch.Candidate] {
      var search = try ZeroSearch(start, .priors(1.5), evaluator: NetworkGuide(Self.network))
      var random = Philox(seed: 3)
      search.run(visits: 500, together: together, workers: workers, using: &random)
      #expect(search.simulations == 500)
      return search.candidates
    }
    #expect(try candidates(.serial, together: 4) == candidates(Workers(threads: 3), together: 4))
    #expect(try candidates(.serial, together: 1) != candidates(.serial, together: 4))
  }

  @Test func aPlayerKeepsItsTreeAndPlaysLegally() throws {
    for together in [1, 3] {
      var game = Game(size: 5, rules: Rules(komi: 24))
      var random = RandomPlayer(seed: 4)
      var player = try ZeroPlayer(Self.network, .init(visits: 120, together: together, resignation: nil))
      var playouts: [Int] = []
      while !game.isOver && game.moves.count < 60 {
        if game.nextColor == .white {
          guard case .play(let point) = random.chooseMove(in: game, color: .white, within: nil) else { continue }
          try game.play(Move(.white, point))
          continue
        }
        guard case .play(let point) = try player.chooseMove(in: game, color: .black, within: nil) else {
          Issue.record("resigned")
          return
        }
        if let last = player.last { playouts.append(last.playouts) }
        try game.play(Move(.black, point))
      }
      #expect(playouts.count > 3 && playouts.allSatisfy { $0 >= 120 })
      // With colors out of turn, after moves were taken back, and in another game it begins anew.
      game.undo()
      game.undo()
      _ = try player.chooseMove(in: game, color: .white, within: nil)
      _ = try player.chooseMove(in: game, color: .white, within: nil)
      _ = try player.chooseMove(in: Game(size: 5), color: .black, within: .milliseconds(1))
    }
  }

  @Test func playersOfOneSeedAgree() throws {
    func moves(seed: UInt64) throws -> [Choice] {
      var (game, choices) = (Game(size: 5, rules: Rules(komi: 24)), [Choice]())
      var player = try ZeroPlayer(Self.network, .init(visits: 60, resignation: nil), seed: seed)
      for _ in 0..<8 where !game.isOver {
        let choice = try player.chooseMove(in: game, color: game.nextColor, within: nil)
        choices.append(choice)
        if case .play(let point) = choice { try game.play(Move(game.nextColor, point)) }
      }
      return choices
    }
    #expect(try moves(seed: 1) == moves(seed: 1))
  }

  @Test func aWonGameEndsWithAPass() throws {
    var game = Game(size: 5, rules: Rules(komi: 0.5))
    try game.play(Move(.black, Point("C3", size: 5)!))
    try game.play(Move(.white, .pass))
    var player = try ZeroPlayer(Self.network)
    #expect(try player.chooseMove(in: game, color: .black, within: nil) == .play(.pass))
  }

  @Test func aLostGameIsResigned() throws {
    // White has all but A1, B1, A5 and E5: black may play on two points, and lives nowhere.
    let stones = Point.all(size: 5).filter { ![0, 1, 20, 24].contains($0.row * 5 + $0.column) }.map {
      Move(.white, $0)
    }
    let game = try Game(size: 5, rules: Rules(komi: 24), setup: stones, firstColor: .black)
    var player = try ZeroPlayer(Self.network, .init(visits: 400, resignation: -0.5))
    #expect(try player.chooseMove(in: game, color: .black, within: nil) == .resign)
    #expect(try #require(player.last).moves.count == 3)
    var patient = try ZeroPlayer(Self.network, .init(visits: 400, resignation: nil))
    #expect(try patient.chooseMove(in: game, color: .black, within: nil) != .resign)
  }

  @Test func withoutAVisitTheMostProbableMoveIsPlayed() throws {
    let game = Game(size: 5, rules: Rules(komi: 24))
    for together in [1, 2] {
      var player = try ZeroPlayer(Self.network, .init(visits: 1, together: together, resignation: nil))
      let choice = try player.chooseMove(in: game, color: .black, within: nil)
      var search = try ZeroSearch(
        SearchPosition(game, .init(rules: game.rules), color: .black), .priors(1), evaluator: NetworkGuide(Self.network)
      )
      // In which symmetry the network sees the board is drawn: in one of the eight the move is its most probable one.
      var moves = Set<Int>()
      for seed in 0..<64 {
        var random = Philox(seed: UInt64(seed))
        search = try ZeroSearch(search.root, .priors(1), evaluator: search.evaluator)
        search.run(simulations: 1, using: &random)
        moves.insert(search.candidates.max { $0.prior < $1.prior }!.move)
      }
      #expect(moves.contains { choice == .play(Point(index: $0)) } && moves.count <= 8)
      // No time at all is time for that.
      #expect(try player.chooseMove(in: game, color: .black, within: .zero) != .resign)
    }
  }

  @Test func aLongGameDoesNotEndWithTheTree() throws {
    var (game, random) = (Game(size: 5, rules: Rules(ko: .simple, komi: 24)), Philox(seed: 7))
    var player = try ZeroPlayer(Self.network, .init(visits: 4, resignation: nil))
    // Any legal moves, also in eyes, so that stones are captured again and again.
    while game.moves.count < 140 {
      if game.nextColor == .black {
        let choice = try player.chooseMove(in: game, color: .black, within: nil)
        // Where the game of the search were over, nothing would be searched.
        #expect(
          choice != .resign && (player.last != nil || player.winsByPassing(game, .black)), "move \(game.moves.count)")
      }
      let points = game.legalPoints(game.nextColor)
      let point = points.isEmpty ? .pass : points[random.integer(below: points.count)]
      try game.play(Move(game.nextColor, point))
    }
  }

  @Test func aBoardOfAnotherSizeIsRefused() throws {
    var player = try ZeroPlayer(Self.network)
    #expect(throws: GoFault.board(size: 9, network: 5)) {
      try player.chooseMove(in: Game(size: 9), color: .black, within: nil)
    }
    for settings in [
      SearchSettings(visits: 0), .init(exploration: -1), .init(together: 0), .init(resignation: 0.5),
      .init(exploration: .nan),
    ] {
      #expect(throws: GoFault.self) { try ZeroPlayer(Self.network, settings) }
    }
  }
}
