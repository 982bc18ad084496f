import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Policy gradients, held to the enumeration of all trajectories and to Sutton and Barto's chapter 13.
@Suite struct PolicyGradientTests {
  private static let discount = 0.9

  /// Features that states share, so that the policy is no table.
  private struct Shared: LinearFeatures {
    let count = 3
    static let rows: [[Double]] = [[1, 0.5, -1], [0.25, 1, 0], [-0.5, 0.75, 1], [1, -1, 0.5], [0, 0, 0]]

    func dot(_ weights: [Double], at first: Int, _ state: Int) -> Double {
      (0..<3).reduce(0) { $0 + weights[first + $1] * Self.rows[state][$1] }
    }
    func add(_ scale: Double, to weights: inout [Double], at first: Int, _ state: Int) {
      for index in 0..<3 { weights[first + index] += scale * Self.rows[state][index] }
    }
  }

  private func policy<F: LinearFeatures>(_ features: F) throws -> SoftmaxPolicy<F> {
    var (policy, random) = (try SoftmaxPolicy(features, actionCount: 2), Philox(seed: 8))
    for index in policy.parameters.indices { policy.parameters[index] = random.normal() }
    return policy
  }

  /// The exact values of the states under a policy.
  private func values<F: LinearFeatures>(_ policy: SoftmaxPolicy<F>) throws -> [Double] where F.Observation == Int {
    let table = (0..<5).flatMap { policy.probabilities($0) }
    return try Planner(try FiniteModel.threeSteps(), discount: Self.discount).values(
      of: TabularPolicy(stateCount: 5, actionCount: 2, probabilities: table))
  }

  /// The gradient of the value of state 0 by central differences.
  private func differences<F: LinearFeatures>(_ policy: SoftmaxPolicy<F>) throws -> [Double]
  where F.Observation == Int {
    try policy.parameters.indices.map { index in
      var (up, down) = (policy, policy)
      up.parameters[index] += 1e-5
      down.parameters[index] -= 1e-5
      return (try values(up)[0] - (try values(down)[0])) / 2e-5
    }
  }

  /// One trajectory with its probability.
  private struct Trajectory {
    var probability = 1.0
    var episode = Episode<Int>()
    var transitions: [Transition<Int>] = []
  }

  private func trajectories<P: Policy>(_ policy: P) throws -> [Trajectory] where P.Observation == Int {
    let model = try FiniteModel.threeSteps()
    var (open, ended) = ([(0, Trajectory())], [Trajectory]())
    while let (state, sofar) = open.popLast() {
      for action in 0..<2 {
        for outcome in model.outcomes(of: action, in: state) {
          var longer = sofar
          longer.probability *= policy.probability(of: action, for: state) * outcome.probability
          longer.episode.observations.append(state)
          longer.episode.actions.append(action)
          longer.episode.rewards.append(outcome.reward)
          let isLast = model.isTerminal[outcome.state]
          longer.transitions.append(
            Transition(outcome.state, reward: outcome.reward, ending: isLast ? .terminal : .none))
          if isLast { ended.append(longer) } else { open.append((outcome.state, longer)) }
        }
      }
    }
    return ended
  }

  private func expectReinforceIsExact<F: LinearFeatures>(_ features: F) throws where F.Observation == Int {
    let policy = try policy(features)
    let all = try trajectories(policy)
    #expect((all.reduce(0) { $0 + $1.probability } - 1).magnitude < 1e-12)
    let plain = try Reinforce(policy, stepSize: 0.1, discount: Self.discount)
    var based = try Reinforce(
      policy, stepSize: 0.1, discount: Self.discount, baseline: OneHot(5), baselineStepSize: 0.1)
    based.baseline.weights = [0.3, -2, 5, 1, 7]
    var sums = [[Double](repeating: 0, count: policy.parameters.count), [], []]
    (sums[1], sums[2]) = (sums[0], sums[0])
    for trajectory in all {
      let (one, two) = (plain.gradient(of: trajectory.episode), based.gradient(of: trajectory.episode))
      for index in one.indices {
        sums[0][index] += trajectory.probability * one[index]
        sums[1][index] += trajectory.probability * two[index]
      }
    }
    let expected = try differences(policy)
    expectClose(sums[0], expected, tolerance: 1e-6, "without a baseline")
    expectClose(sums[1], expected, tolerance: 1e-6, "with a baseline")
  }

  @Test func reinforceIsUnbiased() throws {
    try expectReinforceIsExact(OneHot(5))
    try expectReinforceIsExact(Shared())
  }

  /// With the exact values as its critic, the actor's mean step is the gradient, whatever the traces.
  @Test(arguments: [0, 0.6, 1]) func actorCriticIsUnbiasedWithTheTrueCritic(_ decay: Double) throws {
    let policy = try policy(Shared())
    let step = 1e-7
    // The critic stands still.
    var method = try ActorCritic(
      policy, critic: OneHot(5), .discounted(Self.discount), stepSize: step, criticStepSize: 1e-300,
      traceDecay: decay)
    method.critic.weights = try values(policy)
    var sum = [Double](repeating: 0, count: policy.parameters.count)
    for trajectory in try trajectories(policy) {
      var (learner, weight) = (method, 1.0)
      learner.clearTraces()
      for (index, next) in trajectory.transitions.enumerated() {
        learner.learn(trajectory.episode.observations[index], trajectory.episode.actions[index], next, weight: weight)
        weight *= Self.discount
      }
      for index in sum.indices {
        sum[index] += trajectory.probability * (learner.policy.parameters[index] - policy.parameters[index]) / step
      }
    }
    expectClose(sum, try differences(policy), tolerance: 1e-5)
  }

  /// Two steps, of which the second has a reward of 1: what traces carry back is γ λ.
  @Test func tracesDecayByDiscountAndLambda() throws {
    var method = try ActorCritic(
      try SoftmaxPolicy(OneHot(3), actionCount: 2), critic: OneHot(3), .discounted(0.9), stepSize: 0.1,
      criticStepSize: 0.2, traceDecay: 0.5, criticTraceDecay: 0.25)
    method.learn(0, 0, Transition(1, reward: 0), weight: 1)
    #expect(method.policy.parameters.allSatisfy { $0 == 0 } && method.critic.weights.allSatisfy { $0 == 0 })
    method.learn(1, 0, Transition(2, reward: 1, ending: .terminal), weight: 0.9)
    // ∇ ln π is 0.5 for the action taken and −0.5 for the other: 0.1 · 0.45 · 0.5, and 0.1 · 0.9 · 0.5.
    expectClose(method.policy.parameters, [0.0225, 0.045, 0, -0.0225, -0.045, 0], tolerance: 1e-14)
    expectClose(method.critic.weights, [0.2 * 0.9 * 0.25, 0.2, 0], tolerance: 1e-14)
  }

  @Test func logarithmsHaveTheirGradients() throws {
    let policy = try policy(Shared())
    for state in 0..<4 {
      for action in 0..<2 {
        var gradient = [Double](repeating: 0, count: 6)
        policy.addGradient(ofLogarithmOf: action, for: state, scale: 2, to: &gradient)
        let p = policy.probability(of: action, for: state)
        let differences = (0..<6).map { index in
          var (up, down) = (policy, policy)
          up.parameters[index] += 1e-5
          down.parameters[index] -= 1e-5
          let change = up.probability(of: action, for: state) - down.probability(of: action, for: state)
          return 2 * change / 2e-5 / p
        }
        expectClose(gradient, differences, tolerance: 1e-8)
      }
    }
    // Preferences far apart do not overflow.
    var extreme = policy
    extreme.parameters = [1e4, 1e4, 1e4, -1e4, -1e4, -1e4]
    let shares = extreme.probabilities(0)
    #expect(shares.allSatisfy { $0.isFinite } && shares.reduce(0, +) == 1)
  }

  /// The mean reward of each episode of runs on the short corridor, from a policy that moves right in one of 20 steps.
  private func corridor<F: LinearFeatures>(
    _ method: Reinforce<SoftmaxPolicy<OneHot>, F>, runs: Int = 100
  ) -> [Double] where F.Observation == Int {
    let parts = Workers.all.map(parts: runs) { run in
      var (method, corridor, random) = (method, ShortCorridor(), Philox(seed: 60, stream: UInt64(run)))
      return (0..<1000).map { _ in method.playEpisode(&corridor, maximumSteps: 1000, using: &random).reward }
    }
    return (0..<1000).map { episode in parts.reduce(0) { $0 + $1[episode] } / Double(runs) }
  }

  @Test func reinforceLearnsTheShortCorridor() throws {
    var policy = try SoftmaxPolicy(OneHot(1), actionCount: 2)
    // ln 19 apart: 0.95 against 0.05.
    policy.parameters = [1.472219489583220, -1.472219489583220]
    #expect((policy.probability(of: 0, for: 0) - 0.95).magnitude < 1e-12)
    let plain = corridor(try Reinforce(policy, stepSize: 0x1p-13, discount: 1))
    let based = corridor(
      try Reinforce(policy, stepSize: 0x1p-9, discount: 1, baseline: OneHot(1), baselineStepSize: 0x1p-6))
    func mean(_ rewards: ArraySlice<Double>) -> Double { rewards.reduce(0, +) / Double(rewards.count) }
    // −2 (3 + 2 √2) = −11.66 is best; episodes deviate by about 10.
    #expect(mean(based[900...]) > -12.3 && mean(based[900...]) < -11.4)
    #expect(mean(plain[900...]) > -14 && mean(plain[900...]) < -11.4)
    #expect(mean(based[..<100]) > mean(plain[..<100]) + 4 * 20 / 100)
    #expect(mean(based[100..<400]) > mean(plain[100..<400]))
  }

  /// Only the whole return tells states apart that look alike: λ is 1.
  @Test func actorAndCriticLearnTheShortCorridor() throws {
    let method = try ActorCritic(
      try SoftmaxPolicy(OneHot(1), actionCount: 2), critic: OneHot(1), .discounted(1), stepSize: 0x1p-11,
      criticStepSize: 0x1p-8, traceDecay: 1, criticTraceDecay: 1)
    let (mean, right) = (0..<20).reduce(into: (0.0, 0.0)) { sums, run in
      var (method, corridor, random) = (method, ShortCorridor(), Philox(seed: 61, stream: UInt64(run)))
      for episode in 0..<3000 {
        let reward = method.playEpisode(&corridor, maximumSteps: 1000, using: &random).reward
        if episode >= 2500 { sums.0 += reward / 500 / 20 }
      }
      sums.1 += method.policy.probability(of: 1, for: 0) / 20
    }
    #expect(mean > -12.3 && mean < -11.4)
    #expect((right - (2 - 2.0.squareRoot())).magnitude < 0.05)
  }

  @Test(arguments: [0, 0.8]) func actorAndCriticWalkToTheReward(_ decay: Double) throws {
    var method = try ActorCritic(
      try SoftmaxPolicy(OneHot(11), actionCount: 2), critic: OneHot(11), .discounted(0.9), stepSize: 0.2,
      criticStepSize: 0.2, traceDecay: decay, criticTraceDecay: decay)
    var (walk, random) = (try RandomWalk(length: 9), Philox(seed: 62))
    for _ in 0..<3000 { method.playEpisode(&walk, using: &random) }
    #expect((5...9).allSatisfy { method.policy.probability(of: 1, for: $0) > 0.9 })
    // Five steps to the right, of which the last has the reward 1.
    #expect(method.critic(5) > 0.5 && method.critic(5) < 0.6562)
  }

  /// Two rooms: staying in the first earns 0.3, going round by the second 1 for two steps.
  @Test func theAverageRewardIsMadeLarge() throws {
    let model = try FiniteModel(stateCount: 2, actionCount: 2, starts: [0]) { state, action in
      state == 0
        ? [action == 0 ? .init(0, reward: 0.3) : .init(1, reward: 0)] : [.init(0, reward: action == 0 ? 1 : 0.2)]
    }
    for decay in [0, 0.5] {
      var method = try ActorCritic(
        try SoftmaxPolicy(OneHot(2), actionCount: 2), critic: OneHot(2), .averageReward(stepSize: 0.01),
        stepSize: 0.02, criticStepSize: 0.05, traceDecay: decay, criticTraceDecay: decay)
      var (environment, random) = (try ModelEnvironment(model), Philox(seed: 5))
      method.playEpisode(&environment, maximumSteps: 100_000, using: &random)
      let totals = method.playEpisode(&environment, maximumSteps: 10_000, using: &random)
      #expect(totals.reward / 10_000 > 0.48 && totals.reward <= 5001)
      #expect((method.averageReward - 0.5).magnitude < 0.03)
      // The second room is worth half a reward more.
      #expect((method.critic.weights[1] - method.critic.weights[0] - 0.5).magnitude < 0.1)
    }
  }

  @Test func badSettingsAreRefused() throws {
    let policy = try SoftmaxPolicy(OneHot(2), actionCount: 2)
    #expect(throws: ReinforcementFault.self) { try SoftmaxPolicy(OneHot(2), actionCount: 0) }
    #expect(throws: ReinforcementFault.self) { try Reinforce(policy, stepSize: 0, discount: 1) }
    #expect(throws: ReinforcementFault.self) { try Reinforce(policy, stepSize: .nan, discount: 1) }
    #expect(throws: ReinforcementFault.self) {
      try ActorCritic(
        policy, critic: OneHot(2), .averageReward(stepSize: 0), stepSize: 0.1, criticStepSize: 0.1)
    }
    #expect(throws: ReinforcementFault.self) {
      try ActorCritic(
        policy, critic: OneHot(2), .discounted(1), stepSize: 0.1, criticStepSize: 0.1, traceDecay: 1.5)
    }
  }
}
