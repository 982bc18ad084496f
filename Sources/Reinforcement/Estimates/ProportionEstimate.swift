import KodamaCore

/// A probability estimated from independent trials, with an interval of confidence.
public struct ProportionEstimate: Sendable, Equatable {
  /// The number of trials, and of those that succeeded.
  public let trials, successes: Int

  /// An estimate.
  ///
  /// - Throws: `ReinforcementFault.setting` for no trial, or successes outside 0 to the number of trials.
  public init(successes: Int, trials: Int) throws {
    try ReinforcementFault.check("the number of trials", trials, atLeast: 1)
    try ReinforcementFault.check("the number of successes", Double(successes), in: 0...Double(trials))
    (self.trials, self.successes) = (trials, successes)
  }

  /// Runs trials on several threads; trial block i draws from stream i of the seed, so that the result does not depend on
  /// the threads.
  ///
  /// - Throws: `ReinforcementFault.setting` for no trial.
  public init(
    trials: Int, seed: UInt64, workers: Workers = .serial, _ trial: @Sendable (inout Philox) -> Bool
  ) throws {
    try ReinforcementFault.check("the number of trials", trials, atLeast: 1)
    let parts = min(trials, 64)
    let counts = workers.map(parts: parts) { part in
      var random = Philox(seed: seed, stream: UInt64(part))
      var count = 0
      for _ in Workers.range(of: part, parts: parts, count: trials) where trial(&random) { count += 1 }
      return count
    }
    (self.trials, successes) = (trials, counts.reduce(0, +))
  }

  /// The share of successes.
  public var value: Double { Double(successes) / Double(trials) }

  /// The standard error √(p (1 − p) / n) at the estimated p.
  public var standardError: Double { (value * (1 - value) / Double(trials)).squareRoot() }

  /// The interval of Wilson's score, which contains the probability in 95 % of such estimates for the default z. Unlike
  /// ± z standard errors it stays within [0, 1] and has a width where no trial or every trial succeeded.
  ///
  /// - Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
  public func interval(z: Double = 1.959964) -> ClosedRange<Double> {
    let (n, p, square) = (Double(trials), value, z * z)
    let center = (p + square / (2 * n)) / (1 + square / n)
    let width = z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
    return max(0, center - width)...min(1, center + width)
  }
}
