import KodamaCore
import KodamaLayers
import KodamaReinforcement
import TestSupport
import Testing

/// The best parameters of learners, by episodes that are played for it.
@Suite struct EvaluationTests {
  private func policyLearner() throws -> PolicyLearner<
    TimeLimit<CartPole>, VectorInput<SIMD4<Double>>,
    SeparateNetworks<MultilayerPerceptron, MultilayerPerceptron>,
    CategoricalActions
  > {
    try PolicyLearner(
      try TimeLimit(CartPole(), steps: 500), try poleInput(),
      SeparateNetworks(
        actor: MultilayerPerceptron("actor", [4, 16, 2]),
        critic: MultilayerPerceptron("critic", [4, 16, 1])),
      try CategoricalActions(2),
      PolicyLearnerSettings(.discounted(0.98), steps: 32, epochs: 4, learningRate: 1e-2),
      seed: 1)
  }

  @Test func theBestPolicyIsKept() throws {
    var (learner, plain) = (try policyLearner(), try policyLearner())
    #expect(learner.best == nil)
    let first = learner.policy.parameters
    learner.restoreBest()
    #expect(learner.policy.parameters == first)
    var seen: [EvaluatedParameters] = []
    var all: [(reward: Double, parameters: Parameters<Float>)] = []
    // Until it gets worse again, so that the best is not the last.
    while all.count < 6 || (all.count < 60 && all.last?.reward == learner.best?.reward) {
      try learner.iterate()
      try plain.iterate()
      let reward = try learner.evaluate(episodes: 5, seed: 900)
      let episodes = try EpisodeTotals.episodes(
        of: try TimeLimit(CartPole(), steps: 500), count: 5, seed: 900
      ) {
        try plain.policy.bestActions(for: $0)
      }
      // Learning goes on as without evaluations.
      #expect(
        learner.policy.parameters == plain.policy.parameters && reward == meanReward(episodes))
      all.append((reward, learner.policy.parameters))
      seen.append(try #require(learner.best))
      let largest = all.map(\.reward).max()!
      #expect(seen.last!.reward == largest)
      #expect(seen.last!.parameters == all.first { $0.reward == largest }!.parameters)
    }
    let best = try #require(learner.best)
    try #require(best.parameters != learner.policy.parameters, "\(all.map(\.reward))")
    #expect(best.updates < seen.count * 4 * 4 && best.updates > 0)
    learner.restoreBest()
    #expect(learner.policy.parameters == best.parameters)
    #expect(try learner.evaluate(episodes: 5, seed: 900) == best.reward)
    #expect(learner.best == best)
    #expect(throws: ReinforcementFault.self) { try learner.evaluate(episodes: 0, seed: 1) }
    #expect(try learner.evaluate(episodes: 3, seed: 1, maximumSteps: 7) == 7)
  }

  @Test func theBestValuesAreKept() throws {
    func learner() throws -> DeepQNetwork<
      TimeLimit<CartPole>, VectorInput<SIMD4<Double>>, MultilayerPerceptron
    > {
      try DeepQNetwork(
        try TimeLimit(CartPole(), steps: 500), try poleInput(),
        MultilayerPerceptron("values", [4, 16, 2], .relu),
        DeepQSettings(environments: 4, warmUp: 100, batchSize: 32, learningRate: 1e-2), seed: 1)
    }
    var (learner, plain) = (try learner(), try learner())
    var all: [(reward: Double, parameters: Parameters<Float>)] = []
    while all.count < 6 || (all.count < 60 && all.last?.reward == learner.best?.reward) {
      try learner.learn(steps: 30)
      try plain.learn(steps: 30)
      all.append((try learner.evaluate(episodes: 5, seed: 900), learner.parameters))
      #expect(
        learner.parameters == plain.parameters && learner.targetParameters == plain.targetParameters
      )
      let largest = all.map(\.reward).max()!
      #expect(learner.best?.reward == largest)
      #expect(learner.best?.parameters == all.first { $0.reward == largest }!.parameters)
    }
    let best = try #require(learner.best)
    try #require(best.parameters != learner.parameters, "\(all.map(\.reward))")
    learner.restoreBest()
    #expect(learner.parameters == best.parameters && learner.targetParameters == best.parameters)
    #expect(try learner.evaluate(episodes: 5, seed: 900) == best.reward)
  }
}
