import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Choices by values, their probabilities, schedules, and tables of policies.
@Suite struct PolicyTests {
  /// The first entry is another state's.
  private static let values = [9, 1, 3, 3, -2.0]

  private func expectFrequencies(_ exploration: Exploration, _ expected: [Double], step: Int = 0) throws {
    var random = Philox(seed: 4)
    let trials = 40_000
    var counts = [Int](repeating: 0, count: 4)
    for _ in 0..<trials {
      counts[
        exploration.action(Self.values, at: 1, count: 4, visits: [], step: step, using: &random)] += 1
    }
    let probabilities = (0..<4).map {
      exploration.probability(of: $0, Self.values, at: 1, count: 4, step: step)
    }
    expectClose(probabilities, expected, tolerance: 1e-12, "\(exploration)")
    for (count, p) in try paired(counts, expected) {
      let error = (p * (1 - p) / Double(trials)).squareRoot()
      #expect((Double(count) / Double(trials) - p).magnitude <= 4 * error, "\(exploration): \(counts)")
    }
  }

  @Test func choicesHaveTheirProbabilities() throws {
    try expectFrequencies(.random, [0.25, 0.25, 0.25, 0.25])
    try expectFrequencies(.greedy, [0, 0.5, 0.5, 0])
    try expectFrequencies(.epsilonGreedy(0.2), [0.05, 0.45, 0.45, 0.05])
    try expectFrequencies(.epsilonGreedy(.linear(from: 1, to: 0, steps: 10)), [0.05, 0.45, 0.45, 0.05], step: 8)
    // exp((1 − 3) / 2) and exp((−2 − 3) / 2) against 1.
    let shares = [0.36787944117144233, 1, 1, 0.0820849986238988]
    try expectFrequencies(.softmax(temperature: 2), shares.map { $0 / shares.reduce(0, +) })
  }

  @Test func theUpperConfidenceBoundAddsItsBonus() {
    var random = Philox(seed: 1)
    let bound = Exploration.upperConfidence(2)
    // Never tried.
    #expect(bound.action(Self.values, at: 1, count: 4, visits: [0, 1, 1, 1, 0], step: 0, using: &random) == 3)
    // 1 + 2 √(ln 112 / 2) = 4.07, 3 + 2 √(ln 112 / 60) = 3.56, 3 + 2 √(ln 112 / 40) = 3.69, −2 + 2 √(ln 112 / 10) = −0.63
    #expect(bound.action(Self.values, at: 1, count: 4, visits: [0, 2, 60, 40, 10], step: 0, using: &random) == 0)
    #expect(bound.action(Self.values, at: 1, count: 4, visits: [0, 50, 60, 40, 10], step: 0, using: &random) == 2)
  }

  @Test func schedulesChangeAsTheySay() {
    let linear = Schedule.linear(from: 1, to: 0.5, steps: 10)
    expectClose([0, 5, 10, 50].map(linear.value), [1, 0.75, 0.5, 0.5], tolerance: 1e-15)
    let exponential = Schedule.exponential(from: 2, factor: 0.5, least: 0.2)
    expectClose([0, 1, 3, 9].map(exponential.value), [2, 1, 0.25, 0.2], tolerance: 1e-15)
    expectClose(
      [0, 10, 30].map(Schedule.harmonic(from: 0.8, steps: 10).value), [0.8, 0.4, 0.2], tolerance: 1e-15)
    let constant: Schedule = 0.3
    #expect(constant.value(atStep: 1_000_000) == 0.3)
  }

  @Test func settingsOutsideTheirRangeAreRefused() {
    for exploration: Exploration in [
      .epsilonGreedy(1.1), .epsilonGreedy(-0.1), .epsilonGreedy(.constant(.nan)),
      .epsilonGreedy(.linear(from: 1, to: 2, steps: 3)), .epsilonGreedy(.linear(from: 1, to: 0, steps: 0)),
      .softmax(temperature: 0), .softmax(temperature: .constant(.nan)), .upperConfidence(-1), .upperConfidence(.nan),
    ] { #expect(throws: ReinforcementFault.self, "\(exploration)") { try exploration.check() } }
    #expect(throws: Never.self) { try Exploration.epsilonGreedy(.harmonic(from: 1, steps: 5)).check() }
  }

  @Test func discountsOutsideZeroToOneAreRefused() throws {
    let model = try GridWorld.model()
    for discount in [-0.01, 1.01, .nan, .infinity] {
      func refused<T>(_ body: () throws -> T) {
        let error = #expect(throws: ReinforcementFault.self) { _ = try body() }
        #expect(error.map { "\($0)" } == "the discount is \(discount); it must be from 0 to 1")
      }
      refused { try Planner(model, discount: discount) }
      refused { try MonteCarloPrediction(stateCount: 2, discount: discount) }
      refused { try MonteCarloControl(stateCount: 2, actionCount: 2, discount: discount, .greedy) }
      refused { try OffPolicyPrediction(stateCount: 2, discount: discount, .weighted) }
      refused { try OffPolicyControl(stateCount: 2, actionCount: 2, discount: discount) }
      refused { try TemporalDifferencePrediction(stateCount: 2, stepSize: 0.1, discount: discount) }
      refused {
        try TemporalDifferenceControl(.sarsa, stateCount: 2, actionCount: 2, stepSize: 0.1, discount: discount)
      }
      refused { try LongSarsa(.steps(2), stateCount: 2, actionCount: 2, stepSize: 0.1, discount: discount) }
      refused { try LinearControl(.sarsa, OneHot(2), actionCount: 2, stepSize: 0.1, discount: discount) }
      let policy = try SoftmaxPolicy(OneHot(2), actionCount: 2)
      refused { try Reinforce(policy, stepSize: 0.1, discount: discount) }
      refused {
        try ActorCritic(policy, critic: OneHot(2), .discounted(discount), stepSize: 0.1, criticStepSize: 0.1)
      }
      refused { try TreeSearch(TicTacToe(), discount: discount) }
    }
    #expect(throws: Never.self) { try Planner(model, discount: 0) }
    #expect(throws: Never.self) { try Planner(model, discount: 1) }
  }

  @Test func tablesOfPoliciesAreChecked() throws {
    let policy = try TabularPolicy(stateCount: 2, actionCount: 2, probabilities: [0.25, 0.75, 1, 0])
    #expect(policy.actions == [1, 0] && policy.probability(of: 1, for: 0) == 0.75)
    var random = Philox(seed: 6)
    let count = (0..<20_000).count { _ in policy.action(for: 0, using: &random) == 1 }
    #expect((Double(count) / 20_000 - 0.75).magnitude < 4 * (0.1875 / 20_000).squareRoot())
    #expect((0..<1000).allSatisfy { _ in policy.action(for: 1, using: &random) == 0 })
    #expect(throws: ReinforcementFault.policySum(state: 1, sum: 0.5)) {
      try TabularPolicy(stateCount: 2, actionCount: 2, probabilities: [0.25, 0.75, 0.5, 0])
    }
    #expect(throws: ReinforcementFault.policyProbability(state: 0, action: 1, value: -1)) {
      try TabularPolicy(stateCount: 2, actionCount: 2, probabilities: [2, -1, 0.5, 0.5])
    }
    #expect(throws: ReinforcementFault.self) {
      try TabularPolicy(stateCount: 1, actionCount: 2, probabilities: [.nan, .nan])
    }
    #expect(throws: ReinforcementFault.size(table: "the table of the policy", count: 3, expected: 4)) {
      try TabularPolicy(stateCount: 2, actionCount: 2, probabilities: [1, 0, 1])
    }
  }
}
