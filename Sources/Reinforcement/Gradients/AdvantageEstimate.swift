/// Estimates of advantages: how much better an action was than the mean action of its state.
public enum AdvantageEstimate {
  /// Generalized advantage estimation:
  ///
  ///     δ_t = R_{t+1} − R̄ + γ v(S_{t+1}) − v(S_t),  A_t = δ_t + γ λ A_{t+1}
  ///
  /// where A_{t+1} counts as 0 after the last step of an episode, and of all steps. With λ = 0 the advantage is the
  /// error of one step, with λ = 1 the return, continued by the last value, less the value.
  ///
  /// - Parameters:
  ///   - rewards: R_{t+1} of consecutive steps of one environment.
  ///   - values: v(S_t) of the states before the steps.
  ///   - nextValues: v(S_{t+1}) of the states after the steps, before another episode begins; 0 of terminal ones.
  ///   - isLast: whether an episode ended with a step.
  ///   - averageReward: R̄, for the objective of the average reward; 0 for the discounted one.
  ///   - discount: γ in [0, 1].
  ///   - decay: λ in [0, 1].
  /// - Returns: A_t of each step.
  /// - Throws: `ReinforcementFault` for a discount or decay outside [0, 1], rewards that are not finite, or numbers of
  ///   values that differ from that of rewards.
  /// - Source: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation", eq. 16.
  public static func generalized(
    rewards: [Double], values: [Double], nextValues: [Double], isLast: [Bool], averageReward: Double = 0,
    discount: Double, decay: Double
  ) throws -> [Double] {
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check("λ of advantages", decay, in: 0...1)
    for (table, count) in [
      ("the table of values", values.count), ("the table of next values", nextValues.count),
      ("the table of last steps", isLast.count),
    ] where count != rewards.count {
      throw ReinforcementFault.size(table: table, count: count, expected: rewards.count)
    }
    var (advantages, following) = ([Double](repeating: 0, count: rewards.count), 0.0)
    for step in rewards.indices.reversed() {
      try ReinforcementFault.check(reward: rewards[step])
      let error = rewards[step] - averageReward + discount * nextValues[step] - values[step]
      following = error + (isLast[step] ? 0 : discount * decay * following)
      advantages[step] = following
    }
    return advantages
  }
}
