import KodamaCore

/// Episodes sampled from a known model.
public struct ModelEnvironment: TabularEnvironment {
  /// The model.
  public let model: FiniteModel
  /// The current state.
  public private(set) var state = 0

  /// An environment that follows a model, in which each state has the same actions.
  ///
  /// - Throws: `ReinforcementFault.noAction` for a state that is not terminal and lacks one of the actions.
  public init(_ model: FiniteModel) throws {
    for state in 0..<model.stateCount where !model.isTerminal[state] {
      let isComplete = (0..<model.actionCount).allSatisfy { model.isAvailable($0, in: state) }
      if !isComplete { throw ReinforcementFault.noAction(state: state) }
    }
    self.model = model
  }

  /// The states of the model.
  public var stateCount: Int { model.stateCount }
  /// The actions of the model.
  public var actionCount: Int { model.actionCount }

  /// Begins in one of the model's starts, all equally probable.
  public mutating func reset(using random: inout Philox) -> Int {
    state = model.starts[random.integer(below: model.starts.count)]
    return state
  }

  /// Moves to a state drawn by the model's probabilities.
  ///
  /// - Precondition: the episode has not ended.
  public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    let outcomes = model.outcomes(of: action, in: state)
    precondition(!outcomes.isEmpty, "state \(state) is terminal or has no action \(action)")
    var rest = random.uniform()
    var chosen = outcomes[outcomes.endIndex - 1]
    for outcome in outcomes {
      rest -= outcome.probability
      if rest < 0 {
        chosen = outcome
        break
      }
    }
    state = chosen.state
    return Transition(state, reward: chosen.reward, ending: model.isTerminal[state] ? .terminal : .none)
  }
}
