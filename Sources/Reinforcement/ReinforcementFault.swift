import KodamaCore

/// What is wrong with a model, a policy or a setting of reinforcement learning.
public enum ReinforcementFault: Fault, Equatable {
  /// A probability of a model that is not finite or negative.
  case probability(state: Int, action: Int, next: Int, value: Double)
  /// Probabilities of a model that do not sum to 1.
  case probabilitySum(state: Int, action: Int, sum: Double)
  /// A reward of a model that is not finite.
  case reward(state: Int, action: Int, next: Int, value: Double)
  /// A next state that the model does not have.
  case nextState(state: Int, action: Int, next: Int, states: Int)
  /// A state that does not end an episode and has no action.
  case noAction(state: Int)
  /// A probability of a policy that is not finite or negative.
  case policyProbability(state: Int, action: Int, value: Double)
  /// Probabilities of a policy that do not sum to 1.
  case policySum(state: Int, sum: Double)
  /// A table of another size than states and actions need.
  case size(table: String, count: Int, expected: Int)
  /// A discount outside [0, 1].
  case discount(Double)
  /// A setting outside its range.
  case setting(name: String, value: Double, range: String)
  /// Sweeps over the states that did not converge: with a discount of 1, a policy whose episodes never end has no
  /// finite values.
  case noConvergence(sweeps: Int, change: Double)
  /// A number of an observation that is not finite.
  case observation(number: Int, value: Double)
  /// A reward of a step that is not finite.
  case stepReward(Double)
  /// A gradient of a network's loss, or what the network computes, that is not finite after so many updates.
  case notFinite(what: String, updates: Int)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .probability(let state, let action, let next, let value):
      "state \(state), action \(action): the probability of state \(next) is \(value); probabilities must be finite and "
        + "not negative"
    case .probabilitySum(let state, let action, let sum):
      "state \(state), action \(action): the probabilities of the next states sum to \(sum); they must sum to 1"
    case .reward(let state, let action, let next, let value):
      "state \(state), action \(action): the reward towards state \(next) is \(value); rewards must be finite"
    case .nextState(let state, let action, let next, let states):
      "state \(state), action \(action): the next state \(next) is not one of the \(states) states; number them from 0"
    case .noAction(let state):
      "state \(state) has no action; give it one, or let it end the episode"
    case .policyProbability(let state, let action, let value):
      "state \(state): the policy's probability of action \(action) is \(value); probabilities must be finite and not "
        + "negative"
    case .policySum(let state, let sum):
      "state \(state): the policy's probabilities sum to \(sum); they must sum to 1"
    case .size(let table, let count, let expected):
      "\(table) has \(count) entries; it must have \(expected)"
    case .discount(let value):
      "the discount is \(value); it must be from 0 to 1"
    case .setting(let name, let value, let range):
      "\(name) is \(value); it must be \(range)"
    case .noConvergence(let sweeps, let change):
      "after \(sweeps) sweeps the values still change by \(change); lower the discount below 1, or take a policy whose "
        + "episodes end"
    case .observation(let number, let value):
      "number \(number) of an observation is \(value); observations must be finite"
    case .stepReward(let value):
      "a step has the reward \(value); rewards must be finite"
    case .notFinite(let what, let updates):
      "after \(updates) updates \(what) are not finite; lower the learning rate, or scale rewards and observations to "
        + "about 1"
    }
  }

  /// 64 for a setting, 65 for a model, a policy or data.
  public var exitStatus: ExitStatus {
    switch self {
    case .discount, .setting, .noConvergence, .notFinite: .usage
    default: .badData
    }
  }

  /// Throws unless a discount is in [0, 1].
  package static func check(discount: Double) throws {
    if !(discount >= 0 && discount <= 1) { throw ReinforcementFault.discount(discount) }
  }

  /// Throws unless a setting is in a closed range.
  package static func check(_ name: String, _ value: Double, in range: ClosedRange<Double>) throws {
    if range.contains(value) { return }
    throw ReinforcementFault.setting(
      name: name, value: value, range: "from \(range.lowerBound) to \(range.upperBound)")
  }

  /// Throws unless a setting is positive and finite.
  package static func check(positive name: String, _ value: Double) throws {
    if value > 0 && value.isFinite { return }
    throw ReinforcementFault.setting(name: name, value: value, range: "positive and finite")
  }

  /// Throws unless the reward of a step is finite.
  package static func check(reward: Double) throws {
    if !reward.isFinite { throw ReinforcementFault.stepReward(reward) }
  }

  /// Throws unless a count is at least a minimum.
  package static func check(_ name: String, _ count: Int, atLeast minimum: Int) throws {
    if count >= minimum { return }
    throw ReinforcementFault.setting(name: name, value: Double(count), range: "at least \(minimum)")
  }
}
