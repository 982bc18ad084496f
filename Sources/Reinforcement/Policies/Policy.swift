import KodamaCore

/// A distribution over actions for each observation.
public protocol Policy<Observation>: Sendable {
  /// What the policy observes.
  associatedtype Observation

  /// An action drawn for an observation.
  func action(for observation: Observation, using random: inout Philox) -> Int

  /// The probability of an action, π(a | s).
  func probability(of action: Int, for observation: Observation) -> Double
}

/// A policy of a table of probabilities.
public struct TabularPolicy: Policy, Equatable {
  /// The number of states.
  public let stateCount: Int
  /// The number of actions.
  public let actionCount: Int
  /// The probabilities [states · actions].
  public let probabilities: [Double]

  /// A policy of probabilities [states · actions].
  ///
  /// - Throws: `ReinforcementFault`, naming the state, where probabilities are negative, not finite, or do not sum to 1
  ///   within 1e-9.
  public init(stateCount: Int, actionCount: Int, probabilities: [Double]) throws {
    if probabilities.count != stateCount * actionCount {
      throw ReinforcementFault.size(
        table: "the table of the policy", count: probabilities.count, expected: stateCount * actionCount)
    }
    for state in 0..<stateCount {
      var sum = 0.0
      for action in 0..<actionCount {
        let value = probabilities[state * actionCount + action]
        if !(value >= 0 && value.isFinite) {
          throw ReinforcementFault.policyProbability(state: state, action: action, value: value)
        }
        sum += value
      }
      if !((sum - 1).magnitude <= FiniteModel.tolerance) {
        throw ReinforcementFault.policySum(state: state, sum: sum)
      }
    }
    (self.stateCount, self.actionCount, self.probabilities) = (stateCount, actionCount, probabilities)
  }

  /// The policy that takes every action with the same probability.
  ///
  /// - Precondition: at least one state and one action.
  public init(uniform actionCount: Int, stateCount: Int) {
    precondition(actionCount > 0 && stateCount > 0, "a policy of \(stateCount) states and \(actionCount) actions")
    (self.stateCount, self.actionCount) = (stateCount, actionCount)
    probabilities = [Double](repeating: 1 / Double(actionCount), count: stateCount * actionCount)
  }

  /// The policy that takes every available action of a model with the same probability.
  public init(uniform model: FiniteModel) {
    var table: [Double] = []
    for state in 0..<model.stateCount {
      let isFree = (0..<model.actionCount).map { model.isTerminal[state] || model.isAvailable($0, in: state) }
      let share = 1 / Double(isFree.count { $0 })
      table += isFree.map { $0 ? share : 0 }
    }
    (stateCount, actionCount, probabilities) = (model.stateCount, model.actionCount, table)
  }

  /// The policy that takes one action in each state.
  ///
  /// - Precondition: actions in 0..<`actionCount`.
  public init(actions: [Int], actionCount: Int) {
    var table = [Double](repeating: 0, count: actions.count * actionCount)
    for (state, action) in actions.enumerated() {
      precondition((0..<actionCount).contains(action), "action \(action) of \(actionCount) in state \(state)")
      table[state * actionCount + action] = 1
    }
    (stateCount, self.actionCount, probabilities) = (actions.count, actionCount, table)
  }

  /// The most probable action of each state, the first of several.
  public var actions: [Int] {
    (0..<stateCount).map { state in
      var best = 0
      for action in 1..<max(1, actionCount)
      where probabilities[state * actionCount + action] > probabilities[state * actionCount + best] { best = action }
      return best
    }
  }

  /// The probability of an action in the table.
  @inlinable public func probability(of action: Int, for state: Int) -> Double {
    probabilities[state * actionCount + action]
  }

  /// An action drawn by the probabilities of a state.
  @inlinable public func action(for state: Int, using random: inout Philox) -> Int {
    let first = state * actionCount
    var rest = random.uniform()
    var last = 0
    for action in 0..<actionCount where probabilities[first + action] > 0 {
      rest -= probabilities[first + action]
      if rest < 0 { return action }
      last = action
    }
    return last
  }
}

/// An episode as it happened: observation t, the action taken there, and the reward that followed it.
public struct Episode<Observation: Sendable>: Sendable {
  /// The observations S₀, S₁, … at which actions were taken.
  public var observations: [Observation] = []
  /// The actions A₀, A₁, ….
  public var actions: [Int] = []
  /// The rewards R₁, R₂, …: entry t follows action t.
  public var rewards: [Double] = []

  /// An episode without steps.
  public init() {}

  /// The number of steps.
  public var count: Int { rewards.count }

  /// The sum of discounted rewards from step `first` on.
  public func discountedReturn(_ discount: Double, from first: Int = 0) -> Double {
    var sum = 0.0
    for step in stride(from: count - 1, through: first, by: -1) { sum = rewards[step] + discount * sum }
    return sum
  }

  /// Replaces this episode by a new one that follows a policy; memory is reused.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @inlinable public mutating func record<E: DiscreteActions, P: Policy>(
    _ environment: inout E, following policy: P, maximumSteps: Int = .max, using random: inout Philox
  ) where E.Observation == Observation, P.Observation == Observation {
    observations.removeAll(keepingCapacity: true)
    actions.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    var observation = environment.reset(using: &random)
    while rewards.count < maximumSteps {
      let action = policy.action(for: observation, using: &random)
      let next = environment.step(action, using: &random)
      observations.append(observation)
      actions.append(action)
      rewards.append(next.reward)
      if next.isLast { return }
      observation = next.observation
    }
  }
}

/// The sum of rewards and the length of an episode.
public struct EpisodeTotals: Sendable, Equatable {
  /// The sum of the rewards, without a discount.
  public var reward = 0.0
  /// The number of steps.
  public var steps = 0

  /// No steps yet.
  @inlinable public init() {}
}
