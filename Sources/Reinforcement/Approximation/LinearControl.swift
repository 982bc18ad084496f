import KodamaCore

/// Control with values of actions that are linear in features of the state, each action with weights of its own, by
/// semi-gradients:
///
///     w ← w + α (R + γ · next − q(S, A)) ∇q(S, A)
///
/// - Source: Sutton and Barto 2018, §10.1 (SARSA), §11.1 (Q-learning), §12.7 (SARSA with accumulating traces).
public struct LinearControl<Features: LinearFeatures>: Sendable {
  /// The value of the next state.
  public enum Method: Sendable, CaseIterable {
    /// That of the action taken there.
    case sarsa
    /// The mean under the policy's probabilities.
    case expectedSarsa
    /// The largest. Off the policy; with function approximation it may diverge.
    case qLearning
  }

  /// The features.
  public let features: Features
  /// The number of actions.
  public let actionCount: Int
  /// The method.
  public let method: Method
  /// How actions are chosen.
  public let exploration: Exploration
  /// The step size α. With tile coding the share of an error that a step mends is α times the number of tilings.
  public let stepSize: Double
  /// The discount γ.
  public let discount: Double
  /// The decay λ of traces.
  public let traceDecay: Double
  /// The weights [actions · features].
  public var weights: [Double]
  /// Steps over all episodes, the clock of schedules.
  public var steps = 0
  @usableFromInline var traces: [Double]
  @usableFromInline var row: [Double]

  /// Control with weights of 0.
  ///
  /// - Throws: `ReinforcementFault` for a discount or λ outside [0, 1], a step size that is not positive, no action, an
  ///   exploration whose settings are outside their range or that is an upper confidence bound, and for traces with
  ///   another method than SARSA.
  public init(
    _ method: Method, _ features: Features, actionCount: Int, stepSize: Double, discount: Double,
    traceDecay: Double = 0, _ exploration: Exploration = .epsilonGreedy(0.1)
  ) throws {
    try ReinforcementFault.check("the number of actions", actionCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check(positive: "the step size", stepSize)
    try ReinforcementFault.check("λ", traceDecay, in: 0...1)
    if method != .sarsa && traceDecay > 0 {
      throw ReinforcementFault.setting(name: "λ", value: traceDecay, range: "0 for another method than SARSA")
    }
    try exploration.check()
    try exploration.checkProbabilities()
    (self.method, self.features, self.actionCount, self.stepSize) = (method, features, actionCount, stepSize)
    (self.discount, self.traceDecay, self.exploration) = (discount, traceDecay, exploration)
    weights = [Double](repeating: 0, count: actionCount * features.count)
    traces = traceDecay > 0 ? weights : []
    row = [Double](repeating: 0, count: actionCount)
  }

  /// The value of an action.
  @inlinable public func value(of action: Int, _ observation: Features.Observation) -> Double {
    features.dot(weights, at: action * features.count, observation)
  }

  /// The largest value of an action.
  public func maximum(_ observation: Features.Observation) -> Double {
    (0..<actionCount).reduce(-.infinity) { max($0, value(of: $1, observation)) }
  }

  /// Plays an episode and learns at each of its steps.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @discardableResult
  @inlinable public mutating func playEpisode<E: DiscreteActions>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals where E.Observation == Features.Observation {
    var totals = EpisodeTotals()
    for index in traces.indices { traces[index] = 0 }
    var observation = environment.reset(using: &random)
    fillRow(observation)
    var action = choose(using: &random)
    while true {
      let next = environment.step(action, using: &random)
      totals.reward += next.reward
      totals.steps += 1
      steps += 1
      let value = value(of: action, observation)
      if next.isTerminal {
        update(observation, action, error: next.reward - value)
        return totals
      }
      fillRow(next.observation)
      let following = choose(using: &random)
      let tail =
        switch method {
        case .sarsa: row[following]
        case .expectedSarsa: mean()
        case .qLearning: largest()
        }
      update(observation, action, error: next.reward + discount * tail - value)
      if next.isLast || totals.steps >= maximumSteps { return totals }
      (observation, action) = (next.observation, following)
    }
  }

  @inlinable mutating func fillRow(_ observation: Features.Observation) {
    for action in 0..<actionCount { row[action] = value(of: action, observation) }
  }

  @inlinable func choose(using random: inout Philox) -> Int {
    exploration.action(row, at: 0, count: actionCount, visits: [], step: steps, using: &random)
  }

  @inlinable func mean() -> Double {
    var sum = 0.0
    for action in 0..<actionCount {
      sum += row[action] * exploration.probability(of: action, row, at: 0, count: actionCount, step: steps)
    }
    return sum
  }

  @inlinable func largest() -> Double {
    var largest = row[0]
    for action in 1..<max(1, actionCount) { largest = max(largest, row[action]) }
    return largest
  }

  @inlinable mutating func update(_ observation: Features.Observation, _ action: Int, error: Double) {
    let first = action * features.count
    if traceDecay == 0 {
      features.add(stepSize * error, to: &weights, at: first, observation)
      return
    }
    for index in traces.indices { traces[index] *= discount * traceDecay }
    features.add(1, to: &traces, at: first, observation)
    for index in traces.indices { weights[index] += stepSize * error * traces[index] }
  }
}
