import KodamaCore

/// Values of the states under the policy that is followed, by bootstrapping: TD(0), n steps, or traces.
///
/// - Source: Sutton and Barto 2018, §6.1 (TD(0)), §7.1 (n-step TD), §12.2 (TD(λ)).
public struct TemporalDifferencePrediction: Sendable {
  /// What a value is moved towards.
  public enum Target: Sendable, Equatable {
    /// n rewards and the value after them; 1 is TD(0).
    case steps(Int)
    /// The λ-return, approximated by accumulating traces; 0 is TD(0).
    case traces(Double)
  }

  /// The values of the states.
  public var values: [Double]
  /// The share by which an error changes a value.
  public let stepSize: Double
  /// The discount γ.
  public let discount: Double
  /// What values are moved towards.
  public let target: Target
  /// The traces of the states, or the states and rewards of the current episode.
  @usableFromInline var traces: [Double]
  @usableFromInline var states: [Int] = []
  @usableFromInline var rewards: [Double] = []

  /// A prediction.
  ///
  /// - Throws: `ReinforcementFault` for a discount, λ or step size outside [0, 1], fewer than one step, or no state.
  public init(
    stateCount: Int, _ target: Target = .steps(1), stepSize: Double, discount: Double, initial: Double = 0
  ) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check("the step size", stepSize, in: 0...1)
    switch target {
    case .steps(let count): try ReinforcementFault.check("the number of steps", count, atLeast: 1)
    case .traces(let decay): try ReinforcementFault.check("λ", decay, in: 0...1)
    }
    (self.target, self.stepSize, self.discount) = (target, stepSize, discount)
    values = [Double](repeating: initial, count: stateCount)
    traces = [Double](repeating: 0, count: stateCount)
  }

  /// Follows a policy for an episode, and learns at each of its steps.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @discardableResult
  @inlinable public mutating func playEpisode<E: TabularEnvironment, P: Policy>(
    _ environment: inout E, following policy: P, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals where P.Observation == Int {
    switch target {
    case .steps(let count):
      return playSteps(count, &environment, following: policy, maximumSteps: maximumSteps, using: &random)
    case .traces(let decay):
      return playTraces(decay, &environment, following: policy, maximumSteps: maximumSteps, using: &random)
    }
  }

  @inlinable mutating func playSteps<E: TabularEnvironment, P: Policy>(
    _ count: Int, _ environment: inout E, following policy: P, maximumSteps: Int, using random: inout Philox
  ) -> EpisodeTotals where P.Observation == Int {
    var totals = EpisodeTotals()
    states.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    states.append(environment.reset(using: &random))
    while true {
      let next = environment.step(policy.action(for: states[totals.steps], using: &random), using: &random)
      states.append(next.observation)
      rewards.append(next.reward)
      totals.reward += next.reward
      totals.steps += 1
      let isLast = next.isLast || totals.steps == maximumSteps
      let tail = next.isTerminal ? 0 : values[next.observation]
      if totals.steps >= count { update(totals.steps - count, end: totals.steps, tail) }
      if isLast {
        // The states of the last steps have fewer rewards after them.
        let rest = max(0, totals.steps - count + 1)
        for step in rest..<totals.steps { update(step, end: totals.steps, tailNow(next)) }
        return totals
      }
    }
  }

  /// The value after the last step, which an update in between may have changed.
  @inlinable func tailNow(_ next: Transition<Int>) -> Double { next.isTerminal ? 0 : values[next.observation] }

  /// Moves the value of the state at a step towards the rewards up to `end` and the value there.
  @inlinable mutating func update(_ step: Int, end: Int, _ tail: Double) {
    var sum = tail
    for index in stride(from: end - 1, through: step, by: -1) { sum = rewards[index] + discount * sum }
    values[states[step]] += stepSize * (sum - values[states[step]])
  }

  @inlinable mutating func playTraces<E: TabularEnvironment, P: Policy>(
    _ decay: Double, _ environment: inout E, following policy: P, maximumSteps: Int, using random: inout Philox
  ) -> EpisodeTotals where P.Observation == Int {
    var totals = EpisodeTotals()
    for index in traces.indices { traces[index] = 0 }
    var state = environment.reset(using: &random)
    while totals.steps < maximumSteps {
      let next = environment.step(policy.action(for: state, using: &random), using: &random)
      let error = next.reward + discount * (next.isTerminal ? 0 : values[next.observation]) - values[state]
      traces[state] += 1
      for index in traces.indices {
        values[index] += stepSize * error * traces[index]
        traces[index] *= discount * decay
      }
      totals.reward += next.reward
      totals.steps += 1
      if next.isLast { break }
      state = next.observation
    }
    return totals
  }
}
