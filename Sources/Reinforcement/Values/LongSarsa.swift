import KodamaCore

/// SARSA over more than one step: n-step returns, or accumulating or replacing traces.
///
/// - Source: Sutton and Barto 2018, §7.2 (n-step SARSA) and §12.7 (SARSA(λ)), on a table.
public struct LongSarsa: Sendable {
  /// What a value is moved towards.
  public enum Target: Sendable, Equatable {
    /// n rewards and the value after them; 1 is SARSA.
    case steps(Int)
    /// The λ-return by accumulating traces; 0 is SARSA.
    case traces(Double)
    /// The λ-return by traces that are set to 1 at a visit.
    case replacingTraces(Double)
  }

  /// The values of the actions.
  public var values: ActionValues
  /// What values are moved towards.
  public let target: Target
  /// How actions are chosen.
  public let exploration: Exploration
  /// The share α by which an error changes a value.
  public let stepSize: Double
  /// The discount γ.
  public let discount: Double
  /// Steps over all episodes, the clock of schedules.
  public var steps = 0
  @usableFromInline var places: [Int] = []
  @usableFromInline var rewards: [Double] = []
  @usableFromInline var traces: [Double]

  /// Control.
  ///
  /// - Throws: `ReinforcementFault` for a discount, λ or step size outside [0, 1], fewer than one step, settings of the
  ///   exploration outside their range, no state or no action.
  public init(
    _ target: Target, stateCount: Int, actionCount: Int, stepSize: Double, discount: Double,
    _ exploration: Exploration = .epsilonGreedy(0.1), initial: Double = 0
  ) throws {
    try ActionValues.check(
      stateCount: stateCount, actionCount: actionCount, stepSize: stepSize, discount: discount, exploration)
    switch target {
    case .steps(let count): try ReinforcementFault.check("the number of steps", count, atLeast: 1)
    case .traces(let decay), .replacingTraces(let decay): try ReinforcementFault.check("λ", decay, in: 0...1)
    }
    (self.target, self.exploration, self.stepSize, self.discount) = (target, exploration, stepSize, discount)
    values = ActionValues(stateCount: stateCount, actionCount: actionCount, initial: initial)
    traces = [Double](repeating: 0, count: stateCount * actionCount)
  }

  /// Plays an episode and learns at each of its steps.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @discardableResult
  @inlinable public mutating func playEpisode<E: TabularEnvironment>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals {
    var totals = EpisodeTotals()
    places.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    for index in traces.indices { traces[index] = 0 }
    let state = environment.reset(using: &random)
    places.append(choose(state, environment.actionCount(in: state), using: &random))
    while true {
      let place = places[totals.steps]
      let next = environment.step(place % values.actionCount, using: &random)
      rewards.append(next.reward)
      totals.reward += next.reward
      totals.steps += 1
      steps += 1
      values.visits[place] += 1
      let isLast = next.isLast || totals.steps >= maximumSteps
      var following: Int?
      if !next.isTerminal {
        let chosen = choose(next.observation, environment.actionCount(in: next.observation), using: &random)
        places.append(chosen)
        following = chosen
      }
      switch target {
      case .steps(let count):
        if totals.steps >= count { update(totals.steps - count, end: totals.steps, following) }
        if isLast {
          // The actions of the last steps have fewer rewards after them.
          for step in max(0, totals.steps - count + 1)..<totals.steps { update(step, end: totals.steps, following) }
        }
      case .traces(let decay): update(place, following, decay, trace: traces[place] + 1)
      case .replacingTraces(let decay): update(place, following, decay, trace: 1)
      }
      if isLast { return totals }
    }
  }

  /// The place in the table of an action that is chosen for a state.
  @inlinable func choose(_ state: Int, _ count: Int, using random: inout Philox) -> Int {
    state * values.actionCount + values.action(state, count: count, exploration, step: steps, using: &random)
  }

  /// Moves the value of a step's action towards the rewards up to `end` and the value there.
  @inlinable mutating func update(_ step: Int, end: Int, _ following: Int?) {
    var sum = following.map { values.values[$0] } ?? 0
    for index in stride(from: end - 1, through: step, by: -1) { sum = rewards[index] + discount * sum }
    values.values[places[step]] += stepSize * (sum - values.values[places[step]])
  }

  /// Moves all values by their traces along the error of the last step.
  @inlinable mutating func update(_ place: Int, _ following: Int?, _ decay: Double, trace: Double) {
    let tail = following.map { values.values[$0] } ?? 0
    let error = rewards[rewards.count - 1] + discount * tail - values.values[place]
    traces[place] = trace
    for index in traces.indices {
      values.values[index] += stepSize * error * traces[index]
      traces[index] *= discount * decay
    }
  }
}
