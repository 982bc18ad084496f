import Foundation
import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Control on tables, as in Sutton and Barto's chapters 5 to 7 and 12.
@Suite struct ControlTests {
  /// The states that greedy actions lead through, from the start to the end, of an environment without chance; nil where
  /// the end is not reached in 100 steps.
  private func greedyPath<E: TabularEnvironment>(_ environment: E, _ values: ActionValues) -> [Int]? {
    var (environment, random) = (environment, Philox(seed: 0))
    let actions = values.greedyActions
    var states = [environment.reset(using: &random)]
    for _ in 0..<100 {
      let next = environment.step(actions[states.last!], using: &random)
      states.append(next.observation)
      if next.isLast { return states }
    }
    return nil
  }

  private func cliff(
    _ method: TemporalDifferenceControl.Method, stepSize: Double, episodes: Int, run: Int
  ) throws -> (control: TemporalDifferenceControl, rewards: [Double]) {
    var control = try TemporalDifferenceControl(
      method, stateCount: 48, actionCount: 4, stepSize: stepSize, discount: 1, .epsilonGreedy(0.1))
    var (walk, random) = (CliffWalking(), Philox(seed: 50, stream: UInt64(run)))
    let rewards = (0..<episodes).map { _ in control.playEpisode(&walk, using: &random).reward }
    return (control, rewards)
  }

  @Test func qLearningWalksAlongTheCliff() throws {
    let (control, _) = try cliff(.qLearning, stepSize: 0.5, episodes: 3000, run: 0)
    let path = try #require(greedyPath(CliffWalking(), control.values))
    #expect(path == [36] + Array(24...35) + [47])
    // Each step of the shortest way of 13 costs 1.
    #expect((control.values.maximum(36, count: 4) + 13).magnitude < 0.01)
  }

  @Test func sarsaWalksSafely() throws {
    for method in [TemporalDifferenceControl.Method.sarsa, .expectedSarsa] {
      let (control, _) = try cliff(method, stepSize: 0.05, episodes: 10_000, run: 0)
      let path = try #require(greedyPath(CliffWalking(), control.values))
      // Cells beside the cliff are 25 to 34.
      #expect(path.count > 14 && !path.contains { (25...34).contains($0) }, "\(method): \(path)")
    }
  }

  @Test func sarsaEarnsMoreWhileItLearns() throws {
    // The mean reward of the last 100 of 500 episodes, over 100 runs.
    func mean(_ method: TemporalDifferenceControl.Method) throws -> (mean: Double, error: Double) {
      let runs = try (0..<100).map { run in
        try cliff(method, stepSize: 0.5, episodes: 500, run: run).rewards.suffix(100).reduce(0, +) / 100
      }
      let mean = runs.reduce(0, +) / 100
      return (mean, (runs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9900).squareRoot())
    }
    let (sarsa, qLearning, expected) = (try mean(.sarsa), try mean(.qLearning), try mean(.expectedSarsa))
    #expect(sarsa.mean > -32 && sarsa.mean < -20)
    #expect(qLearning.mean > -60 && qLearning.mean < -42)
    #expect(sarsa.mean - 4 * (sarsa.error + qLearning.error) > qLearning.mean)
    #expect(expected.mean > sarsa.mean)
  }

  @Test func theWindyGridworldTakesFifteenSteps() throws {
    var control = try TemporalDifferenceControl(
      .sarsa, stateCount: 70, actionCount: 4, stepSize: 0.5, discount: 1,
      .epsilonGreedy(.exponential(from: 0.1, factor: 0.9999, least: 0)))
    var (world, random) = (WindyGridworld(), Philox(seed: 1))
    for _ in 0..<5000 { control.playEpisode(&world, using: &random) }
    #expect(greedyPath(WindyGridworld(), control.values)?.count == 16)
    // With king's moves seven are enough.
    var diagonal = try TemporalDifferenceControl(
      .qLearning, stateCount: 70, actionCount: 8, stepSize: 0.5, discount: 1, .epsilonGreedy(0.1))
    var kings = WindyGridworld(hasDiagonals: true)
    for _ in 0..<5000 { diagonal.playEpisode(&kings, using: &random) }
    #expect(greedyPath(WindyGridworld(hasDiagonals: true), diagonal.values)?.count == 8)
  }

  @Test func longReturnsAndTracesFindTheWayToo() throws {
    for target in [LongSarsa.Target.steps(1), .steps(4), .traces(0.9), .replacingTraces(0.9)] {
      var control = try LongSarsa(
        target, stateCount: 70, actionCount: 4, stepSize: 0.1, discount: 1,
        .epsilonGreedy(.exponential(from: 0.1, factor: 0.99998, least: 0)))
      var (world, random) = (WindyGridworld(), Philox(seed: 6))
      for _ in 0..<20_000 { control.playEpisode(&world, using: &random) }
      let found = greedyPath(WindyGridworld(), control.values)?.count
      #expect(found == 16, "\(target)")
    }
  }

  @Test func oneStepAndTracesOfZeroAreSarsa() throws {
    func values(_ target: LongSarsa.Target) throws -> [Double] {
      var control = try LongSarsa(target, stateCount: 48, actionCount: 4, stepSize: 0.3, discount: 0.9)
      var (walk, random) = (CliffWalking(), Philox(seed: 6))
      for _ in 0..<40 { control.playEpisode(&walk, using: &random) }
      return control.values.values
    }
    var sarsa = try TemporalDifferenceControl(.sarsa, stateCount: 48, actionCount: 4, stepSize: 0.3, discount: 0.9)
    var (walk, random) = (CliffWalking(), Philox(seed: 6))
    for _ in 0..<40 { sarsa.playEpisode(&walk, using: &random) }
    expectClose(try values(.steps(1)), sarsa.values.values, tolerance: 1e-12)
    expectClose(try values(.traces(0)), sarsa.values.values, tolerance: 1e-12)
    expectClose(try values(.replacingTraces(0)), sarsa.values.values, tolerance: 1e-12)
  }

  /// Two states in a row, then the end with a reward of 1: what traces carry back is γ λ.
  @Test func tracesDecayByDiscountAndLambda() throws {
    let model = try FiniteModel(stateCount: 3, actionCount: 1, terminal: [2], starts: [0]) { state, _ in
      [.init(state + 1, reward: state == 1 ? 1 : 0)]
    }
    for target in [LongSarsa.Target.traces(0.5), .replacingTraces(0.5)] {
      var control = try LongSarsa(target, stateCount: 3, actionCount: 1, stepSize: 0.1, discount: 0.9)
      var (environment, random) = (try ModelEnvironment(model), Philox(seed: 1))
      control.playEpisode(&environment, using: &random)
      expectClose(control.values.values, [0.045, 0.1, 0.0], tolerance: 1e-14)
    }
    var linear = try LinearControl(
      .sarsa, OneHot(3), actionCount: 1, stepSize: 0.1, discount: 0.9, traceDecay: 0.5)
    var (environment, random) = (try ModelEnvironment(model), Philox(seed: 1))
    linear.playEpisode(&environment, using: &random)
    expectClose(linear.weights, [0.045, 0.1, 0.0], tolerance: 1e-14)
    var prediction = try TemporalDifferencePrediction(stateCount: 3, .traces(0.5), stepSize: 0.1, discount: 0.9)
    prediction.playEpisode(&environment, following: TabularPolicy(uniform: 1, stateCount: 3), using: &random)
    expectClose(prediction.values, [0.045, 0.1, 0.0], tolerance: 1e-14)
  }

  /// A state that leads to itself: traces add up, or are set to 1.
  @Test func tracesOfAStateThatReturnsAddUpOrNot() throws {
    let model = try FiniteModel(stateCount: 2, actionCount: 1, terminal: [1], starts: [0]) { _, _ in
      [.init(0, reward: 1, probability: 0.9), .init(1, reward: 1, probability: 0.1)]
    }
    for (target, adds) in [(LongSarsa.Target.traces(0.5), true), (.replacingTraces(0.5), false)] {
      var control = try LongSarsa(target, stateCount: 2, actionCount: 1, stepSize: 0.1, discount: 0.9)
      var (environment, random) = (try ModelEnvironment(model), Philox(seed: 5))
      let steps = control.playEpisode(&environment, using: &random).steps
      try #require(steps > 3)
      var (value, trace) = (0.0, 0.0)
      for step in 1...steps {
        trace = adds ? 0.45 * trace + 1 : 1
        value += 0.1 * trace * (1 + (step < steps ? 0.9 * value : 0) - value)
      }
      #expect((control.values[0, 0] - value).magnitude < 1e-13, "\(target)")
    }
  }

  /// Temporal differences by hand on a walk of one state.
  @Test func updatesAreThoseOfTheirFormulas() throws {
    let walk = try RandomWalk(length: 1, leftReward: 2, rightReward: 4)
    for method in TemporalDifferenceControl.Method.allCases {
      var control = try TemporalDifferenceControl(
        method, stateCount: 3, actionCount: 2, stepSize: 0.5, discount: 0.9, .random)
      var (walk, random) = (walk, Philox(seed: 3))
      control.playEpisode(&walk, using: &random)
      let reward = walk.state == 0 ? 2.0 : 4
      let share = method == .doubleQLearning ? 0.25 : 0.5
      #expect(control.values[1, walk.state == 0 ? 0 : 1] == share * reward, "\(method)")
      #expect(control.values[1, walk.state == 0 ? 1 : 0] == 0 && control.steps == 1)
    }
  }

  /// With a constant policy the methods differ by their targets alone, whose fixed points are exact values.
  @Test func fixedPointsAreTheValuesOfTheModel() throws {
    let model = try FiniteModel(stateCount: 3, actionCount: 2, terminal: [2], starts: [0]) { state, action in
      state == 0
        ? [.init(1, reward: action == 0 ? 1 : 0, probability: 0.5), .init(2, reward: 0, probability: 0.5)]
        : [.init(action == 0 ? 0 : 2, reward: action == 0 ? -1 : 2)]
    }
    let planner = try Planner(model, discount: 0.9)
    let random = try planner.values(of: TabularPolicy(uniform: model))
    let best = try planner.valueIteration().values
    for method in TemporalDifferenceControl.Method.allCases {
      var control = try TemporalDifferenceControl(
        method, stateCount: 3, actionCount: 2, stepSize: 0.002, discount: 0.9, .random)
      var (environment, generator) = (try ModelEnvironment(model), Philox(seed: 17))
      for _ in 0..<100_000 { control.playEpisode(&environment, using: &generator) }
      let values = method == .sarsa || method == .expectedSarsa ? random : best
      for state in 0..<2 {
        for action in 0..<2 {
          let exact = model.value(of: action, in: state, discount: 0.9, values: values)
          // Targets deviate by up to 1.5; a step size α averages some 2 / α of them.
          let error = 1.5 * (0.002 / 2).squareRoot()
          #expect((control.values[state, action] - exact).magnitude < 4 * error, "\(method) \(state) \(action)")
        }
      }
    }
  }

  @Test func twoTablesHaveNoMaximizationBias() throws {
    // The share of runs that go left, by episode.
    func shares(_ method: TemporalDifferenceControl.Method) throws -> [Double] {
      let world = try MaximizationBias()
      let control = try TemporalDifferenceControl(
        method, stateCount: 3, actionCount: 10, stepSize: 0.1, discount: 1, .epsilonGreedy(0.1))
      var sums = [Double](repeating: 0, count: 300)
      for run in 0..<2000 {
        var (world, control, random) = (world, control, Philox(seed: 23, stream: UInt64(run)))
        // Only the way to the left takes two steps.
        for episode in 0..<300 where control.playEpisode(&world, using: &random).steps == 2 {
          sums[episode] += 1 / 2000.0
        }
      }
      return sums
    }
    let (single, double) = (try shares(.qLearning), try shares(.doubleQLearning))
    func mean(_ shares: ArraySlice<Double>) -> Double { shares.reduce(0, +) / Double(shares.count) }
    let tolerance = 4 * (0.25 / 2000.0).squareRoot()
    #expect((single[0] - 0.5).magnitude < tolerance && (double[0] - 0.5).magnitude < tolerance)
    #expect(mean(single[0..<100]) > 0.4)
    #expect(mean(double[0..<100]) < 0.2)
    #expect(mean(double[200...]) < 0.08 && mean(single[200...]) > mean(double[200...]))
  }

  @Test func monteCarloControlFindsTheWay() throws {
    var control = try MonteCarloControl(
      stateCount: 21, actionCount: 2, discount: 0.9, .epsilonGreedy(0.2), visits: .first)
    var (walk, random) = (try RandomWalk(length: 19), Philox(seed: 4))
    for _ in 0..<3000 { _ = control.playEpisode(&walk, using: &random) }
    // States on the left are seldom reached.
    let known = (1...19).filter { control.values.visits[2 * $0] > 100 }
    #expect(known.count >= 10 && known.allSatisfy { control.values.greedyActions[$0] == 1 }, "\(known)")
  }

  @Test func episodesAreCutOff() throws {
    var control = try TemporalDifferenceControl(.sarsa, stateCount: 48, actionCount: 4, stepSize: 0.5, discount: 1)
    var (walk, random) = (CliffWalking(), Philox(seed: 1))
    #expect(control.playEpisode(&walk, maximumSteps: 7, using: &random).steps == 7)
    var limited = try TimeLimit(CliffWalking(), steps: 5)
    #expect(control.playEpisode(&limited, using: &random).steps == 5)
    var long = try LongSarsa(.steps(3), stateCount: 48, actionCount: 4, stepSize: 0.5, discount: 1)
    #expect(long.playEpisode(&limited, using: &random).steps == 5)
    #expect(throws: ReinforcementFault.self) { try TimeLimit(CliffWalking(), steps: 0) }
  }

  @Test func badSettingsAreRefused() {
    func control(
      _ method: TemporalDifferenceControl.Method = .sarsa, stepSize: Double = 0.1,
      _ exploration: Exploration = .greedy, states: Int = 3
    ) throws -> TemporalDifferenceControl {
      try TemporalDifferenceControl(
        method, stateCount: states, actionCount: 2, stepSize: stepSize, discount: 1, exploration)
    }
    #expect(throws: Never.self) { try control() }
    #expect(throws: ReinforcementFault.self) { try control(stepSize: -0.1) }
    #expect(throws: ReinforcementFault.self) { try control(stepSize: .nan) }
    #expect(throws: ReinforcementFault.self) { try control(.sarsa, .epsilonGreedy(1.5)) }
    #expect(throws: ReinforcementFault.self) { try control(.expectedSarsa, .upperConfidence(1)) }
    #expect(throws: Never.self) { try control(.qLearning, .upperConfidence(1)) }
    // Both kinds of control, and control that averages, have one check.
    let bad: [(Int, Int, Double, Double)] = [(0, 2, 0.1, 1), (2, 0, 0.1, 1), (2, 2, 1.1, 1), (2, 2, 0.1, 1.1)]
    for (states, actions, stepSize, discount) in bad {
      #expect(throws: ReinforcementFault.self) {
        try TemporalDifferenceControl(
          .sarsa, stateCount: states, actionCount: actions, stepSize: stepSize, discount: discount)
      }
      #expect(throws: ReinforcementFault.self) {
        try LongSarsa(.steps(1), stateCount: states, actionCount: actions, stepSize: stepSize, discount: discount)
      }
      if stepSize > 1 { continue }
      #expect(throws: ReinforcementFault.self) {
        try MonteCarloControl(stateCount: states, actionCount: actions, discount: discount, .greedy)
      }
    }
    #expect(throws: ReinforcementFault.self) { try control(states: 0) }
    #expect(throws: ReinforcementFault.self) {
      try LongSarsa(.traces(2), stateCount: 2, actionCount: 2, stepSize: 0.1, discount: 1)
    }
  }

  @Test func theTableOfMethodsIsThatOfTheDocumentation() throws {
    let rows = LearningMethod.table.split(separator: "\n")
    #expect(rows.count == LearningMethod.all.count + 2 && rows.allSatisfy { $0.count { $0 == "|" } == 8 })
    #expect(Set(LearningMethod.all.map(\.name)).count == LearningMethod.all.count)
    #expect(rows.contains("| Q-learning | 6.5 | no | yes | values | yes | each step |"))
    #expect(rows.contains("| Deep Q-network | 16.5 | no | yes | values | yes | batches of steps |"))
    #expect(rows.contains("| Proximal policy optimization | — | no | no | a policy | yes | batches of steps |"))
    #expect(rows.contains("| REINFORCE | 13.3 | no | no | a policy | no | the end |"))
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let page = tests.appendingPathComponent("../../Sources/Kodama/Kodama.docc/ReinforcementLearning.md").path
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("\n\n" + LearningMethod.table + "\n"))
    // What waits for the end of an episode does not bootstrap.
    #expect(LearningMethod.all.nonemptyAllSatisfy { $0.waitsForEnd != $0.bootstraps })
  }
}
