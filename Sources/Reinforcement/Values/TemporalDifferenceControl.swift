import KodamaCore

/// Control by one-step bootstrapping on a table of the values of actions.
///
///     Q(S, A) ← Q(S, A) + α (R + γ · next − Q(S, A))
///
/// where `next` depends on the method; it is 0 at the end of an episode.
///
/// - Source: Sutton and Barto 2018, §6.4 to 6.7.
public struct TemporalDifferenceControl: Sendable {
  /// The value of the next state.
  public enum Method: Sendable, CaseIterable {
    /// That of the action taken there: on the policy.
    case sarsa
    /// The mean under the policy's probabilities.
    case expectedSarsa
    /// The largest: off the policy.
    case qLearning
    /// Of two tables, each of which evaluates the greedy action of the other: no bias from the maximum. Without a
    /// discount it may stay at a longer way than the best for long, as on `CliffWalking` (Ren et al. 2021, "On the
    /// estimation bias in double Q-learning").
    case doubleQLearning
  }

  /// The method.
  public let method: Method
  /// How actions are chosen; by the mean of both tables where there are two.
  public let exploration: Exploration
  /// The share α by which an error changes a value.
  public let stepSize: Double
  /// The discount γ.
  public let discount: Double
  /// The values of the actions; the mean of both tables where there are two.
  public var values: ActionValues
  /// The two tables of double Q-learning; empty for other methods.
  @usableFromInline var pair: (ActionValues, ActionValues)?
  /// Steps over all episodes, the clock of schedules.
  public var steps = 0

  /// Control.
  ///
  /// - Throws: `ReinforcementFault` for a discount or step size outside [0, 1], settings of the exploration outside their
  ///   range, no state or no action, and for expected SARSA with an upper confidence bound, which has no probabilities.
  public init(
    _ method: Method, stateCount: Int, actionCount: Int, stepSize: Double, discount: Double,
    _ exploration: Exploration = .epsilonGreedy(0.1), initial: Double = 0
  ) throws {
    try ActionValues.check(
      stateCount: stateCount, actionCount: actionCount, stepSize: stepSize, discount: discount, exploration)
    if method == .expectedSarsa { try exploration.checkProbabilities() }
    (self.method, self.exploration, self.stepSize, self.discount) = (method, exploration, stepSize, discount)
    values = ActionValues(stateCount: stateCount, actionCount: actionCount, initial: initial)
    pair = method == .doubleQLearning ? (values, values) : nil
  }

  /// Plays an episode and learns at each of its steps.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @discardableResult
  @inlinable public mutating func playEpisode<E: TabularEnvironment>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals {
    var totals = EpisodeTotals()
    var state = environment.reset(using: &random)
    var action = choose(state, environment.actionCount(in: state), using: &random)
    while true {
      let next = environment.step(action, using: &random)
      totals.reward += next.reward
      totals.steps += 1
      steps += 1
      let isLast = next.isLast || totals.steps >= maximumSteps
      let count = environment.actionCount(in: next.observation)
      if method == .sarsa {
        let following = isLast && next.isTerminal ? 0 : choose(next.observation, count, using: &random)
        let tail = next.isTerminal ? 0 : values[next.observation, following]
        learn(state, action, target: next.reward + discount * tail)
        action = following
      } else {
        if method == .doubleQLearning {
          learnPair(state, action, next, count, using: &random)
        } else {
          var tail = 0.0
          if !next.isTerminal {
            tail =
              method == .qLearning
              ? values.maximum(next.observation, count: count)
              : values.mean(next.observation, count: count, exploration, step: steps)
          }
          learn(state, action, target: next.reward + discount * tail)
        }
        if !isLast { action = choose(next.observation, count, using: &random) }
      }
      if isLast { return totals }
      state = next.observation
    }
  }

  @inlinable func choose(_ state: Int, _ count: Int, using random: inout Philox) -> Int {
    values.action(state, count: count, exploration, step: steps, using: &random)
  }

  @inlinable mutating func learn(_ state: Int, _ action: Int, target: Double) {
    let place = state * values.actionCount + action
    values.visits[place] += 1
    values.values[place] += stepSize * (target - values.values[place])
  }

  @inlinable mutating func learnPair(
    _ state: Int, _ action: Int, _ next: Transition<Int>, _ count: Int, using random: inout Philox
  ) {
    guard pair != nil else { return }
    let place = state * values.actionCount + action
    values.visits[place] += 1
    // Which table learns is random.
    if random.uniform() < 0.5 {
      let tail = next.isTerminal ? 0 : Self.tail(pair!.0, pair!.1, next.observation, count, using: &random)
      pair!.0.values[place] += stepSize * (next.reward + discount * tail - pair!.0.values[place])
    } else {
      let tail = next.isTerminal ? 0 : Self.tail(pair!.1, pair!.0, next.observation, count, using: &random)
      pair!.1.values[place] += stepSize * (next.reward + discount * tail - pair!.1.values[place])
    }
    values.values[place] = (pair!.0.values[place] + pair!.1.values[place]) / 2
  }

  /// The value in `second` of the greedy action of `first`.
  @inlinable static func tail(
    _ first: ActionValues, _ second: ActionValues, _ state: Int, _ count: Int, using random: inout Philox
  ) -> Double {
    let action = Exploration.greedy(first.values, at: state * first.actionCount, count: count, using: &random)
    return second[state, action]
  }
}

extension Exploration {
  /// Throws where choices have no probabilities.
  func checkProbabilities() throws {
    if case .upperConfidence(let c) = self {
      throw ReinforcementFault.setting(
        name: "c of the upper confidence bound", value: c,
        range: "absent where the probabilities of actions are needed: take an ε-greedy or softmax choice")
    }
  }
}
