import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

@Suite struct DeepQNetworkTests {
  private typealias PoleLearner = DeepQNetwork<TimeLimit<CartPole>, VectorInput<SIMD4<Double>>, MultilayerPerceptron>

  private func poleLearner(_ settings: DeepQSettings, seed: UInt64 = 1, threads: Int = 1) throws -> PoleLearner {
    try DeepQNetwork(
      try TimeLimit(CartPole(), steps: 500), try poleInput(), MultilayerPerceptron("values", [4, 64, 64, 2], .relu),
      settings, seed: seed, workers: Workers(threads: threads))
  }

  @Test func theMemoryHoldsTheLastTransitions() throws {
    var (memory, random) = (try ReplayMemory(capacity: 10, inputs: 2), Philox(seed: 1))
    for step in 0..<25 {
      let x = Float(step)
      memory.append([x, -x], step, reward: Double(step) / 2, next: [x + 1, 0], isTerminal: step % 2 == 1)
      #expect(memory.count == min(10, step + 1))
    }
    let batch = memory.sample(20_000, using: &random)
    var counts = [Int](repeating: 0, count: 25)
    for row in 0..<batch.count {
      let step = batch.actions[row]
      counts[step] += 1
      #expect(batch.observations[2 * row..<2 * row + 2] == [Float(step), -Float(step)])
      #expect(batch.nextObservations[2 * row..<2 * row + 2] == [Float(step + 1), 0])
      #expect(batch.rewards[row] == Double(step) / 2 && batch.isTerminal[row] == (step % 2 == 1))
    }
    #expect(counts[..<15].allSatisfy { $0 == 0 })
    // Five standard deviations of a binomial count.
    let deviation = (20_000 * 0.1 * 0.9).squareRoot()
    #expect(counts[15...].allSatisfy { (Double($0) - 2000).magnitude < 5 * deviation })
    var (one, other) = (Philox(seed: 9), Philox(seed: 9))
    #expect(memory.sample(50, using: &one) == memory.sample(50, using: &other))
    #expect(memory.sample(50, using: &one) != batch)
  }

  @Test func targetsAreThoseOfTheEquations() throws {
    var settings = DeepQSettings(target: .copied(every: 1_000_000), environments: 4, warmUp: 100, batchSize: 32)
    for isDouble in [false, true] {
      settings.isDouble = isDouble
      let before = try poleLearner(settings)
      var learner = before
      try learner.learn(steps: 100)
      #expect(learner.updateCount > 200 && learner.targetParameters == before.parameters)
      #expect(learner.parameters != before.parameters)
      var random = Philox(seed: 3)
      let batch = learner.memory.sample(100, using: &random)
      #expect(batch.isTerminal.contains(true) && batch.isTerminal.contains(false))
      let scale: [Double] = [2.4, 3, 0.21, 3]
      let after = (0..<100).map { row in
        SIMD4((0..<4).map { Double(batch.nextObservations[4 * row + $0]) * scale[$0] })
      }
      let (old, new) = (try before.values(for: after), try learner.values(for: after))
      let expected = (0..<100).map { row in
        if batch.isTerminal[row] { return 1.0 }
        let choosing = isDouble ? new : old
        let action = choosing[2 * row + 1] > choosing[2 * row] ? 1 : 0
        return 1 + 0.99 * Double(old[2 * row + action])
      }
      expectClose(learner.targets(of: batch), expected, tolerance: 1e-5)
    }
  }

  @Test func theTargetNetworkFollows() throws {
    var settings = DeepQSettings(target: .copied(every: 10), warmUp: 32, batchSize: 32)
    var learner = try poleLearner(settings)
    try learner.learn(steps: 31 + 10)
    #expect(learner.updateCount == 10 && learner.targetParameters == learner.parameters)
    try learner.learn(steps: 1)
    #expect(learner.targetParameters != learner.parameters)
    settings.target = .averaged(0.25)
    var other = try poleLearner(settings)
    let first = other.parameters
    try other.learn(steps: 32)
    #expect(other.updateCount == 1)
    let name = "values.1.weight"
    let expected = zip(first[name].elements, other.parameters[name].elements).map { 0.75 * $0 + 0.25 * $1 }
    expectClose(other.targetParameters[name].elements, expected, tolerance: 1e-6)
  }

  @Test func theLossHasItsGradient() throws {
    let network = MultilayerPerceptron("values", [3, 6, 2])
    var (batch, random) = (ReplayMemory.Batch(), Philox(seed: 2))
    for row in 0..<6 {
      for _ in 0..<3 { batch.observations.append(Float(random.normal())) }
      batch.actions.append(row % 2)
    }
    expectGradients(Parameters(network.declarations, seed: 5)) { pass in
      DeepQNetwork<EndlessReward, OneHot, MultilayerPerceptron>.loss(
        of: batch, targets: [0, 1, -3, 0.2, 2, -0.1], network, threshold: 0.7, pass)
    }
  }

  /// An episode that is cut off goes on: the value of a reward of 1 at each step is 1 / (1 − γ).
  @Test func theValueGoesOnWhereAnEpisodeIsCutOff() throws {
    var learner = try DeepQNetwork(
      try TimeLimit(EndlessReward(), steps: 3), OneHot(1), MultilayerPerceptron("values", [1, 2]),
      DeepQSettings(
        discount: 0.8, exploration: .random, target: .averaged(0.1), warmUp: 32, batchSize: 16,
        learningRate: .linear(from: 0.05, to: 0.001, steps: 1500)),
      seed: 1)
    try learner.learn(steps: 2000)
    expectClose(try learner.values(for: [0]), [5, 5], tolerance: 0.01)
  }

  @Test func learnsTheChainWithAReward() throws {
    var learner = try DeepQNetwork(
      try RandomWalk(length: 5), OneHot(7), MultilayerPerceptron("values", [7, 16, 2]),
      DeepQSettings(
        discount: 0.9, exploration: .epsilonGreedy(0.5), target: .copied(every: 50), warmUp: 64, batchSize: 32,
        stepsPerUpdate: 2, learningRate: 5e-3), seed: 2)
    try learner.learn(steps: 4000)
    #expect(try learner.bestActions(for: Array(1...5)) == [1, 1, 1, 1, 1])
    let values = try learner.values(for: Array(1...5))
    let expected = [0.6561, 0.729, 0.81, 0.9, 1]
    expectClose((0..<5).map { values[2 * $0 + 1] }, expected, tolerance: 0.05)
  }

  @Test func holdsThePole() throws {
    let pole = try TimeLimit(CartPole(), steps: 500)
    var learner = try poleLearner(
      DeepQSettings(
        discount: 0.98, exploration: .epsilonGreedy(.linear(from: 1, to: 0.04, steps: 8000)), target: .averaged(0.005),
        environments: 8, batchSize: 128, learningRate: 5e-4), seed: 1)
    func evaluate(_ count: Int, seed: UInt64) throws -> Double {
      meanReward(
        try EpisodeTotals.episodes(of: pole, count: count, seed: seed) { try learner.bestActions(for: $0) })
    }
    #expect(try evaluate(20, seed: 100) < 200)
    var reward = 0.0
    while reward < 490 && learner.stepCount < 30_000 {
      try learner.learn(steps: 32)
      reward = try evaluate(20, seed: 100)
    }
    #expect(try evaluate(40, seed: 200) >= 475, "after \(learner.stepCount) steps")
  }

  @Test func equalSeedsGiveEqualBits() throws {
    var settings = DeepQSettings(environments: 4, warmUp: 100, batchSize: 64)
    var learners = [
      try poleLearner(settings), try poleLearner(settings, threads: 3), try poleLearner(settings, seed: 2),
    ]
    for index in learners.indices { try learners[index].learn(steps: 60) }
    #expect(learners[0].parameters == learners[1].parameters && learners[0].updateCount > 100)
    #expect(learners[0].parameters != learners[2].parameters)
    // In parts as at once.
    var parts = try poleLearner(settings)
    for _ in 0..<6 { try parts.learn(steps: 10) }
    #expect(parts.parameters == learners[0].parameters)
    settings.environments = 3
    var others = try poleLearner(settings)
    try others.learn(steps: 80)
    #expect(others.parameters != learners[0].parameters)
  }

  @Test func whatIsNotFiniteIsRefused() throws {
    func learn(_ environment: Overflowing) throws {
      var learner = try DeepQNetwork(
        environment, VectorInput(), MultilayerPerceptron("values", [2, 2]), seed: 1)
      try learner.learn(steps: 10)
    }
    #expect(throws: ReinforcementFault.observation(number: 1, value: .infinity)) {
      try learn(Overflowing(hasInfiniteReward: false))
    }
    #expect(throws: ReinforcementFault.stepReward(-.infinity)) { try learn(Overflowing(hasInfiniteReward: true)) }
  }

  @Test(arguments: [
    DeepQSettings(discount: 1.1), DeepQSettings(discount: .nan), DeepQSettings(exploration: .upperConfidence(1)),
    DeepQSettings(exploration: .epsilonGreedy(2)), DeepQSettings(target: .copied(every: 0)),
    DeepQSettings(target: .averaged(0)), DeepQSettings(target: .averaged(.nan)), DeepQSettings(environments: 0),
    DeepQSettings(capacity: 0), DeepQSettings(capacity: 50, warmUp: 51), DeepQSettings(batchSize: 0),
    DeepQSettings(stepsPerUpdate: 0), DeepQSettings(learningRate: 0), DeepQSettings(learningRate: .constant(.nan)),
    DeepQSettings(errorThreshold: 0), DeepQSettings(gradientNorm: .infinity),
  ])
  func badSettingsAreRefused(_ settings: DeepQSettings) throws {
    #expect(throws: ReinforcementFault.self) { try poleLearner(settings) }
  }

  @Test func networksThatDoNotFitAreRefused() throws {
    #expect(throws: ReinforcementFault.size(table: "an input row of the network", count: 4, expected: 1)) {
      try DeepQNetwork(EndlessReward(), OneHot(1), MultilayerPerceptron("values", [4, 2]), seed: 1)
    }
    #expect(throws: ReinforcementFault.size(table: "an output row of the network", count: 3, expected: 2)) {
      try DeepQNetwork(EndlessReward(), OneHot(1), MultilayerPerceptron("values", [1, 3]), seed: 1)
    }
    #expect(throws: ReinforcementFault.self) { try ReplayMemory(capacity: 0, inputs: 1) }
    #expect(throws: ReinforcementFault.self) { try VectorInput(center: .zero, scale: SIMD2<Double>(1, 0)) }
    #expect(throws: ReinforcementFault.self) { try VectorInput(center: SIMD2<Double>(.nan, 0), scale: SIMD2(1, 1)) }
  }
}
