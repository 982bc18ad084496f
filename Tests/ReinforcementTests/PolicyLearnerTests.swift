import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

/// Policies of networks that learn from environments side by side, and REINFORCE with networks.
@Suite struct PolicyLearnerTests {
  private typealias Networks = SeparateNetworks<MultilayerPerceptron, MultilayerPerceptron>

  private func networks(_ inputs: Int, _ hidden: [Int], _ outputs: Int) -> Networks {
    SeparateNetworks(
      actor: MultilayerPerceptron("actor", [inputs] + hidden + [outputs], outputScale: 0.1),
      critic: MultilayerPerceptron("critic", [inputs] + hidden + [1]))
  }

  private func poleLearner(
    _ settings: PolicyLearnerSettings, hidden: [Int] = [64, 64], seed: UInt64 = 1, threads: Int = 1
  ) throws -> PolicyLearner<TimeLimit<CartPole>, VectorInput<SIMD4<Double>>, Networks, CategoricalActions> {
    try PolicyLearner(
      try TimeLimit(CartPole(), steps: 500), try poleInput(), networks(4, hidden, 2), try CategoricalActions(2),
      settings, seed: seed, workers: Workers(threads: threads))
  }

  private func evaluate<A: ActorCriticNetwork>(
    _ policy: NetworkPolicy<VectorInput<SIMD4<Double>>, A, CategoricalActions>, _ count: Int, seed: UInt64
  ) throws -> Double {
    meanReward(
      try EpisodeTotals.episodes(of: try TimeLimit(CartPole(), steps: 500), count: count, seed: seed) {
        try policy.bestActions(for: $0)
      })
  }

  @Test func proximalOptimizationHoldsThePole() throws {
    var learner = try poleLearner(
      PolicyLearnerSettings(.discounted(0.98), decay: 0.8, steps: 32, epochs: 20, learningRate: 1e-3))
    #expect(try evaluate(learner.policy, 20, seed: 100) < 200)
    var reward = 0.0
    while reward < 490 && learner.stepCount < 40_000 {
      for _ in 0..<10 { try learner.iterate() }
      reward = try evaluate(learner.policy, 20, seed: 100)
    }
    #expect(try evaluate(learner.policy, 40, seed: 200) >= 475, "after \(learner.stepCount) steps")
  }

  /// With errors of one step, and with generalized advantages. Random play lasts 22 steps.
  @Test(arguments: [0, 0.95]) func actorAndCriticLearnToHoldThePole(_ decay: Double) throws {
    var learner = try poleLearner(
      .actorCritic(decay: decay, steps: decay == 0 ? 8 : 16, learningRate: 2e-3, entropyFactor: 0))
    var reward = 0.0
    while reward < 300 && learner.stepCount < 100_000 {
      for _ in 0..<50 { try learner.iterate() }
      reward = try evaluate(learner.policy, 20, seed: 100)
    }
    #expect(reward >= 300)
  }

  @Test(arguments: [true, false]) func reinforceLearnsToHoldThePole(_ hasBaseline: Bool) throws {
    func learn<A: ActorCriticNetwork>(_ network: A) throws -> Double {
      var learner = try NetworkReinforce(
        try TimeLimit(CartPole(), steps: 500), try poleInput(), network, try CategoricalActions(2),
        NetworkReinforceSettings(discount: 0.99, learningRate: 1e-2), seed: 1)
      var reward = 0.0
      while reward < 150 && learner.updateCount < 120 { reward = try learner.iterate().meanReward ?? 0 }
      return reward
    }
    let reward =
      hasBaseline
      ? try learn(networks(4, [32], 2))
      : try learn(ActorOnly(MultilayerPerceptron("actor", [4, 32, 2], outputScale: 0.1)))
    #expect(reward >= 150)
  }

  /// Cut off after 3 steps, the value of a reward of 1 at each step is still 1 / (1 − γ).
  @Test(arguments: [0, 0.7]) func theValueGoesOnWhereAnEpisodeIsCutOff(_ decay: Double) throws {
    var learner = try PolicyLearner(
      try TimeLimit(EndlessReward(), steps: 3), OneHot(1), networks(1, [], 2), try CategoricalActions(2),
      PolicyLearnerSettings(
        .discounted(0.8), decay: decay, environments: 2, steps: 4, epochs: 1, batchSize: .max,
        learningRate: .linear(from: 0.05, to: 0.002, steps: 800)), seed: 1)
    for _ in 0..<1000 { try learner.iterate() }
    expectClose(try learner.policy.values(of: [0]), [5], tolerance: 0.01)
  }

  /// Staying in the first room earns 0.3, going round by the second 1 for two steps.
  @Test func theAverageRewardIsMadeLarge() throws {
    let model = try FiniteModel(stateCount: 2, actionCount: 2, starts: [0]) { state, action in
      state == 0
        ? [action == 0 ? .init(0, reward: 0.3) : .init(1, reward: 0)] : [.init(0, reward: action == 0 ? 1 : 0.2)]
    }
    var learner = try PolicyLearner(
      try ModelEnvironment(model), OneHot(2), networks(2, [8], 2), try CategoricalActions(2),
      PolicyLearnerSettings(
        .averageReward(stepSize: 0.1), decay: 0.9, environments: 4, steps: 32, epochs: 4, batchSize: 64,
        learningRate: 1e-2), seed: 1)
    for _ in 0..<150 { try learner.iterate() }
    #expect(learner.policy.probability(of: 1, for: 0) > 0.95 && learner.policy.probability(of: 0, for: 1) > 0.95)
    #expect((learner.averageReward - 0.5).magnitude < 0.03)
    // The second room is worth half a reward more.
    let values = try learner.policy.values(of: [0, 1])
    #expect((values[1] - values[0] - 0.5).magnitude < 0.1)
  }

  @Test func continuousActionsAreLearned() throws {
    let point = try TimeLimit(PointOnALine(), steps: 8)
    var learner = try PolicyLearner(
      point, VectorInput(), networks(2, [16], 2), try GaussianActions(1),
      PolicyLearnerSettings(
        .discounted(0.95), environments: 8, steps: 32, epochs: 10, batchSize: 128, learningRate: 3e-3), seed: 1)
    func reward() throws -> Double {
      meanReward(
        try EpisodeTotals.episodes(of: point, count: 20, seed: 9) { try learner.policy.bestActions(for: $0) })
    }
    // Not moving costs 8.
    #expect(try reward() < -5)
    for _ in 0..<60 { try learner.iterate() }
    // The best first push p costs (1 − p)² + 0.1 p² and little later: about 0.11 in all.
    #expect(try reward() > -0.3)
  }

  @Test func theFactorOfTheDivergenceFollowsItsTarget() throws {
    var learner = try poleLearner(
      PolicyLearnerSettings(
        .discounted(0.98), .ratio, decay: 0.8, steps: 32, epochs: 10, learningRate: 3e-3, divergenceFactor: 1,
        divergenceTarget: 0.005), hidden: [32])
    var (factor, changes) = (1.0, Set<Double>())
    for _ in 0..<20 {
      let divergence = try learner.iterate().divergence
      #expect(divergence >= 0)
      let change = divergence < 0.005 / 1.5 ? 0.5 : divergence > 0.005 * 1.5 ? 2 : 1
      changes.insert(change)
      factor *= change
      #expect(learner.divergenceFactor == factor)
    }
    #expect(changes.isSuperset(of: [0.5, 2]))
  }

  @Test func aPenaltyKeepsThePolicyNearTheFormerOne() throws {
    func divergence(_ factor: Double) throws -> Double {
      var learner = try poleLearner(
        PolicyLearnerSettings(
          .discounted(0.98), .ratio, decay: 0.8, steps: 32, epochs: 10, learningRate: 3e-3, divergenceFactor: factor),
        hidden: [32])
      return try (0..<20).reduce(0) { sum, _ in sum + (try learner.iterate().divergence) / 20 }
    }
    let (free, bound) = (try divergence(0), try divergence(20))
    #expect(bound > 0 && bound < free / 2)
  }

  @Test func entropyKeepsThePolicyOpen() throws {
    func entropy(_ factor: Double) throws -> Double {
      var learner = try poleLearner(
        PolicyLearnerSettings(steps: 32, epochs: 10, learningRate: 3e-3, entropyFactor: factor), hidden: [16])
      for _ in 0..<19 { try learner.iterate() }
      return try learner.iterate().entropy
    }
    #expect(try entropy(2) > (try entropy(0)) + 0.05)
  }

  @Test func equalSeedsGiveEqualBits() throws {
    let settings = PolicyLearnerSettings(steps: 40, epochs: 2, entropyFactor: 0.01, divergenceFactor: 0.1)
    var learners = [
      try poleLearner(settings), try poleLearner(settings, threads: 3), try poleLearner(settings, seed: 2),
    ]
    for index in learners.indices { for _ in 0..<3 { try learners[index].iterate() } }
    #expect(learners[0].policy.parameters == learners[1].policy.parameters)
    #expect(learners[0].policy.parameters != learners[2].policy.parameters)
    let reinforced = try [(UInt64(1), 1), (1, 3), (2, 1)].map { seed, threads in
      var learner = try NetworkReinforce(
        try TimeLimit(CartPole(), steps: 500), try poleInput(), networks(4, [16], 2), try CategoricalActions(2),
        seed: seed, workers: Workers(threads: threads))
      for _ in 0..<3 { try learner.iterate() }
      return learner.policy.parameters
    }
    #expect(reinforced[0] == reinforced[1] && reinforced[0] != reinforced[2])
  }

  @Test func reportsAreThoseOfTheEpisodes() throws {
    var learner = try poleLearner(PolicyLearnerSettings(environments: 3, steps: 100, epochs: 1), hidden: [8])
    let reports = try (0..<3).map { _ in try learner.iterate() }
    let episodes = reports.flatMap(\.episodes)
    #expect(learner.stepCount == 900 && learner.iterationCount == 3)
    #expect(episodes.count > 9 && episodes.allSatisfy { $0.reward == Double($0.steps) })
    let steps = episodes.reduce(0) { $0 + $1.steps }
    #expect(steps <= 900 && steps > 600)
    #expect(reports[0].entropy > 0.65 && reports[0].entropy <= 0.6932 && reports[0].loss.isFinite)
    // As a policy of the module: it takes both actions, and its probabilities sum to 1.
    var (policy, random, pole, episode) = (learner.policy, Philox(seed: 1), CartPole(), Episode<SIMD4<Double>>())
    episode.record(&pole, following: policy, maximumSteps: 200, using: &random)
    #expect(Set(episode.actions) == [0, 1])
    let sum = policy.probability(of: 0, for: .zero) + policy.probability(of: 1, for: .zero)
    #expect((sum - 1).magnitude < 1e-12)
    policy.parameters["actor.2.bias"] = Tensor([2], [50, 0])
    #expect(try policy.actions(for: [.zero, .zero], using: &random) == [0, 0])
  }

  @Test func whatIsNotFiniteIsRefused() throws {
    func learn(_ environment: Overflowing, reinforce: Bool) throws {
      let network = networks(2, [], 2)
      if reinforce {
        var learner = try NetworkReinforce(environment, VectorInput(), network, try CategoricalActions(2), seed: 1)
        try learner.iterate()
      } else {
        var learner = try PolicyLearner(
          environment, VectorInput(), network, try CategoricalActions(2), PolicyLearnerSettings(), seed: 1)
        try learner.iterate()
      }
    }
    for reinforce in [false, true] {
      #expect(throws: ReinforcementFault.observation(number: 1, value: .infinity)) {
        try learn(Overflowing(hasInfiniteReward: false), reinforce: reinforce)
      }
      #expect(throws: ReinforcementFault.stepReward(-.infinity)) {
        try learn(Overflowing(hasInfiniteReward: true), reinforce: reinforce)
      }
    }
  }

  @Test(arguments: [
    PolicyLearnerSettings(.discounted(1.5)), PolicyLearnerSettings(.discounted(.nan)),
    PolicyLearnerSettings(.averageReward(stepSize: 0)), PolicyLearnerSettings(.discounted(0.9), .clippedRatio(0)),
    PolicyLearnerSettings(.discounted(0.9), .clippedRatio(.nan)), PolicyLearnerSettings(decay: -0.1),
    PolicyLearnerSettings(decay: .nan), PolicyLearnerSettings(environments: 0), PolicyLearnerSettings(steps: 0),
    PolicyLearnerSettings(epochs: 0), PolicyLearnerSettings(batchSize: 0), PolicyLearnerSettings(learningRate: 0),
    PolicyLearnerSettings(learningRate: .constant(.nan)), PolicyLearnerSettings(valueFactor: -1),
    PolicyLearnerSettings(entropyFactor: .nan), PolicyLearnerSettings(divergenceFactor: .infinity),
    PolicyLearnerSettings(divergenceTarget: 0), PolicyLearnerSettings(gradientNorm: 0),
  ])
  func badSettingsAreRefused(_ settings: PolicyLearnerSettings) throws {
    #expect(throws: ReinforcementFault.self) { try poleLearner(settings) }
  }

  @Test(arguments: [
    NetworkReinforceSettings(discount: 2), NetworkReinforceSettings(episodes: 0),
    NetworkReinforceSettings(maximumSteps: 0), NetworkReinforceSettings(learningRate: .constant(.nan)),
    NetworkReinforceSettings(valueFactor: -1), NetworkReinforceSettings(entropyFactor: .nan),
    NetworkReinforceSettings(gradientNorm: 0),
  ])
  func badSettingsOfReinforceAreRefused(_ settings: NetworkReinforceSettings) throws {
    #expect(throws: ReinforcementFault.self) {
      try NetworkReinforce(
        EndlessReward(), OneHot(1), networks(1, [], 2), try CategoricalActions(2), settings, seed: 1)
    }
  }
}
