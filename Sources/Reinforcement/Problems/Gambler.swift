/// The gambler's problem: a capital of 1 to 99 units, a stake on each throw of a coin, and a reward of 1 for reaching
/// 100.
///
/// - Source: Sutton and Barto 2018, example 4.3.
public enum GamblersProblem {
  /// The model. State and action are capital and stake; stakes are at least 1 and lead to 100 at most.
  ///
  /// - Parameter heads: the probability that the stake is won.
  /// - Throws: `ReinforcementFault.setting` for a probability outside [0, 1].
  public static func model(heads: Double = 0.4) throws -> FiniteModel {
    try ReinforcementFault.check("the probability of heads", heads, in: 0...1)
    return try FiniteModel(stateCount: 101, actionCount: 51, terminal: [0, 100]) { capital, stake in
      if stake == 0 || stake > min(capital, 100 - capital) { return [] }
      let won = capital + stake
      return [
        .init(won, reward: won == 100 ? 1 : 0, probability: heads),
        .init(capital - stake, reward: 0, probability: 1 - heads),
      ]
    }
  }
}
