import KodamaCore

/// A table of the values of actions, and how often each was taken.
public struct ActionValues: Sendable, Equatable {
  /// The number of states.
  public let stateCount: Int
  /// The number of actions.
  public let actionCount: Int
  /// The values [states · actions].
  public var values: [Double]
  /// How often each action was taken [states · actions], where the method counts it.
  public var visits: [Int]

  /// A table of equal values.
  ///
  /// - Precondition: at least one state and one action.
  public init(stateCount: Int, actionCount: Int, initial: Double = 0) {
    precondition(stateCount > 0 && actionCount > 0, "a table of \(stateCount) states and \(actionCount) actions")
    (self.stateCount, self.actionCount) = (stateCount, actionCount)
    values = [Double](repeating: initial, count: stateCount * actionCount)
    visits = [Int](repeating: 0, count: stateCount * actionCount)
  }

  /// The value of an action.
  @inlinable public subscript(state: Int, action: Int) -> Double {
    get { values[state * actionCount + action] }
    set { values[state * actionCount + action] = newValue }
  }

  /// The largest value among the first `count` actions of a state.
  @inlinable public func maximum(_ state: Int, count: Int) -> Double {
    let first = state * actionCount
    var best = values[first]
    for index in 1..<max(1, count) { best = max(best, values[first + index]) }
    return best
  }

  /// The mean of the values under an exploration's probabilities among the first `count` actions of a state.
  @inlinable public func mean(_ state: Int, count: Int, _ exploration: Exploration, step: Int) -> Double {
    let first = state * actionCount
    if case .epsilonGreedy(let schedule) = exploration {
      let epsilon = schedule.value(atStep: step)
      var sum = 0.0
      for index in 0..<count { sum += values[first + index] }
      // Greedy actions that share their probability have the same value.
      return epsilon * sum / Double(count) + (1 - epsilon) * maximum(state, count: count)
    }
    var sum = 0.0
    for action in 0..<count {
      sum +=
        exploration.probability(of: action, values, at: first, count: count, step: step) * values[first + action]
    }
    return sum
  }

  /// An action of the first `count` of a state.
  @inlinable public func action(
    _ state: Int, count: Int, _ exploration: Exploration, step: Int, using random: inout Philox
  ) -> Int {
    exploration.action(
      values, at: state * actionCount, count: count, visits: visits, step: step, using: &random)
  }

  /// The action of the largest value in each state, the first of several.
  public var greedyActions: [Int] {
    (0..<stateCount).map { state in
      var best = 0
      for action in 1..<max(1, actionCount) where self[state, action] > self[state, best] { best = action }
      return best
    }
  }
}

extension ActionValues {
  /// Throws `ReinforcementFault` for settings of control on a table that are outside their range.
  ///
  /// - Parameter stepSize: nil for a method that averages.
  static func check(
    stateCount: Int, actionCount: Int, stepSize: Double?, discount: Double, _ exploration: Exploration
  ) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check("the number of actions", actionCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    if let stepSize { try ReinforcementFault.check("the step size", stepSize, in: 0...1) }
    try exploration.check()
  }
}
