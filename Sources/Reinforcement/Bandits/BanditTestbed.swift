import KodamaCore

/// Many bandits, each played by a new copy of a strategy: the testbed on which strategies are compared.
///
/// - Source: Sutton and Barto 2018, §2.3: 2,000 bandits of 10 arms whose means are standard normal, 1,000 pulls each.
public struct BanditTestbed: Sendable {
  /// The number of bandits.
  public var runs = 2000
  /// Pulls of each.
  public var steps = 1000
  /// Arms of each.
  public var arms = 10
  /// The mean of the arms' means; 4 in the comparison of gradient bandits (figure 2.5).
  public var offset = 0.0
  /// The standard deviation of the arms' means around it; 0 lets all begin alike.
  public var spread = 1.0
  /// The standard deviation of the change of each mean at each pull.
  public var drift = 0.0
  /// The seed; run i draws from stream i.
  public var seed: UInt64 = 0

  /// The testbed of the source.
  public init() {}

  /// Means over all runs, by pull.
  public struct Results: Sendable {
    /// The reward.
    public var reward: [Double]
    /// The share of runs that pulled the best arm of that moment.
    public var best: [Double]
  }

  /// Plays all bandits. The results do not depend on the threads.
  ///
  /// - Throws: `ReinforcementFault.setting` for numbers of runs, steps or arms below 1 or a drift or spread that is
  ///   negative or not finite.
  public func results<S: BanditStrategy>(_ strategy: S, workers: Workers = .serial) throws -> Results {
    try ReinforcementFault.check("the number of runs", runs, atLeast: 1)
    try ReinforcementFault.check("the number of steps", steps, atLeast: 1)
    try ReinforcementFault.check("the spread", spread, in: 0...Double.greatestFiniteMagnitude)
    _ = try Bandit(means: [Double](repeating: 0, count: max(0, arms)), drift: drift)
    // The partition is by the work, so that sums are taken in the same order for any number of threads.
    let parts = min(runs, 32)
    let sums = workers.map(parts: parts) { part in
      play(strategy, Workers.range(of: part, parts: parts, count: runs))
    }
    var total = Results(reward: [Double](repeating: 0, count: steps), best: [Double](repeating: 0, count: steps))
    for sum in sums {
      for step in 0..<steps {
        total.reward[step] += sum.reward[step] / Double(runs)
        total.best[step] += sum.best[step] / Double(runs)
      }
    }
    return total
  }

  private func play<S: BanditStrategy>(_ strategy: S, _ runs: Range<Int>) -> Results {
    var sum = Results(reward: [Double](repeating: 0, count: steps), best: [Double](repeating: 0, count: steps))
    for run in runs {
      var random = Philox(seed: seed, stream: UInt64(run))
      let means = (0..<arms).map { _ in offset + spread * random.normal() }
      guard var bandit = try? Bandit(means: means, drift: drift) else {
        preconditionFailure("a bandit of checked size")
      }
      var strategy = strategy
      var best = bandit.best
      for step in 0..<steps {
        if drift > 0 { best = bandit.best }
        let arm = strategy.choose(using: &random)
        if arm == best { sum.best[step] += 1 }
        let reward = bandit.pull(arm, using: &random)
        sum.reward[step] += reward
        strategy.learn(arm: arm, reward: reward)
      }
    }
    return sum
  }
}
