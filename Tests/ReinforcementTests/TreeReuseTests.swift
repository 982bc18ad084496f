import KodamaCore
import TestSupport
import Testing

@testable import KodamaReinforcement

/// The tree after a move, and noise at its root.
@Suite struct TreeReuseTests {
  /// What is known of a move and of all that follows it.
  private struct Branch: Equatable {
    let move, visits: Int32
    let total, prior: Double
    let branches: [Branch]

    var count: Int { branches.reduce(1) { $0 + $1.count } }

    init<E: SearchEvaluator>(_ search: TreeSearch<E>, _ index: Int) {
      let node = search.nodes[index]
      (move, visits, total, prior) = (node.move, node.visits, node.total, node.prior)
      branches = (0..<Int(node.children)).map { Branch(search, Int(node.first) + $0) }
    }
  }

  private func expectReused<E: SearchEvaluator>(_ search: TreeSearch<E>, simulations: Int) throws
  where E.State: Equatable {
    var (search, random) = (search, Philox(seed: 3))
    search.run(simulations: simulations, using: &random)
    let former = Branch(search, 0).branches
    #expect(former.count == search.root.moveCount && former.contains { $0.branches.count > 0 })
    for (candidate, branch) in zip(search.candidates, former) {
      var (after, position) = (search, search.root)
      _ = position.play(candidate.move, using: &random)
      after.advance(by: candidate.move, to: position)
      #expect(Branch(after, 0) == branch, "move \(candidate.move)")
      #expect(after.nodes.count == branch.count && after.root == position)
      #expect(
        after.simulations == candidate.visits
          && after.candidates.map(\.visits) == branch.branches.map { Int($0.visits) })
      #expect(after.candidates.map(\.prior) == branch.branches.map(\.prior))
      // It goes on as any other tree, and alike in copies.
      var (one, two) = (after, after)
      var (first, second) = (Philox(seed: 5), Philox(seed: 5))
      one.run(simulations: 300, using: &first)
      for _ in 0..<300 { two.run(simulations: 1, using: &second) }
      #expect(one.simulations == candidate.visits + 300 && one.candidates == two.candidates)
      #expect(zip(one.candidates, after.candidates).allSatisfy { $0.visits >= $1.visits })
    }
  }

  @Test func whatIsKnownAfterAMoveIsKept() throws {
    for moves in [[], [4], [0, 4, 8]] {
      let board = TicTacToe(moves: moves)
      try expectReused(TreeSearch(board), simulations: 3000)
      try expectReused(TreeSearch(board, expansionVisits: 8), simulations: 3000)
      try expectReused(
        TreeSearch(board, .priors(1.5), evaluator: RandomPlayouts()), simulations: 3000)
    }
    try expectReused(TreeSearch(ConnectFour(moves: [3, 3, 2])), simulations: 2000)
  }

  @Test func anUnknownMoveBeginsANewTree() throws {
    var (search, random) = (try TreeSearch(TicTacToe()), Philox(seed: 1))
    search.advance(by: 4, to: TicTacToe(moves: [4]))
    #expect(
      search.simulations == 0 && search.candidates.isEmpty && search.root == TicTacToe(moves: [4]))
    search.run(simulations: 100, using: &random)
    #expect(search.candidates.count == 8 && search.simulations == 100)
  }

  @Test func oneTreeIsEnoughForAGame() throws {
    var random = Philox(seed: 15)
    for game in 0..<20 {
      var (state, outcome, search) = (TicTacToe(), 0.0, try TreeSearch(TicTacToe()))
      while state.moveCount > 0 {
        var move = state.move(at: random.integer(below: state.moveCount))
        if state.player == game % 2 {
          search.run(simulations: 2000, using: &random)
          move = try #require(search.best).move
        }
        outcome += state.play(move, using: &random)
        search.advance(by: move, to: state)
      }
      #expect(search.candidates.isEmpty && search.best == nil)
      #expect(game % 2 == 0 ? outcome >= 0 : outcome <= 0, "game \(game)")
    }
  }

  /// A card may end the game where the search has gone on.
  @Test func chanceMayEndTheGameAtTheRoot() throws {
    var (game, random) = (
      Blackjack(start: .state(Blackjack.state(sum: 20, dealer: 10, usableAce: false))),
      Philox(seed: 4)
    )
    _ = game.reset(using: &random)
    var search = try TreeSearch(EnvironmentSearch(game))
    search.run(simulations: 2000, using: &random)
    var position = search.root
    while !position.isOver {
      position = search.root
      _ = position.play(1, using: &random)
    }
    search.advance(by: 1, to: position)
    #expect(search.candidates.isEmpty && search.nodes.count == 1)
    search.run(simulations: 10, using: &random)
    #expect(search.candidates.isEmpty)
  }

  @Test func noiseIsDirichlet() {
    for concentration in [0.03, 0.3, 1, 5] {
      let (count, draws) = (4, 20_000)
      var random = Philox(seed: 8)
      var (sums, squares) = ([Double](repeating: 0, count: count), 0.0)
      for _ in 0..<draws {
        let shares = random.dirichlet(concentration, count: count)
        #expect(
          shares.count == count && shares.allSatisfy { $0 >= 0 }
            && (shares.reduce(0, +) - 1).magnitude < 1e-12)
        for index in 0..<count {
          sums[index] += shares[index] / Double(draws)
          squares += (shares[index] - 0.25) * (shares[index] - 0.25) / Double(draws * count)
        }
      }
      // The variance of a share of mean m is m (1 − m) / (n α + 1).
      let variance = 0.25 * 0.75 / (4 * concentration + 1)
      for sum in sums {
        #expect(
          (sum - 0.25).magnitude < 5 * (variance / Double(draws)).squareRoot(), "\(concentration)")
      }
      #expect(
        (squares / variance - 1).magnitude < 0.05, "\(concentration): \(squares), not \(variance)")
    }
    // Even where all variates are below the smallest number.
    var random = Philox(seed: 2)
    for _ in 0..<100 {
      let shares = random.dirichlet(1e-4, count: 5)
      #expect(shares.allSatisfy { $0 >= 0 } && (shares.reduce(0, +) - 1).magnitude < 1e-12)
    }
    #expect(random.dirichlet(1, count: 0).isEmpty && random.dirichlet(0.1, count: 1) == [1])
  }

  @Test func noiseIsMixedIntoThePriorsOfTheRoot() throws {
    let search = try TreeSearch(TicTacToe(), .priors(1.5), evaluator: RandomPlayouts())
    func priors(share: Double, seed: UInt64) throws -> [Double] {
      var (search, random) = (search, Philox(seed: seed))
      try search.addNoise(concentration: 0.3, share: share, using: &random)
      #expect(search.simulations == 1)
      return search.candidates.map(\.prior)
    }
    let noisy = try priors(share: 0.25, seed: 6)
    #expect(noisy.count == 9 && (noisy.reduce(0, +) - 1).magnitude < 1e-12)
    #expect(noisy.allSatisfy { $0 >= 0.75 / 9 - 1e-12 } && noisy.contains { $0 > 0.8 / 9 })
    #expect(try priors(share: 0.25, seed: 6) == noisy)
    #expect(try priors(share: 0.25, seed: 7) != noisy)
    expectClose(
      try priors(share: 0, seed: 6), [Double](repeating: 1.0 / 9, count: 9), tolerance: 1e-15)
    // A share of a half moves them twice as far.
    expectClose(try priors(share: 0.5, seed: 6), noisy.map { 2 * $0 - 1.0 / 9 }, tolerance: 1e-14)
    // Only at the root, and after some simulations too.
    var (later, random) = (search, Philox(seed: 9))
    later.run(simulations: 500, using: &random)
    let before = Branch(later, 0)
    try later.addNoise(concentration: 0.3, using: &random)
    let after = Branch(later, 0)
    #expect(
      after.visits == before.visits && after.branches.map(\.prior) != before.branches.map(\.prior))
    #expect(after.branches.map(\.branches) == before.branches.map(\.branches))
  }

  @Test func badNoiseIsRefused() throws {
    var (search, random) = (
      try TreeSearch(TicTacToe(), .priors(1), evaluator: RandomPlayouts()), Philox(seed: 1)
    )
    for (concentration, share) in [
      (0, 0.25), (-1, 0.25), (.nan, 0.25), (0.3, 1.5), (0.3, -0.1), (0.3, .nan),
    ] {
      #expect(throws: ReinforcementFault.self) {
        try search.addNoise(concentration: concentration, share: share, using: &random)
      }
    }
    #expect(search.simulations == 0)
  }
}
