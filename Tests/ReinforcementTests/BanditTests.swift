import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// The ten-armed testbed of Sutton and Barto's chapter 2, and bandits with contexts.
@Suite struct BanditTests {
  /// The mean share of the best arm, or the mean reward, over the last 100 of 1,000 pulls.
  private func last(_ series: [Double]) -> Double { series.suffix(100).reduce(0, +) / 100 }

  /// Four standard errors of a share over 2,000 runs, taking the pulls of a run as one.
  private let tolerance = 4 * (0.25 / 2000.0).squareRoot()

  @Test func explorationPaysOnTheTestbed() throws {
    let testbed = BanditTestbed()
    func results(_ exploration: Exploration) throws -> BanditTestbed.Results {
      try testbed.results(try ValueStrategy(arms: 10, exploration), workers: .all)
    }
    let (tenth, hundredth) = (try results(.epsilonGreedy(0.1)), try results(.epsilonGreedy(0.01)))
    let (greedy, bound) = (try results(.greedy), try results(.upperConfidence(2)))
    #expect((last(tenth.best) - 0.8).magnitude < tolerance)
    #expect(last(hundredth.best) < last(tenth.best) - tolerance)
    #expect(last(greedy.best) < last(hundredth.best) - tolerance)
    #expect(last(bound.best) > last(tenth.best))
    #expect(last(bound.reward) > last(tenth.reward) && last(tenth.reward) > last(hundredth.reward))
    #expect(last(hundredth.reward) > last(greedy.reward))
    // Ten arms at first.
    #expect((tenth.best[0] - 0.1).magnitude < 4 * (0.09 / 2000).squareRoot())
  }

  @Test func threadsChangeNothing() throws {
    var testbed = BanditTestbed()
    (testbed.runs, testbed.steps) = (50, 40)
    let strategy = try ValueStrategy(arms: 10, .epsilonGreedy(0.1))
    let (one, three) = (
      try testbed.results(strategy), try testbed.results(strategy, workers: Workers(threads: 3))
    )
    #expect(one.reward == three.reward && one.best == three.best && one.reward.count == 40)
  }

  @Test func optimisticValuesExplore() throws {
    let testbed = BanditTestbed()
    let optimistic = try testbed.results(
      try ValueStrategy(arms: 10, .greedy, stepSize: .constant(0.1), initial: 5), workers: .all)
    let realistic = try testbed.results(
      try ValueStrategy(arms: 10, .epsilonGreedy(0.1), stepSize: .constant(0.1)), workers: .all)
    #expect(last(optimistic.best) > last(realistic.best) + 0.03, "\(last(optimistic.best)) \(last(realistic.best))")
  }

  @Test func constantStepsFollowDriftingArms() throws {
    var testbed = BanditTestbed()
    (testbed.runs, testbed.steps, testbed.spread, testbed.drift) = (200, 2000, 0, 0.03)
    let constant = try testbed.results(
      try ValueStrategy(arms: 10, .epsilonGreedy(0.1), stepSize: .constant(0.1)), workers: .all)
    let average = try testbed.results(try ValueStrategy(arms: 10, .epsilonGreedy(0.1)), workers: .all)
    // The means that arms have drifted to differ by about 0.7 between runs.
    let difference = last(constant.reward) - last(average.reward)
    #expect(difference > 4 * 0.7 * (2.0 / 200).squareRoot(), "\(difference)")
  }

  @Test func baselinesHelpGradientBandits() throws {
    var testbed = BanditTestbed()
    testbed.offset = 4
    func share(_ stepSize: Double, _ hasBaseline: Bool) throws -> Double {
      last(
        try testbed.results(
          try GradientStrategy(arms: 10, stepSize: stepSize, hasBaseline: hasBaseline), workers: .all
        ).best)
    }
    for stepSize in [0.1, 0.4] {
      let (with, without) = (try share(stepSize, true), try share(stepSize, false))
      #expect(with > without + tolerance, "\(stepSize): \(with) \(without)")
    }
  }

  @Test func theGradientBanditFollowsTheGradientOfItsReward() throws {
    let rewards = [0.5, -1, 2.0]
    var strategy = try GradientStrategy(arms: 3, stepSize: 0.1, hasBaseline: false)
    for (arm, reward) in [(0, 1.0), (2, 2.0), (1, -0.5)] { strategy.learn(arm: arm, reward: reward) }
    func mean(_ preferences: [Double]) -> Double {
      let all = preferences.map { $0.exponential }
      return dot(all, rewards) / all.reduce(0, +)
    }
    var expected = [0.0, 0, 0]
    for arm in 0..<3 {
      var after = strategy
      after.learn(arm: arm, reward: rewards[arm])
      for index in 0..<3 {
        expected[index] += strategy.probabilities[arm] * (after.preferences[index] - strategy.preferences[index])
      }
    }
    let differences = (0..<3).map { index in
      var (up, down) = (strategy.preferences, strategy.preferences)
      up[index] += 1e-5
      down[index] -= 1e-5
      return 0.1 * (mean(up) - mean(down)) / 2e-5
    }
    expectClose(expected, differences, tolerance: 1e-8)
  }

  @Test func beliefsAreRidgeRegression() throws {
    var (belief, random) = (try LinearBelief(dimensions: 3, ridge: 0.7), Philox(seed: 9))
    var (matrix, moments) = ([0.7, 0, 0, 0, 0.7, 0, 0, 0, 0.7], [0.0, 0, 0])
    for _ in 0..<40 {
      let x = (0..<3).map { _ in random.normal() }
      let reward = random.normal()
      belief.learn(x, reward: reward)
      for row in 0..<3 {
        for column in 0..<3 { matrix[row * 3 + column] += x[row] * x[column] }
        moments[row] += reward * x[row]
      }
    }
    // The inverse times the matrix is one, and the matrix times the coefficients are the moments.
    func row(_ index: Int) -> [Double] { Array(matrix[index * 3..<index * 3 + 3]) }
    for column in 0..<3 {
      // The matrix is symmetric: its rows are its columns.
      let inverse = (0..<3).map { dot(Array(belief.inverse[$0 * 3..<$0 * 3 + 3]), row(column)) }
      expectClose(inverse, (0..<3).map { $0 == column ? 1.0 : 0 }, tolerance: 1e-10)
    }
    expectClose((0..<3).map { dot(row($0), belief.coefficients) }, moments, tolerance: 1e-10)
  }

  /// The regret of the first and the last quarter of 2,000 rounds, summed over 20 bandits.
  private func regrets(_ choice: LinearStrategy.Choice?) throws -> (first: Double, last: Double) {
    let parts = Workers.all.map(parts: 20) { run in
      var random = Philox(seed: 31, stream: UInt64(run))
      let truth = (0..<5).map { _ in (0..<4).map { _ in random.normal() } }
      var strategy = try? LinearStrategy(arms: 5, dimensions: 4, choice ?? .greedy)
      var regret = (0.0, 0.0)
      for round in 0..<2000 {
        let context = (0..<4).map { _ in random.normal() / 2 }
        let means = truth.map { dot($0, context) }
        let arm = choice == nil ? random.integer(below: 5) : strategy!.choose(context, using: &random)
        if round < 500 { regret.0 += means.max()! - means[arm] }
        if round >= 1500 { regret.1 += means.max()! - means[arm] }
        strategy!.learn(arm: arm, context, reward: means[arm] + random.normal())
      }
      return regret
    }
    return (parts.reduce(0) { $0 + $1.0 }, parts.reduce(0) { $0 + $1.1 })
  }

  @Test func strategiesWithContextsLearnToRegretLittle() throws {
    let random = try regrets(nil)
    for choice in [LinearStrategy.Choice.upperConfidence(1), .thompson(0.5)] {
      let found = try regrets(choice)
      #expect(found.last < 0.05 * random.last, "\(choice): \(found) \(random)")
      #expect(found.last < 0.6 * found.first, "\(choice): \(found)")
    }
  }

  @Test func badSettingsAreRefused() {
    #expect(throws: ReinforcementFault.self) { try Bandit(means: []) }
    #expect(throws: ReinforcementFault.self) { try Bandit(means: [1], drift: .nan) }
    #expect(throws: ReinforcementFault.self) { try ValueStrategy(arms: 3, .epsilonGreedy(2)) }
    #expect(throws: ReinforcementFault.self) { try ValueStrategy(arms: 3, .greedy, stepSize: .constant(1.5)) }
    #expect(throws: ReinforcementFault.self) { try GradientStrategy(arms: 3, stepSize: 0) }
    #expect(throws: ReinforcementFault.self) { try LinearBelief(dimensions: 2, ridge: 0) }
    #expect(throws: ReinforcementFault.self) { try LinearStrategy(arms: 2, dimensions: 2, .thompson(-1)) }
    var testbed = BanditTestbed()
    testbed.runs = 0
    #expect(throws: ReinforcementFault.self) { try testbed.results(try ValueStrategy(arms: 3, .greedy)) }
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}

extension Double {
  /// e to this power, by its series.
  fileprivate var exponential: Double {
    var (sum, term) = (1.0, 1.0)
    for index in 1..<60 {
      term *= self / Double(index)
      sum += term
    }
    return sum
  }
}
