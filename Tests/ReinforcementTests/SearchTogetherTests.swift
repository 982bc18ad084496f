import KodamaCore
import TestSupport
import Testing

@testable import KodamaReinforcement

/// Searches up to a number of visits, with several leaves at once, and the value of moves without a visit.
@Suite struct SearchTogetherTests {
  /// Equal priors, and values that follow from the position and from the random numbers.
  private struct Drawn: SearchEvaluator {
    func evaluate(_ state: TicTacToe, priors: inout [Double], using random: inout Philox) -> Double {
      for index in priors.indices { priors[index] = 1 / Double(priors.count) }
      return 2 * random.uniform() - 1
    }
  }

  /// The same value everywhere for the first player, and priors of which the first has most.
  private struct Constant: SearchEvaluator {
    let value: Double

    func evaluate(_ state: TicTacToe, priors: inout [Double], using random: inout Philox) -> Double {
      for index in priors.indices { priors[index] = index == 0 ? 0.6 : 0.4 / Double(priors.count - 1) }
      return state.player == 0 ? value : -value
    }
  }

  @Test func whatIsFoundDoesNotDependOnThreads() throws {
    func candidates(_ workers: Workers, together: Int) throws -> [TreeSearch<Drawn>.Candidate] {
      var search = try TreeSearch(TicTacToe(), .priors(1.5), evaluator: Drawn())
      var random = Philox(seed: 1)
      search.run(visits: 300, together: together, workers: workers, using: &random)
      #expect(search.simulations == 300)
      // Visits that are there count.
      search.run(visits: 300, together: together, workers: workers, using: &random)
      #expect(search.simulations == 300)
      return search.candidates
    }
    for together in [2, 7] {
      #expect(try candidates(.serial, together: together) == candidates(Workers(threads: 3), together: together))
    }
    #expect(try candidates(.serial, together: 1) != candidates(.serial, together: 7))
  }

  @Test func oneAtATimeIsTheSearch() throws {
    var (one, other) = (
      try TreeSearch(TicTacToe(), .priors(1.5), evaluator: Drawn()),
      try TreeSearch(TicTacToe(), .priors(1.5), evaluator: Drawn())
    )
    var (first, second) = (Philox(seed: 1), Philox(seed: 1))
    one.run(visits: 200, using: &first)
    other.run(simulations: 200, using: &second)
    #expect(one.candidates == other.candidates && first == second)
  }

  @Test(arguments: [1, 5]) func aSearchEndsWhenItIsTold(together: Int) throws {
    var search = try TreeSearch(TicTacToe(), .priors(1.5), evaluator: Drawn())
    var (random, calls) = (Philox(seed: 1), 0)
    search.run(visits: 1000, together: together, using: &random) {
      calls += 1
      return calls < 10
    }
    #expect(search.simulations >= 9 && search.simulations <= 10 * together)
  }

  /// How many moves of the root a search visits.
  private func visited(_ value: Double, _ firstPlay: FirstPlay, simulations: Int) throws -> Int {
    var search = try TreeSearch(TicTacToe(), .priors(0.1, firstPlay: firstPlay), evaluator: Constant(value: value))
    var random = Philox(seed: 1)
    search.run(simulations: simulations, using: &random)
    return search.candidates.count { $0.visits > 0 }
  }

  @Test func movesWithoutAVisitHaveTheirValue() throws {
    // Where all is lost, 0 looks better than every move that was tried, so that all are; the mean does not.
    #expect(try visited(-0.9, .zero, simulations: 12) == 9)
    #expect(try visited(-0.9, .mean, simulations: 12) < 9)
    // Where all is won, 0 looks worse.
    #expect(try visited(0.9, .zero, simulations: 60) == 1)
    #expect(try visited(0.9, .mean, simulations: 60) > 1)
  }

  @Test func theReductionGrowsWithThePriorsThatWereVisited() throws {
    for moves in [[], [0], [4, 8]] {
      var search = try TreeSearch(
        TicTacToe(moves: moves), .priors(1, firstPlay: .mean), evaluator: Constant(value: 0.3))
      var random = Philox(seed: 1)
      search.run(simulations: 60, using: &random)
      var compared = 0
      for (index, node) in search.nodes.enumerated() where node.children > 0 {
        let children = search.nodes[Int(node.first)..<Int(node.first + node.children)]
        let visited = children.filter { $0.visits > 0 }
        let mean = node.total / Double(node.visits)
        for sign in [1.0, -1] {
          let reduction = index == 0 ? 0 : 0.2 * visited.reduce(0) { $0 + $1.prior }.squareRoot()
          expectClose([search.meanLessReduction(index, sign)], [sign * mean - reduction], tolerance: 1e-12)
        }
        compared += visited.isEmpty || visited.count == children.count ? 0 : 1
      }
      #expect(compared > 3)
    }
  }

  @Test func bothConvergeToTheValueOfTheGame() throws {
    var minimax = Minimax<TicTacToe>()
    for firstPlay in FirstPlay.allCases {
      for moves in [[0], [0, 4], [4, 0, 8], [0, 8, 2]] {
        let state = TicTacToe(moves: moves)
        var search = try TreeSearch(
          state, .priors(1.5, firstPlay: firstPlay), evaluator: RandomPlayouts<TicTacToe>())
        var random = Philox(seed: 5)
        search.run(visits: 20_000, using: &random)
        #expect(minimax.bestMoves(state).contains(try #require(search.best).move), "\(firstPlay) \(moves)")
      }
    }
  }
}
