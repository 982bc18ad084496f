import KodamaCore

/// How returns of another policy are averaged.
public enum ImportanceWeighting: Sendable, CaseIterable {
  /// The sum of ratio · return over the number of returns: unbiased, of a variance that may be infinite.
  case ordinary
  /// The sum of ratio · return over the sum of the ratios: biased at first, of bounded variance.
  case weighted
}

/// Values of the states under a target policy, from episodes of another.
///
///     ratio of a return from step t: Π π(A_k | S_k) / b(A_k | S_k) over k ≥ t
///
/// - Source: Sutton and Barto 2018, §5.5 and 5.6.
public struct OffPolicyPrediction: Sendable {
  /// The values of the states.
  public private(set) var values: [Double]
  /// The number of returns for each state.
  public private(set) var counts: [Int]
  /// The discount γ.
  public let discount: Double
  private let weighting: ImportanceWeighting
  private let visits: Visits
  /// The sum of ratios, and of the squared deviations of what is averaged.
  private var weights: [Double]
  private var squares: [Double]
  private var first: FirstVisits
  private var flags: [Bool] = []

  /// A prediction.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1] or no state.
  public init(
    stateCount: Int, discount: Double, _ weighting: ImportanceWeighting, visits: Visits = .first
  ) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    values = [Double](repeating: 0, count: stateCount)
    (weights, squares) = (values, values)
    counts = [Int](repeating: 0, count: stateCount)
    first = FirstVisits(count: stateCount)
    (self.discount, self.weighting, self.visits) = (discount, weighting, visits)
  }

  /// Learns from an episode that has ended.
  ///
  /// - Precondition: the behavior policy has a positive probability wherever the target policy has.
  public mutating func learn<Target: Policy, Behavior: Policy>(
    _ episode: Episode<Int>, target: Target, behavior: Behavior
  ) where Target.Observation == Int, Behavior.Observation == Int {
    first.flags(episode.observations, into: &flags)
    var (sum, ratio) = (0.0, 1.0)
    for step in stride(from: episode.count - 1, through: 0, by: -1) {
      let (state, action) = (episode.observations[step], episode.actions[step])
      sum = episode.rewards[step] + discount * sum
      ratio *= target.probability(of: action, for: state) / behavior.probability(of: action, for: state)
      if visits == .first && !flags[step] { continue }
      counts[state] += 1
      switch weighting {
      case .ordinary:
        let difference = ratio * sum - values[state]
        values[state] += difference / Double(counts[state])
        squares[state] += difference * (ratio * sum - values[state])
      case .weighted:
        if ratio == 0 { continue }
        weights[state] += ratio
        let difference = sum - values[state]
        values[state] += ratio / weights[state] * difference
        squares[state] += ratio * ratio * difference * (sum - values[state])
      }
    }
  }

  /// The standard error of a state's value, taking its returns as independent; infinite before the second.
  public func standardError(_ state: Int) -> Double {
    let count = Double(counts[state])
    if counts[state] < 2 { return .infinity }
    switch weighting {
    case .ordinary: return (squares[state] / (count * (count - 1))).squareRoot()
    case .weighted: return weights[state] > 0 ? squares[state].squareRoot() / weights[state] : .infinity
    }
  }
}

/// Control off the policy: episodes of a soft behavior policy improve a greedy target policy by weighted importance
/// sampling.
///
/// - Source: Sutton and Barto 2018, §5.7.
public struct OffPolicyControl: Sendable {
  /// The values of the actions.
  public private(set) var values: ActionValues
  /// The greedy action of each state.
  public private(set) var actions: [Int]
  /// The discount γ.
  public let discount: Double
  private var weights: [Double]

  /// Control.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1], no state or no action.
  public init(stateCount: Int, actionCount: Int, discount: Double, initial: Double = 0) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check("the number of actions", actionCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    self.discount = discount
    values = ActionValues(stateCount: stateCount, actionCount: actionCount, initial: initial)
    weights = [Double](repeating: 0, count: stateCount * actionCount)
    actions = [Int](repeating: 0, count: stateCount)
  }

  /// Learns from an episode of the behavior policy that has ended.
  public mutating func learn<Behavior: Policy>(_ episode: Episode<Int>, behavior: Behavior)
  where Behavior.Observation == Int {
    var (sum, ratio) = (0.0, 1.0)
    for step in stride(from: episode.count - 1, through: 0, by: -1) {
      let (state, action) = (episode.observations[step], episode.actions[step])
      sum = episode.rewards[step] + discount * sum
      let place = state * values.actionCount + action
      weights[place] += ratio
      values.values[place] += ratio / weights[place] * (sum - values.values[place])
      var best = 0
      for other in 1..<max(1, values.actionCount) where values[state, other] > values[state, best] { best = other }
      actions[state] = best
      if action != best { return }
      ratio /= behavior.probability(of: action, for: state)
    }
  }
}
