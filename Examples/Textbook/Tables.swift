import Foundation
import Kodama

/// The ten-armed testbed: figures 2.2, 2.4 and 2.5.
func bandits(_ effort: Effort) throws -> Figure {
  var testbed = BanditTestbed()
  testbed.runs = effort.of(2000)
  func best<S: BanditStrategy>(_ strategy: S, offset: Double = 0) throws -> [Double] {
    testbed.offset = offset
    return try testbed.results(strategy, workers: .all).best
  }
  let explorations: [(String, Exploration)] = [
    ("greedy", .greedy), ("ε = 0.01", .epsilonGreedy(0.01)), ("ε = 0.1", .epsilonGreedy(0.1)),
    ("UCB, c = 2", .upperConfidence(2)),
  ]
  let values = try explorations.map { ($0.0, try best(try ValueStrategy(arms: 10, $0.1))) }
  let gradients = try [
    ("0.1", 0.1, true), ("0.4", 0.4, true), ("0.1 without", 0.1, false), ("0.4 without", 0.4, false),
  ]
  .map { name, stepSize, hasBaseline in
    let strategy = try GradientStrategy(arms: 10, stepSize: stepSize, hasBaseline: hasBaseline)
    return (name, try best(strategy, offset: 4))
  }
  func chart(_ title: String, _ unit: String, _ all: [(String, [Double])]) -> LineChart {
    LineChart(
      title: title, unit: unit, xName: "pull",
      series: all.map { .init($0.0, points($0.1, group: 5, scale: 100)) })
  }
  func shares(_ all: [(String, [Double])]) -> String {
    all.map { "\($0.0): \(fixed($0.1.suffix(100).reduce(0, +), 1)) %" }.joined(separator: ", ")
  }
  return Figure(
    name: "bandits",
    picture: try ChartPicture(
      [
        chart("Best arm", "% of runs that pull it", values),
        chart("Gradient bandits", "%, by step size, with and without baseline", gradients),
      ], width: 1000, height: 420),
    lines: [
      "ten-armed testbed, \(testbed.runs) runs: share of the best arm in the last 100 of 1,000 pulls (± at most "
        + "\(fixed(50 / Double(testbed.runs).squareRoot(), 1)) %)", shares(values),
      "gradient bandits by step size, with and without baseline: " + shares(gradients),
    ])
}

/// The gambler's problem: figure 4.3 and exercise 4.9.
func gambler(_ effort: Effort) throws -> Figure {
  let capital = (1..<100).map(Double.init)
  let solutions = try [0.25, 0.4, 0.55].map { heads in
    (heads, try Planner(try GamblersProblem.model(heads: heads), discount: 1, tolerance: 1e-13).valueIteration())
  }
  let values = ScatterChart(
    title: "Gambler", xName: "capital", yName: "probability of reaching 100",
    series: solutions.map { .init("heads \($0.0)", points(capital, Array($0.1.values[1..<100])), style: .line) })
  let stakes = ScatterChart(
    title: "Smallest best stake", xName: "capital", yName: "for heads 0.4",
    series: [.init("stake", points(capital, solutions[1].1.actions[1..<100].map(Double.init)))])
  return Figure(
    name: "gambler", picture: try ScatterPicture([values, stakes], width: 1000, height: 420),
    lines: solutions.map { heads, solution in
      let shown = [25, 50, 75].map { "\($0): \(fixed(solution.values[$0], 4))" }
      return "gambler, heads \(heads): values of capital \(shown.joined(separator: ", "))"
    })
}

/// Blackjack: the best policy (figure 5.2), and errors of importance sampling (figure 5.3).
func blackjack(_ effort: Effort) throws -> Figure {
  let model = try Blackjack.model()
  let solution = try Planner(model, discount: 1).valueIteration()
  var (game, random) = (Blackjack(start: .anywhere), Philox(seed: 21))
  var learned = try MonteCarloControl(
    stateCount: 201, actionCount: 2, discount: 1, .greedy, hasExploringStarts: true)
  let games = effort.of(5_000_000)
  for _ in 0..<games { learned.playEpisode(&game, using: &random) }
  let found = learned.values.greedyActions

  func chart(_ title: String, usableAce: Bool) -> ScatterChart {
    let states = (1...10).flatMap { dealer in (12...21).map { (dealer: dealer, sum: $0) } }
    func state(_ dealer: Int, _ sum: Int) -> Int { Blackjack.state(sum: sum, dealer: dealer, usableAce: usableAce) }
    return ScatterChart(
      title: title, xName: "dealer's card, 1 is an ace", yName: "player's sum",
      series: ["stick", "hit"].enumerated().map { action, name in
        .init(
          name,
          states.filter { found[state($0.dealer, $0.sum)] == action }.map {
            .init(x: Double($0.dealer), y: Double($0.sum))
          })
      },
      regions: .init(x: 0.5...10.5, y: 11.5...21.5, cells: 10) { cells in
        cells.map { solution.actions[state(Int($0.x.rounded()), Int($0.y.rounded()))] }
      })
  }

  // Of 13 with a usable ace against a 2, under the policy that sticks on 20 and 21.
  let start = Blackjack.state(sum: 13, dealer: 2, usableAce: true)
  let target = TabularPolicy(actions: (0..<201).map { $0 / 10 % 10 + 12 >= 20 ? 0 : 1 }, actionCount: 2)
  let truth = try Planner(model, discount: 1).values(of: target)[start]
  let behavior = TabularPolicy(uniform: 2, stateCount: 201)
  let marks = (0...40).map { Int(pow(10, Double($0) / 10).rounded()) }
  let errors = try [("ordinary", ImportanceWeighting.ordinary), ("weighted", .weighted)].map { name, weighting in
    let prediction = try OffPolicyPrediction(stateCount: 201, discount: 1, weighting)
    let runs = Runs(effort.of(1000), seed: 40) { random in
      var (game, episode, prediction) = (Blackjack(start: .state(start)), Episode<Int>(), prediction)
      var (errors, count) = ([Double](), 0)
      for mark in marks {
        while count < mark {
          episode.record(&game, following: behavior, using: &random)
          prediction.learn(episode, target: target, behavior: behavior)
          count += 1
        }
        errors.append((prediction.values[start] - truth) * (prediction.values[start] - truth))
      }
      return errors
    }
    return (name, runs)
  }
  var sampling = ScatterChart(
    title: "Importance sampling", xName: "games", yName: "squared error",
    series: errors.map { .init($0.0, points(marks.map(Double.init), $0.1.means), style: .line) })
  sampling.xScale = .logarithmic
  let differing = (0..<200).count { found[$0] != solution.actions[$0] }
  return Figure(
    name: "blackjack",
    picture: try ScatterPicture(
      [chart("No usable ace", usableAce: false), chart("Usable ace", usableAce: true), sampling], width: 1200,
      height: 420),
    lines: [
      "blackjack: \(games) games with exploring starts differ from the best policy in \(differing) of 200 states",
      "value of 13 with an ace against a 2: \(fixed(truth, 5)); mean squared error after 10 and 1,000 games:",
    ]
      + errors.map { "\($0.0): \($0.1.mean(10..<11).text(3)), \($0.1.mean(30..<31).text(4))" })
}
