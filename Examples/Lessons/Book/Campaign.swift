import Kodama

/// Customers come one after another, and each may be sent an offer. Sending costs, a sale pays, and how likely a sale is
/// depends on the customer's features in a way that must be learned. A customer who is sent nothing teaches nothing. Greedy
/// choices follow the estimates of the moment, and after some bad luck they send nothing any more and learn nothing more.
/// LinUCB and Thompson sampling also send where the estimate is uncertain: they pay for too many offers at first, and
/// decide better later.
///
/// Regret is the expected profit of the best decision for a customer less that of the decision taken.
///
/// - Source: Li et al. 2010, "A contextual-bandit approach to personalized news article recommendation", algorithm 1;
///   Agrawal and Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs". The uncertainty of both is
///   scaled by the standard deviation of the profit of an offer, about 3.5.
public struct Campaign: Lesson, Sendable {
  public static let name = "campaign"
  public static let topic = "offers to customers by bandits with contexts; exploring against exploiting"

  /// How it is decided whom to send an offer.
  public enum Strategy: String, CaseIterable, Sendable {
    case always, never, greedy, linUCB = "LinUCB", thompson = "Thompson"
  }

  /// The runs of a strategy.
  public struct Outcome: Sendable {
    public let strategy: Strategy
    /// The total regret of each run.
    public let regrets: [Double]
    /// The regret of the last fifth of customers, mean over runs.
    public let lastRegret: Double
    /// The profit of a run, and the share of customers who are sent an offer, means over runs.
    public let profit, sentShare: Double
    /// The total regret after each group of customers, mean over runs.
    public let curve: [Double]
    /// The share of best decisions in each group, mean over runs.
    public let rightShares: [Double]

    /// The mean of the regrets.
    public var regret: Double { regrets.reduce(0, +) / Double(regrets.count) }
  }

  /// Customers of a run, and of a group.
  private let customers = 5000, group = 100
  private let runs = 40
  /// What an offer costs, and what a sale pays.
  private let cost = 2.0, price = 9.0
  /// What the probability of a sale depends on: a constant, visits, the size of the basket, the distance to the shop, and
  /// the age, which does not matter. It is from 0 to 0.4.
  private let truth = [0.2, 0.12, 0.06, -0.02, 0]
  private let deviation = 3.5
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> [Outcome] {
    try Strategy.allCases.map { strategy in
      let choice: LinearStrategy.Choice =
        switch strategy {
        case .always, .never, .greedy: .greedy
        case .linUCB: .upperConfidence(deviation)
        case .thompson: .thompson(deviation)
        }
      let bandit = try LinearStrategy(arms: 2, dimensions: truth.count, choice)
      let runs = Workers.all.map(parts: runs) { run(strategy, bandit, number: $0) }
      func mean(_ value: (Run) -> Double) -> Double { runs.reduce(0) { $0 + value($1) } / Double(runs.count) }
      let groups = 0..<customers / group
      let curve = groups.map { index in mean { $0.regrets[...index].reduce(0, +) } }
      return Outcome(
        strategy: strategy, regrets: runs.map { $0.regrets.reduce(0, +) },
        lastRegret: mean { $0.regrets.suffix(groups.count / 5).reduce(0, +) }, profit: mean(\.profit),
        sentShare: mean { Double($0.sent) } / Double(customers), curve: curve,
        rightShares: groups.map { index in mean { Double($0.right[index]) } / Double(group) })
    }
  }

  /// Sums of one run, some of them by group.
  private struct Run {
    var regrets, right: [Double]
    var profit = 0.0
    var sent = 0
  }

  /// A run. Runs of one number have the same customers, who buy in the same cases if they are sent an offer.
  private func run(_ strategy: Strategy, _ bandit: LinearStrategy, number: Int) -> Run {
    var bandit = bandit
    var people = Philox(seed: seed, stream: UInt64(2 * number))
    var random = Philox(seed: seed, stream: UInt64(2 * number + 1))
    let zeros = [Double](repeating: 0, count: customers / group)
    var run = Run(regrets: zeros, right: zeros)
    for customer in 0..<customers {
      let features = [1] + truth.dropFirst().map { _ in 2 * people.uniform() - 1 }
      let chance = zip(truth, features).reduce(0) { $0 + $1.0 * $1.1 }
      let buys = people.uniform() < chance
      let sends =
        switch strategy {
        case .always: true
        case .never: false
        case .greedy, .linUCB, .thompson: bandit.choose(features, using: &random) == 1
        }
      let (gain, profit) = (price * chance - cost, sends ? (buys ? price : 0) - cost : 0)
      bandit.learn(arm: sends ? 1 : 0, features, reward: profit)
      run.regrets[customer / group] += max(0, gain) - (sends ? gain : 0)
      run.right[customer / group] += sends == (gain > 0) ? 1 : 0
      run.profit += profit
      run.sent += sends ? 1 : 0
    }
    return run
  }

  public func lines(_ results: [Outcome]) -> [String] {
    [
      "\(customers) customers, an offer costs \(fixed(cost, 0)) and a sale pays \(fixed(price, 0));",
      "means of \(runs) runs: the regret with its standard error, and that of the last customers",
      columns(["strategy", "sent", "profit", "regret", "error", "last \(customers / 5)"], width: 12),
    ]
      + results.map { outcome in
        columns(
          [
            outcome.strategy.rawValue, percent(outcome.sentShare), fixed(outcome.profit, 0), fixed(outcome.regret, 0),
            fixed(standardError(outcome.regrets), 0), fixed(outcome.lastRegret, 0),
          ], width: 12)
      }
  }

  public func picture(_ results: [Outcome]) throws -> [UInt8] {
    func chart(_ title: String, _ yName: String, _ values: (Outcome) -> [Double]) -> ScatterChart {
      ScatterChart(
        title: title, xName: "customers", yName: yName,
        series: results.map { outcome in
          let points = values(outcome).enumerated().map { LineChart.Point(x: Double(($0 + 1) * group), y: $1) }
          return .init(outcome.strategy.rawValue, points, style: .line)
        })
    }
    return try ScatterPicture(
      [
        chart("Regret", "sum over customers", \.curve),
        chart("Best decisions", "% of a hundred customers") { $0.rightShares.map { 100 * $0 } },
      ], width: 1040, height: 420
    ).encoded()
  }
}

/// The standard error of the mean of independent numbers.
func standardError(_ numbers: [Double]) -> Double {
  let count = Double(numbers.count)
  let mean = numbers.reduce(0, +) / count
  return (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count * (count - 1))).squareRoot()
}
