import Foundation
import Kodama

/// The error of values on a random walk after each of some episodes.
private struct WalkErrors {
  let walk: RandomWalk
  let runs, episodes: Int
  /// The first value of each state.
  let initial: Double
  private let policy = TabularPolicy(uniform: 2, stateCount: 21)

  /// The errors of bootstrapping.
  func of(_ target: TemporalDifferencePrediction.Target, stepSize: Double) throws -> Runs {
    let prediction = try TemporalDifferencePrediction(
      stateCount: walk.stateCount, target, stepSize: stepSize, discount: 1, initial: initial)
    return Runs(runs, seed: 70) { [walk, policy, episodes] random in
      var (prediction, walk) = (prediction, walk)
      return (0..<episodes).map { _ in
        prediction.playEpisode(&walk, following: policy, using: &random)
        return Self.error(prediction.values, walk)
      }
    }
  }

  /// The errors of Monte Carlo with a constant step size.
  func ofReturns(stepSize: Double) throws -> Runs {
    let prediction = try MonteCarloPrediction(
      stateCount: walk.stateCount, discount: 1, visits: .every, stepSize: stepSize, initial: initial)
    return Runs(runs, seed: 70) { [walk, policy, episodes] random in
      var (prediction, walk, episode) = (prediction, walk, Episode<Int>())
      return (0..<episodes).map { _ in
        episode.record(&walk, following: policy, using: &random)
        prediction.learn(episode)
        return Self.error(prediction.values, walk)
      }
    }
  }

  /// The root of the mean squared error over the states between the ends.
  private static func error(_ values: [Double], _ walk: RandomWalk) -> Double {
    let truth = walk.randomValues
    let sum = (1...walk.length).reduce(0) { $0 + (values[$1] - truth[$1]) * (values[$1] - truth[$1]) }
    return (sum / Double(walk.length)).squareRoot()
  }
}

/// The random walk of five states: bootstrapping against Monte Carlo (figure 6.2).
func walk(_ effort: Effort) throws -> Figure {
  let errors = WalkErrors(walk: try RandomWalk(length: 5), runs: effort.of(100), episodes: 100, initial: 0.5)
  let bootstrapped = try [0.05, 0.1, 0.15].map { ("\($0)", try errors.of(.steps(1), stepSize: $0)) }
  let sampled = try [0.01, 0.02, 0.03, 0.04].map { ("\($0)", try errors.ofReturns(stepSize: $0)) }
  func chart(_ title: String, _ all: [(String, Runs)]) -> ScatterChart {
    var chart = ScatterChart(
      title: title, xName: "episode", yName: "RMS error, by step size",
      series: all.map { .init($0.0, points($0.1.means), style: .line) })
    chart.yRange = 0...0.25
    return chart
  }
  func last(_ all: [(String, Runs)]) -> String {
    all.map { "\($0.0): \($0.1.mean(90..<100).text(3))" }.joined(separator: ", ")
  }
  return Figure(
    name: "walk",
    picture: try ScatterPicture(
      [chart("TD(0)", bootstrapped), chart("Monte Carlo", sampled)], width: 1000, height: 420),
    lines: [
      "random walk of 5 states, \(errors.runs) runs: error over episodes 91 to 100 by step size",
      "TD(0): \(last(bootstrapped))", "Monte Carlo: \(last(sampled))",
    ])
}

/// The random walk of 19 states: n steps (figure 7.2) and traces (figure 12.6).
func steps(_ effort: Effort) throws -> Figure {
  let errors = WalkErrors(
    walk: try RandomWalk(length: 19, leftReward: -1), runs: effort.of(100), episodes: 10, initial: 0)
  let stepSizes = (1...40).map { Double($0) / 40 }
  func curves(
    _ title: String, _ targets: [(String, TemporalDifferencePrediction.Target)]
  ) throws -> (chart: ScatterChart, line: String) {
    var (series, best): ([ScatterChart.Series], [String]) = ([], [])
    for (name, target) in targets {
      let means = try stepSizes.map { try errors.of(target, stepSize: $0).mean(0..<10) }
      series.append(.init(name, points(stepSizes, means.map(\.value)), style: .line))
      if let least = means.min(by: { $0.value < $1.value }) { best.append("\(name): \(least.text(3))") }
    }
    var chart = ScatterChart(title: title, xName: "step size", yName: "RMS error over ten episodes", series: series)
    chart.yRange = 0.24...0.56
    return (chart, best.joined(separator: ", "))
  }
  let steps = try curves("n steps", [1, 2, 4, 8, 16, 64].map { ("\($0)", .steps($0)) })
  let decays = [("0", 0), ("0.4", 0.4), ("0.8", 0.8), ("0.9", 0.9), ("0.95", 0.95)]
  let traces = try curves("Traces of λ", decays.map { ($0.0, .traces($0.1)) })
  return Figure(
    name: "steps", picture: try ScatterPicture([steps.chart, traces.chart], width: 840, height: 360),
    lines: [
      "random walk of 19 states, \(errors.runs) runs: least error of a step size over 10 episodes",
      "by n: \(steps.line)", "by λ: \(traces.line)",
    ])
}

/// Control on tables: cliff walking (example 6.6) and maximization bias (figure 6.5).
func control(_ effort: Effort) throws -> Figure {
  let methods: [(String, TemporalDifferenceControl.Method)] = [
    ("SARSA", .sarsa), ("Q-learning", .qLearning), ("expected SARSA", .expectedSarsa),
  ]
  let rewards = try methods.map { name, method in
    let control = try TemporalDifferenceControl(
      method, stateCount: 48, actionCount: 4, stepSize: 0.5, discount: 1, .epsilonGreedy(0.1))
    let runs = Runs(effort.of(500), seed: 50) { random in
      var (control, walk) = (control, CliffWalking())
      return (0..<500).map { _ in control.playEpisode(&walk, using: &random).reward }
    }
    return (name, runs)
  }
  var cliff = ScatterChart(
    title: "Cliff walking", xName: "episode", yName: "reward of an episode",
    series: rewards.map { .init($0.0, points($0.1.means, group: 5), style: .line) })
  cliff.yRange = -100 ... -10

  let world = try MaximizationBias()
  let shares = try [
    ("Q-learning", TemporalDifferenceControl.Method.qLearning), ("double Q-learning", .doubleQLearning),
  ]
  .map { name, method in
    let control = try TemporalDifferenceControl(
      method, stateCount: 3, actionCount: 10, stepSize: 0.1, discount: 1, .epsilonGreedy(0.1))
    let runs = Runs(effort.of(10_000), seed: 23) { random in
      var (control, world) = (control, world)
      // Only the way to the left takes two steps.
      return (0..<300).map { _ in control.playEpisode(&world, using: &random).steps == 2 ? 100 : 0 }
    }
    return (name, runs)
  }
  let least = ScatterChart.Series(
    "least with ε = 0.1", [.init(x: 1, y: 5), .init(x: 300, y: 5)], style: .dashed)
  let bias = ScatterChart(
    title: "Maximization bias", xName: "episode", yName: "% of actions to the left",
    series: shares.map { .init($0.0, points($0.1.means, group: 2), style: .line) } + [least])
  return Figure(
    name: "control", picture: try ScatterPicture([cliff, bias], width: 1000, height: 420),
    lines: [
      "cliff walking, \(effort.of(500)) runs: mean reward of episodes 401 to 500: "
        + rewards.map { "\($0.0): \($0.1.mean(400..<500).text(1))" }.joined(separator: ", "),
      "maximization bias, \(effort.of(10_000)) runs: % left in episodes 1 to 100 and 201 to 300: "
        + shares.map { "\($0.0): \($0.1.mean(0..<100).text(1)), \($0.1.mean(200..<300).text(1))" }
        .joined(separator: "; "),
    ])
}

/// Function approximation: mountain car (figure 10.2) and the short corridor (figures 13.1 and 13.2).
func approximation(_ effort: Effort) throws -> Figure {
  let tiles = try TileCoding(try ObservationBox(low: MountainCar.low, high: MountainCar.high))
  let steps = try [0.1, 0.2, 0.5].map { stepSize in
    let control = try LinearControl(
      .sarsa, tiles, actionCount: 3, stepSize: stepSize / 8, discount: 1, .greedy)
    let runs = Runs(effort.of(100), seed: 15) { random in
      var (control, car) = (control, MountainCar())
      return (0..<500).map { _ in Double(control.playEpisode(&car, maximumSteps: 5000, using: &random).steps) }
    }
    return ("α = \(stepSize) / 8", runs)
  }
  var car = ScatterChart(
    title: "Mountain car", xName: "episode", yName: "steps of an episode",
    series: steps.map { .init($0.0, points($0.1.means, group: 2), style: .line) })
  car.yScale = .logarithmic

  // To the right in one of 20 steps at first: ln 19 apart.
  var policy = try SoftmaxPolicy(OneHot(1), actionCount: 2)
  policy.parameters = [log(19) / 2, -log(19) / 2]
  func rewards<F: LinearFeatures>(_ method: Reinforce<SoftmaxPolicy<OneHot>, F>) -> Runs where F.Observation == Int {
    Runs(effort.of(100), seed: 60) { random in
      var (method, corridor) = (method, ShortCorridor())
      return (0..<1000).map { _ in method.playEpisode(&corridor, maximumSteps: 1000, using: &random).reward }
    }
  }
  let methods = [
    ("REINFORCE", rewards(try Reinforce(policy, stepSize: 0x1p-13, discount: 1))),
    (
      "with baseline",
      rewards(try Reinforce(policy, stepSize: 0x1p-9, discount: 1, baseline: OneHot(1), baselineStepSize: 0x1p-6))
    ),
  ]
  let best = -2 * (3 + 2 * 2.0.squareRoot())
  var corridor = ScatterChart(
    title: "Short corridor", xName: "episode", yName: "reward of an episode",
    series: methods.map { .init($0.0, points($0.1.means, group: 10), style: .line) }
      + [.init("best policy", [.init(x: 1, y: best), .init(x: 1000, y: best)], style: .dashed)])
  corridor.yRange = -90 ... -5
  return Figure(
    name: "approximation", picture: try ScatterPicture([car, corridor], width: 1000, height: 420),
    lines: [
      "mountain car, \(effort.of(100)) runs: mean steps of episodes 1 to 50 and 451 to 500: "
        + steps.map { "\($0.0): \($0.1.mean(0..<50).text(0)), \($0.1.mean(450..<500).text(1))" }
        .joined(separator: "; "),
      "short corridor, \(effort.of(100)) runs, best \(fixed(best, 2)): mean reward of episodes 1 to 100 and 901 to 1,000: "
        + methods.map { "\($0.0): \($0.1.mean(0..<100).text(1)), \($0.1.mean(900..<1000).text(2))" }
        .joined(separator: "; "),
    ])
}
