import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Models are checked, and errors name state and action.
@Suite struct FiniteModelTests {
  /// Three states, of which the last ends the episode, and two actions.
  private static let probabilities = [
    [[0.5, 0.5, 0], [0, 0, 1]], [[0.25, 0.25, 0.5], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]],
  ]
  private static let rewards = [
    [[1.0, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]], [[0, 0, 0], [0, 0, 0]],
  ]

  private func model(_ change: (inout [[[Double]]], inout [[[Double]]]) -> Void) throws -> FiniteModel {
    var (probabilities, rewards) = (Self.probabilities, Self.rewards)
    change(&probabilities, &rewards)
    return try FiniteModel(probabilities: probabilities, rewards: rewards, terminal: [2])
  }

  @Test func tablesAreTaken() throws {
    let model = try model { _, _ in }
    #expect(model.stateCount == 3 && model.actionCount == 2 && model.isTerminal == [false, false, true])
    #expect(model.starts == [0, 1])
    #expect(
      Array(model.outcomes(of: 0, in: 1)) == [
        .init(0, reward: 7, probability: 0.25), .init(1, reward: 8, probability: 0.25),
        .init(2, reward: 9, probability: 0.5),
      ])
    #expect(model.outcomes(of: 0, in: 2).isEmpty)
    // 0.25 (7 + 0.5 · 10) + 0.25 (8 + 0.5 · 20) + 0.5 · 9
    #expect(model.value(of: 0, in: 1, discount: 0.5, values: [10, 20, 0]) == 12)
  }

  @Test func badProbabilitiesAreRefused() {
    for value in [-0.5, .nan, .infinity] {
      let error = #expect(throws: ReinforcementFault.self) { try model { p, _ in p[1][0][2] = value } }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("state 1, action 0: the probability of state 2 is \(value)"), "\(text)")
    }
    #expect(throws: ReinforcementFault.probabilitySum(state: 0, action: 1, sum: 0.75)) {
      try model { p, _ in p[0][1][2] = 0.75 }
    }
    #expect(throws: ReinforcementFault.probabilitySum(state: 0, action: 1, sum: 1.001)) {
      try model { p, _ in p[0][1] = [0.001, 0, 1] }
    }
  }

  @Test func badRewardsStatesAndTablesAreRefused() {
    #expect(throws: ReinforcementFault.reward(state: 0, action: 0, next: 1, value: .infinity)) {
      try model { _, r in r[0][0][1] = .infinity }
    }
    #expect(throws: ReinforcementFault.noAction(state: 1)) {
      try model { p, _ in p[1] = [[0, 0, 0], [0, 0, 0]] }
    }
    #expect(throws: ReinforcementFault.size(table: "the table of rewards", count: 2, expected: 3)) {
      try model { _, r in r.removeLast() }
    }
    let error = #expect(throws: ReinforcementFault.self) { try model { p, _ in p[1][1].removeLast() } }
    #expect(error.map { "\($0)".contains("state 1, action 1") } ?? false)
    #expect(throws: ReinforcementFault.nextState(state: 0, action: 0, next: 2, states: 2)) {
      try FiniteModel(stateCount: 2, actionCount: 1) { _, _ in [.init(2, reward: 0)] }
    }
    for (terminal, starts) in [([5], nil), ([1], [1]), ([], [2]), ([], []), ([0, 1], nil)] as [(Set<Int>, [Int]?)] {
      #expect(throws: ReinforcementFault.self, "\(terminal) \(starts ?? [])") {
        try FiniteModel(stateCount: 2, actionCount: 1, terminal: terminal, starts: starts) { _, _ in
          [.init(1, reward: 0)]
        }
      }
    }
    #expect(throws: ReinforcementFault.self) { try FiniteModel(stateCount: 0, actionCount: 1) { _, _ in [] } }
  }

  @Test func samplesFollowTheModel() throws {
    var environment = try ModelEnvironment(try model { _, _ in })
    var random = Philox(seed: 2)
    let count = 40_000
    var (counts, rewards, tried) = ([Int](repeating: 0, count: 3), 0.0, 0)
    while tried < count {
      if environment.reset(using: &random) != 1 { continue }
      let next = environment.step(0, using: &random)
      counts[next.observation] += 1
      rewards += next.reward
      #expect(next.isTerminal == (next.observation == 2))
      tried += 1
    }
    for (found, expected) in try paired(counts, [0.25, 0.25, 0.5]) {
      let error = (expected * (1 - expected) / Double(count)).squareRoot()
      #expect((Double(found) / Double(count) - expected).magnitude < 4 * error)
    }
    // The rewards 7, 8 and 9 have the variance 0.6875.
    #expect((rewards / Double(count) - 8.25).magnitude < 4 * (0.6875 / Double(count)).squareRoot())
  }

  @Test func environmentsOfModelsNeedEveryAction() throws {
    let gambler = try GamblersProblem.model()
    #expect(throws: ReinforcementFault.self) { try ModelEnvironment(gambler) }
  }
}

/// Environments side by side.
@Suite struct EnvironmentBatchTests {
  private func trajectory(threads: Int) throws -> [Double] {
    var batch = try EnvironmentBatch(
      try TimeLimit(CartPole(), steps: 15), count: 9, seed: 5, workers: Workers(threads: threads))
    var numbers = batch.reset().map(\.x)
    for step in 0..<60 {
      let results = batch.step((0..<9).map { ($0 + step) % 3 == 0 ? 1 : 0 })
      numbers += results.flatMap { [$0.transition.observation.z, $0.observation.w] }
    }
    return numbers
  }

  @Test func threadsChangeNothing() throws {
    let expected = try trajectory(threads: 1)
    #expect(expected.count == 9 + 60 * 18 && expected.nonemptyAllSatisfy { $0.isFinite })
    #expect(try trajectory(threads: 3) == expected)
  }

  @Test func copiesEqualSingleEnvironments() throws {
    var batch = try EnvironmentBatch(try RandomWalk(length: 5), count: 4, seed: 8)
    let first = batch.reset()
    var walks = [RandomWalk](repeating: try RandomWalk(length: 5), count: 4)
    var (ended, randoms) = (0, (0..<4).map { Philox(seed: 8, stream: UInt64($0)) })
    for index in 0..<4 { #expect(walks[index].reset(using: &randoms[index]) == first[index]) }
    for step in 0..<40 {
      let actions = (0..<4).map { ($0 * 7 + step * step) % 5 % 2 }
      let results = batch.step(actions)
      for index in 0..<4 {
        let next = walks[index].step(actions[index], using: &randoms[index])
        #expect(results[index].transition == next)
        let following = next.isLast ? walks[index].reset(using: &randoms[index]) : next.observation
        #expect(results[index].observation == following)
        if next.isLast { ended += 1 }
      }
    }
    #expect(ended > 4)
    #expect(throws: ReinforcementFault.self) { try EnvironmentBatch(CartPole(), count: 0, seed: 0) }
  }
}
