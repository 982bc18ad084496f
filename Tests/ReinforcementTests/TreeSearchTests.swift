import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Tree search, held to exact values of small games.
@Suite struct TreeSearchTests {
  @Test func boardsHaveTheirRules() {
    // 255,168 games of tic-tac-toe; 131,184 are won by the first player, 77,904 by the second.
    var (games, random) = ((first: 0, second: 0, drawn: 0), Philox(seed: 0))
    func play(_ state: TicTacToe) {
      for index in 0..<state.moveCount {
        var next = state
        let reward = next.play(state.move(at: index), using: &random)
        if next.moveCount > 0 {
          #expect(reward == 0)
          play(next)
        } else if reward == 1 {
          games.first += 1
        } else if reward == -1 {
          games.second += 1
        } else {
          games.drawn += 1
        }
      }
    }
    play(TicTacToe())
    #expect(games == (131_184, 77_904, 46_080))
  }

  @Test func connectFourHasItsRules() {
    // The numbers of games of 1 to 7 moves, as published for tests of move generators, and 8 by which some have ended.
    var (counts, random) = ([Int](repeating: 0, count: 9), Philox(seed: 0))
    func play(_ state: ConnectFour, depth: Int) {
      counts[depth] += 1
      if depth == 8 { return }
      for index in 0..<state.moveCount {
        var next = state
        _ = next.play(state.move(at: index), using: &random)
        play(next, depth: depth + 1)
      }
    }
    play(ConnectFour(), depth: 0)
    #expect(counts == [1, 7, 49, 343, 2401, 16_807, 117_649, 823_536, 5_673_234], "\(counts)")
    for moves in [[0, 1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2, 3], [0, 1, 1, 2, 2, 3, 2, 3, 3, 5, 3]] {
      let won = ConnectFour(moves: moves)
      #expect(won.moveCount == 0 && ConnectFour(moves: moves.dropLast()).moveCount > 0, "\(moves)")
    }
    var last = ConnectFour(moves: [6, 5, 5, 4, 4, 3, 4, 3, 3, 1])
    #expect(last.play(3, using: &random) == 1)
    var second = ConnectFour(moves: [0, 6, 1, 6, 0, 6, 1])
    #expect(second.play(6, using: &random) == -1)
  }

  @Test func theMinimaxValueOfTicTacToeIsADraw() {
    var minimax = Minimax<TicTacToe>()
    #expect(minimax.value(of: TicTacToe()) == 0)
    #expect(minimax.bestMoves(TicTacToe()) == Array(0..<9))
    // Only the center answers a corner.
    #expect(minimax.bestMoves(TicTacToe(moves: [0])) == [4])
    #expect(minimax.value(of: TicTacToe(moves: [0, 1])) == 1)
  }

  /// Positions after some random moves that have not ended.
  private func positions<State: SearchState>(
    _ empty: State, moves: Int, count: Int, seed: UInt64, where isWanted: (State) -> Bool = { _ in true }
  ) -> [State] {
    var (found, random) = ([State](), Philox(seed: seed))
    while found.count < count {
      var state = empty
      for _ in 0..<moves where state.moveCount > 0 {
        _ = state.play(state.move(at: random.integer(below: state.moveCount)), using: &random)
      }
      if state.moveCount > 1 && isWanted(state) { found.append(state) }
    }
    return found
  }

  /// Searches a position, and holds move and value to the exact ones.
  private func expectConverges<E: SearchEvaluator>(
    _ search: TreeSearch<E>, simulations: Int, tolerance: Double, _ minimax: inout Minimax<E.State>, _ what: String
  ) throws where E.State: Hashable {
    var (search, random) = (search, Philox(seed: 77))
    search.run(simulations: simulations, using: &random)
    let best = try #require(search.best)
    let exact = minimax.value(of: search.root) * (search.root.player == 0 ? 1 : -1)
    #expect(minimax.bestMoves(search.root).contains(best.move), "\(what): \(search.candidates)")
    #expect((best.value - exact).magnitude < tolerance, "\(what): \(best), not \(exact)")
    #expect(search.simulations == simulations)
    #expect(search.candidates.reduce(0) { $0 + $1.visits } >= simulations - 1)
  }

  @Test func searchConvergesOnTicTacToe() throws {
    var minimax = Minimax<TicTacToe>()
    try expectConverges(TreeSearch(TicTacToe()), simulations: 200_000, tolerance: 0.1, &minimax, "UCT")
    try expectConverges(
      TreeSearch(TicTacToe(), .priors(1.5), evaluator: RandomPlayouts()), simulations: 50_000, tolerance: 0.1, &minimax,
      "PUCT")
    var states: [TicTacToe] = []
    for moves in 1...5 { states += positions(TicTacToe(), moves: moves, count: 6, seed: UInt64(moves)) }
    for state in states {
      try expectConverges(
        TreeSearch(state), simulations: 20_000, tolerance: 0.1, &minimax, "UCT \(state)")
      try expectConverges(
        TreeSearch(state, expansionVisits: 5), simulations: 20_000, tolerance: 0.1, &minimax, "late \(state)")
      try expectConverges(
        TreeSearch(state, .priors(1.5), evaluator: RandomPlayouts()), simulations: 20_000, tolerance: 0.1, &minimax,
        "PUCT \(state)")
    }
  }

  @Test func searchConvergesOnEndgamesOfConnectFour() throws {
    var minimax = Minimax<ConnectFour>()
    // Positions of 12 free cells in which a choice matters.
    let states = positions(ConnectFour(), moves: 30, count: 8, seed: 9) { state in
      let best = minimax.bestMoves(state).count
      return best > 0 && best < state.moveCount
    }
    for state in states {
      try expectConverges(
        TreeSearch(state), simulations: 100_000, tolerance: 0.1, &minimax, "UCT \(state)")
      try expectConverges(
        TreeSearch(state, .priors(1.5), evaluator: RandomPlayouts()), simulations: 100_000, tolerance: 0.1, &minimax,
        "PUCT \(state)")
    }
  }

  /// Exact values with priors that are wrong.
  private struct Oracle: SearchEvaluator {
    let values: [TicTacToe: Double]

    func evaluate(_ state: TicTacToe, priors: inout [Double], using random: inout Philox) -> Double {
      for index in priors.indices { priors[index] = index == 0 ? 0.9 : 0.1 / Double(priors.count - 1) }
      return (state.player == 0 ? 1 : -1) * values[state]!
    }
  }

  @Test func valuesOfAnEvaluatorGuideTheSearch() throws {
    var minimax = Minimax<TicTacToe>()
    var (values, open) = ([TicTacToe: Double](), [TicTacToe()])
    while let state = open.popLast() {
      if values[state] != nil { continue }
      values[state] = minimax.value(of: state)
      for index in 0..<state.moveCount {
        var (next, random) = (state, Philox(seed: 0))
        _ = next.play(state.move(at: index), using: &random)
        open.append(next)
      }
    }
    let oracle = Oracle(values: values)
    for state in positions(TicTacToe(), moves: 3, count: 20, seed: 3) {
      try expectConverges(
        TreeSearch(state, .priors(1), evaluator: oracle), simulations: 5000, tolerance: 0.1, &minimax, "\(state)")
    }
    // The first simulation asks the evaluator about the root alone.
    var (search, random) = (try TreeSearch(TicTacToe(), .priors(1), evaluator: oracle), Philox(seed: 1))
    search.run(simulations: 1, using: &random)
    #expect(search.candidates.map(\.visits) == [Int](repeating: 0, count: 9))
    #expect(search.candidates.map(\.prior).first == 0.9)
    search.run(simulations: 1, using: &random)
    #expect(search.candidates.map(\.visits) == [1, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func searchNeverLosesATicTacToeGame() throws {
    var random = Philox(seed: 14)
    for game in 0..<20 {
      var (state, outcome) = (TicTacToe(), 0.0)
      while state.moveCount > 0 {
        var move = state.move(at: random.integer(below: state.moveCount))
        if state.player == game % 2 {
          var search = try TreeSearch(state)
          search.run(simulations: 3000, using: &random)
          move = try #require(search.best).move
        }
        outcome += state.play(move, using: &random)
      }
      #expect(game % 2 == 0 ? outcome >= 0 : outcome <= 0, "game \(game)")
    }
  }

  /// Expansion after more visits leaves a smaller tree, in which later moves of the root have no children yet.
  @Test func copiesSearchAlike() throws {
    let search = try TreeSearch(ConnectFour(moves: [3, 3, 2]))
    var (one, two) = (search, search)
    var (first, second) = (Philox(seed: 4), Philox(seed: 4))
    one.run(simulations: 500, using: &first)
    for _ in 0..<500 { two.run(simulations: 1, using: &second) }
    #expect(one.candidates == two.candidates && one.candidates.count == 7)
    #expect(search.candidates.isEmpty && search.best == nil)
  }

  @Test func searchPlansInAnEnvironment() throws {
    var (walk, random) = (try RandomWalk(length: 9), Philox(seed: 2))
    for place in 5...9 {
      #expect(walk.state == place)
      var search = try TreeSearch(EnvironmentSearch(walk), discount: 0.8, depth: 100)
      search.run(simulations: 3000, using: &random)
      let best = try #require(search.best)
      _ = walk.step(best.move, using: &random)
      // The reward after the way to the right end, less what exploration costs.
      let value = (place..<9).reduce(1.0) { value, _ in 0.8 * value }
      #expect(best.value <= value + 1e-12 && best.value > 0.7 * value, "\(place): \(best)")
    }
    #expect(walk.state == 10)
  }

  /// A value with chance and a discount: two actions of known means.
  @Test func searchAveragesOverChance() throws {
    let model = try FiniteModel(stateCount: 3, actionCount: 2, terminal: [2], starts: [0]) { state, action in
      switch (state, action) {
      case (0, 0): [.init(1, reward: 0)]
      case (0, 1): [.init(2, reward: 0.3)]
      case (1, 0): [.init(2, reward: 1, probability: 0.5), .init(2, reward: 0, probability: 0.5)]
      default: [.init(2, reward: 0.1)]
      }
    }
    var (environment, random) = (try ModelEnvironment(model), Philox(seed: 6))
    _ = environment.reset(using: &random)
    var search = try TreeSearch(EnvironmentSearch(environment), discount: 0.9)
    search.run(simulations: 50_000, using: &random)
    let (first, second) = (search.candidates[0], search.candidates[1])
    #expect(first.visits > second.visits)
    // 0.9 · 0.5, less what exploration costs; a standard error is 0.002.
    #expect(first.value < 0.46 && first.value > 0.43, "\(first)")
    #expect((second.value - 0.3).magnitude < 1e-12)
  }

  /// A card may end the game or not.
  @Test func chanceMayEndTheGame() throws {
    let model = try Blackjack.model()
    let exact = try Planner(model, discount: 1).valueIteration()
    for (sum, dealer, usable) in [(20, 10, false), (13, 10, false), (18, 7, false), (13, 5, false), (13, 2, true)] {
      let state = Blackjack.state(sum: sum, dealer: dealer, usableAce: usable)
      var (game, random) = (Blackjack(start: .state(state)), Philox(seed: 30))
      _ = game.reset(using: &random)
      var search = try TreeSearch(EnvironmentSearch(game))
      search.run(simulations: 40_000, using: &random)
      let best = try #require(search.best)
      #expect(best.move == exact.actions[state], "\(sum) \(dealer): \(search.candidates)")
      // Plans that do not look at the cards are at most as good.
      let error = 1 / Double(best.visits).squareRoot()
      #expect(best.value < exact.values[state] + 4 * error && best.value > exact.values[state] - 0.1)
      #expect(best.move == 1 || (best.value - exact.values[state]).magnitude < 4 * error)
    }
  }

  @Test func badSettingsAreRefused() {
    #expect(throws: ReinforcementFault.self) { try TreeSearch(TicTacToe(), exploration: -1) }
    #expect(throws: ReinforcementFault.self) { try TreeSearch(TicTacToe(), exploration: .nan) }
    #expect(throws: ReinforcementFault.self) { try TreeSearch(TicTacToe(), expansionVisits: 0) }
    #expect(throws: ReinforcementFault.self) { try TreeSearch(TicTacToe(), depth: 0) }
  }
}
