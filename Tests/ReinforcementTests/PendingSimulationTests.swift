import KodamaCore
import TestSupport
import Testing

@testable import KodamaReinforcement

/// Simulations whose leaves are evaluated later, several at once.
@Suite struct PendingSimulationTests {
  /// Priors and values that follow from the position alone.
  private struct Fixed: SearchEvaluator {
    func evaluate(_ state: TicTacToe, priors: inout [Double], using random: inout Philox) -> Double {
      let found = found(state)
      priors = found.priors
      return found.value
    }

    func found(_ state: TicTacToe) -> (priors: [Double], value: Double) {
      var random = Philox(seed: UInt64(state.cells.0) << 16 | UInt64(state.cells.1))
      let shares = (0..<state.moveCount).map { _ in 0.1 + random.uniform() }
      let sum = shares.reduce(0, +)
      return (shares.map { $0 / sum }, 2 * random.uniform() - 1)
    }
  }

  private typealias Search = TreeSearch<Fixed>

  private func finish(_ search: inout Search, _ waiting: [PendingSimulation<Fixed>]) {
    for simulation in waiting {
      let found = search.evaluator.found(simulation.leaf)
      search.finish(simulation, priors: found.priors, value: found.value)
    }
  }

  @Test func oneAtATimeIsTheSearch() throws {
    for moves in [[], [4, 0], [0, 4, 8, 2]] {
      var (one, two) = (
        try Search(TicTacToe(moves: moves), .priors(1.2), evaluator: Fixed()),
        try Search(TicTacToe(moves: moves), .priors(1.2), evaluator: Fixed())
      )
      var random = Philox(seed: 1)
      one.run(simulations: 500, using: &random)
      for _ in 0..<500 { finish(&two, [two.begin(using: &random)].compactMap { $0 }) }
      #expect(one.candidates == two.candidates && one.simulations == 500 && two.simulations == 500)
      #expect(one.value == two.value)
    }
  }

  @Test func nothingOfAVirtualLossRemains() throws {
    var search = try Search(TicTacToe(moves: [4]), .priors(1.2), evaluator: Fixed())
    var random = Philox(seed: 2)
    let first = search.begin(using: &random)
    finish(&search, [try #require(first)])
    for _ in 0..<200 {
      let before = search.candidates
      let waiting = (0..<6).compactMap { _ in search.begin(using: &random) }
      // Of the moves of the root, those that wait; what ended the game has counted.
      let root = search.nodes[0]
      let moves = search.nodes[Int(root.first)..<Int(root.first + root.children)]
      #expect(moves.reduce(0) { $0 + Int($1.waiting) } == waiting.count && search.waiting == waiting.count)
      let during = search.candidates
      #expect(during.reduce(0) { $0 + $1.visits } == before.reduce(0) { $0 + $1.visits } + 6 - waiting.count)
      finish(&search, waiting)
      #expect(search.nodes.allSatisfy { $0.waiting == 0 })
    }
    #expect(search.simulations == 1201 && search.waiting == 0)
    // The mean of every node is that of the leaves below it: the tree is consistent.
    let values = search.candidates.reduce(0.0) { $0 + Double($1.visits) * $1.value }
    let own = search.evaluator.found(search.root).value
    expectClose([search.value], [(values + own) / 1201], tolerance: 1e-12)
    #expect(search.candidates.allSatisfy { $0.value.magnitude <= 1 })
  }

  @Test func waitingSimulationsTakeDifferentWays() throws {
    var search = try Search(TicTacToe(), .priors(1.2), evaluator: Fixed())
    var random = Philox(seed: 3)
    // The root itself is the leaf until its moves are there.
    let first = (0..<3).compactMap { _ in search.begin(using: &random) }
    #expect(first.count == 3 && first.allSatisfy { $0.leaf == TicTacToe() })
    finish(&search, first)
    #expect(search.simulations == 3 && search.candidates.count == 9)
    let waiting = (0..<5).compactMap { _ in search.begin(using: &random) }
    #expect(Set(waiting.map(\.leaf)).count >= 3)
    finish(&search, waiting)
  }

  @Test func theEndOfTheGameNeedsNoEvaluation() throws {
    // One cell is left, which ends the game.
    let state = TicTacToe(moves: [0, 1, 2, 4, 3, 5, 7, 6])
    var search = try Search(state, .priors(1), evaluator: Fixed())
    var random = Philox(seed: 4)
    let first = search.begin(using: &random)
    finish(&search, [try #require(first)])
    for _ in 0..<10 {
      let ended = search.begin(using: &random)
      #expect(ended == nil)
    }
    #expect(search.simulations == 11 && search.candidates[0].visits == 10)
  }

  @Test func manyAtOnceFindTheBestMove() throws {
    var minimax = Minimax<TicTacToe>()
    for moves in [[0], [0, 4], [4, 0, 8], [0, 8, 2]] {
      let state = TicTacToe(moves: moves)
      var search = try TreeSearch(state, .priors(1.5), evaluator: RandomPlayouts<TicTacToe>())
      var random = Philox(seed: 5)
      for _ in 0..<2000 {
        let waiting = (0..<8).compactMap { _ in search.begin(using: &random) }
        for simulation in waiting {
          var priors = [Double](repeating: 0, count: simulation.leaf.moveCount)
          let value = search.evaluator.evaluate(simulation.leaf, priors: &priors, using: &random)
          search.finish(simulation, priors: priors, value: value)
        }
      }
      #expect(minimax.bestMoves(state).contains(try #require(search.best).move), "\(moves)")
    }
  }

  @Test func leavesAreExpandedAfterSomeEvaluations() throws {
    for visits in [1, 2, 5] {
      var search = try Search(TicTacToe(), .priors(1.2), evaluator: Fixed(), expansionVisits: visits)
      var random = Philox(seed: 6)
      search.run(simulations: 400, using: &random)
      for node in search.nodes.dropFirst() where node.visits > 0 {
        // A node without moves was visited less often, or is an end.
        #expect(node.children > 0 ? node.visits >= visits : true)
      }
      let first = search.nodes.first { $0.children > 0 && $0.visits == visits }
      #expect(first != nil || visits == 1)
      let unexpanded = search.nodes.dropFirst().filter { $0.children == 0 && $0.visits > 0 }
      if visits > 1 { #expect(unexpanded.contains { Int($0.visits) == visits - 1 }) }
    }
  }
}
