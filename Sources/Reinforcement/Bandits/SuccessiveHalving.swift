import KodamaCore

/// Successive halving: the best of several arms whose losses become more certain with more pulls, such as settings of a
/// training whose loss is measured after ever more steps.
///
///     S_0 = all n arms;   R = ⌈log₂ n⌉ rounds
///     round k: each arm of S_k gets ⌊B / (|S_k| R)⌋ further pulls;   S_{k+1} = the better ⌈|S_k| / 2⌉ of S_k
///
/// - Source: Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization", §3,
///   whose sets are halved as by Karnin, Koren and Somekh 2013, rounded up. Departures: an arm gets at least one pull in
///   a round, whatever the budget is; one whose loss is not finite is given up at once.
public struct SuccessiveHalving: Sendable, Equatable {
  /// A round.
  public struct Round: Sendable, Equatable {
    /// Arms at its start.
    public let arms: Int
    /// Pulls of each of them when it ends, those of earlier rounds included.
    public let pulls: Int
  }

  /// What was found.
  public struct Result: Sendable, Equatable {
    /// The best arm; nil where none has a finite loss.
    public let best: Int?
    /// The last loss of each arm; infinite where it is not finite.
    public let losses: [Double]
    /// The pulls of each arm.
    public let pulls: [Int]
  }

  /// The number of arms.
  public let arms: Int
  /// Pulls of all arms together, which rounds divide among them.
  public let budget: Int
  /// The rounds; none for a single arm.
  public let rounds: [Round]

  /// The rounds of some arms.
  ///
  /// - Throws: `ReinforcementFault.setting` for no arm, or no budget.
  public init(arms: Int, budget: Int) throws {
    try ReinforcementFault.check("the number of arms", arms, atLeast: 1)
    try ReinforcementFault.check("the budget", budget, atLeast: 1)
    (self.arms, self.budget) = (arms, budget)
    var sizes: [Int] = []
    var size = arms
    while size > 1 {
      sizes.append(size)
      size = (size + 1) / 2
    }
    var (rounds, pulls) = ([Round](), 0)
    for size in sizes {
      pulls += max(1, budget / sizes.count / size)
      rounds.append(Round(arms: size, pulls: pulls))
    }
    self.rounds = rounds
  }

  /// The pulls of all arms together, where every loss is finite: at most the budget, unless that is less than a pull
  /// for every arm and round.
  public var totalPulls: Int {
    var (total, before) = (0, 0)
    for round in rounds {
      total += round.arms * (round.pulls - before)
      before = round.pulls
    }
    return total
  }

  /// Finds the best arm. Of arms with equal losses the first one counts as the better.
  ///
  /// - Parameter loss: the loss of an arm after so many pulls in all; nil to end early.
  /// - Returns: nil where `loss` ended it. A single arm is the best without a pull; its loss is infinite.
  /// - Throws: what `loss` throws.
  public func run(_ loss: (_ arm: Int, _ pulls: Int) throws -> Double?) rethrows -> Result? {
    var (losses, pulls) = ([Double](repeating: .infinity, count: arms), [Int](repeating: 0, count: arms))
    var survivors = Array(0..<arms)
    for round in rounds where survivors.count > 1 {
      for arm in survivors {
        guard let value = try loss(arm, round.pulls) else { return nil }
        losses[arm] = value.isFinite ? value : .infinity
        pulls[arm] = round.pulls
      }
      let ranked = survivors.filter { losses[$0].isFinite }.sorted { (losses[$0], $0) < (losses[$1], $1) }
      survivors = ranked.prefix((survivors.count + 1) / 2).sorted()
    }
    return Result(best: survivors.first, losses: losses, pulls: pulls)
  }
}
