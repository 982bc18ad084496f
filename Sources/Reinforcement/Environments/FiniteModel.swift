/// A known Markov decision process: what each action of each state leads to, and with which probability.
///
/// An action without outcomes is not available in a state. Terminal states have no actions; their value is 0.
///
/// - Source: Sutton and Barto 2018, §3.1, eq. 3.2.
public struct FiniteModel: Sendable {
  /// One thing that an action may lead to.
  public struct Outcome: Sendable, Equatable {
    /// Its probability.
    public let probability: Double
    /// The next state.
    public let state: Int
    /// The reward, or the mean of the rewards.
    public let reward: Double

    /// An outcome; certain by default.
    public init(_ state: Int, reward: Double, probability: Double = 1) {
      (self.probability, self.state, self.reward) = (probability, state, reward)
    }
  }

  /// The number of states, terminal ones included.
  public let stateCount: Int
  /// The number of actions.
  public let actionCount: Int
  /// Whether each state is terminal [states].
  public let isTerminal: [Bool]
  /// The states in which episodes begin: every one that is not terminal unless given, with equal probabilities.
  public let starts: [Int]
  /// The outcomes of all actions, and where those of each begin [states · actions + 1].
  private let outcomes: [Outcome]
  private let bounds: [Int]

  /// How far a sum of probabilities may be from 1.
  static let tolerance = 1e-9

  /// A model whose outcomes are computed for each state that is not terminal and each action; none where the action is
  /// not available.
  ///
  /// - Throws: `ReinforcementFault`, naming state and action, where a probability is negative or not finite, where
  ///   probabilities do not sum to 1 within 1e-9, where a reward is not finite, where a next, first or
  ///   terminal state is none of the model's, and where a state has no action.
  public init(
    stateCount: Int, actionCount: Int, terminal: Set<Int> = [], starts: [Int]? = nil,
    outcomes: (_ state: Int, _ action: Int) -> [Outcome]
  ) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check("the number of actions", actionCount, atLeast: 1)
    for state in terminal.sorted() where !(0..<stateCount).contains(state) {
      throw ReinforcementFault.setting(
        name: "a terminal state", value: Double(state), range: "one of the \(stateCount) states")
    }
    var (all, bounds): ([Outcome], [Int]) = ([], [0])
    for state in 0..<stateCount {
      let first = all.count
      for action in 0..<actionCount {
        if !terminal.contains(state) {
          let found = outcomes(state, action)
          try Self.check(found, state, action, states: stateCount)
          all += found.filter { $0.probability > 0 }
        }
        bounds.append(all.count)
      }
      if all.count == first && !terminal.contains(state) { throw ReinforcementFault.noAction(state: state) }
    }
    let isTerminal = (0..<stateCount).map(terminal.contains)
    let starts = starts ?? (0..<stateCount).filter { !isTerminal[$0] }
    try ReinforcementFault.check("the number of first states", starts.count, atLeast: 1)
    for start in starts where !(0..<stateCount).contains(start) || isTerminal[start] {
      throw ReinforcementFault.setting(
        name: "a first state", value: Double(start), range: "one of the \(stateCount) states that is not terminal")
    }
    (self.stateCount, self.actionCount, self.isTerminal, self.starts) = (stateCount, actionCount, isTerminal, starts)
    (self.outcomes, self.bounds) = (all, bounds)
  }

  /// A model of tables [states][actions][next states] of probabilities and rewards.
  ///
  /// - Throws: `ReinforcementFault` for tables of unequal sizes, and as the other initializer.
  public init(
    probabilities: [[[Double]]], rewards: [[[Double]]], terminal: Set<Int> = [], starts: [Int]? = nil
  ) throws {
    let (states, actions) = (probabilities.count, probabilities.first?.count ?? 0)
    for (name, table) in [("the table of probabilities", probabilities), ("the table of rewards", rewards)] {
      try Self.check(name, table.count, states)
      for (state, row) in table.enumerated() {
        try Self.check("\(name), state \(state),", row.count, actions)
        for (action, row) in row.enumerated() {
          try Self.check("\(name), state \(state), action \(action),", row.count, states)
        }
      }
    }
    try self.init(stateCount: states, actionCount: actions, terminal: terminal, starts: starts) { state, action in
      let (chances, rewards) = (probabilities[state][action], rewards[state][action])
      // Rows of zeros alone are actions that are not available.
      if chances.allSatisfy({ $0 == 0 }) { return [] }
      return (0..<states).map { Outcome($0, reward: rewards[$0], probability: chances[$0]) }
    }
  }

  private static func check(_ table: String, _ count: Int, _ expected: Int) throws {
    if count != expected { throw ReinforcementFault.size(table: table, count: count, expected: expected) }
  }

  private static func check(_ outcomes: [Outcome], _ state: Int, _ action: Int, states: Int) throws {
    var sum = 0.0
    for outcome in outcomes {
      let next = outcome.state
      if !(0..<states).contains(next) {
        throw ReinforcementFault.nextState(state: state, action: action, next: next, states: states)
      }
      if !(outcome.probability >= 0 && outcome.probability.isFinite) {
        throw ReinforcementFault.probability(state: state, action: action, next: next, value: outcome.probability)
      }
      if !outcome.reward.isFinite {
        throw ReinforcementFault.reward(state: state, action: action, next: next, value: outcome.reward)
      }
      sum += outcome.probability
    }
    if !outcomes.isEmpty && !((sum - 1).magnitude <= tolerance) {
      throw ReinforcementFault.probabilitySum(state: state, action: action, sum: sum)
    }
  }

  /// The outcomes of an action of positive probability; none where it is not available.
  public func outcomes(of action: Int, in state: Int) -> ArraySlice<Outcome> {
    let place = state * actionCount + action
    return outcomes[bounds[place]..<bounds[place + 1]]
  }

  /// Whether a state has an action.
  public func isAvailable(_ action: Int, in state: Int) -> Bool {
    let place = state * actionCount + action
    return bounds[place] < bounds[place + 1]
  }

  /// The value of an action: Σ p · (reward + discount · value of the next state).
  ///
  /// - Parameter values: the values of the states; those of terminal states must be 0.
  public func value(of action: Int, in state: Int, discount: Double, values: [Double]) -> Double {
    let place = state * actionCount + action
    var sum = 0.0
    for index in bounds[place]..<bounds[place + 1] {
      let outcome = outcomes[index]
      sum += outcome.probability * (outcome.reward + discount * values[outcome.state])
    }
    return sum
  }
}
