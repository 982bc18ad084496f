import KodamaCore

/// A random walk: a row of states between two ends; action 0 moves left, action 1 right. Episodes begin in the middle.
///
/// - Source: Sutton and Barto 2018, example 6.2 (5 states, rewards 0 and 1) and example 7.1 (19 states, −1 and 1).
public struct RandomWalk: TabularEnvironment, Hashable {
  /// The number of states between the ends.
  public let length: Int
  /// The rewards at the left and the right end.
  public let leftReward, rightReward: Double
  /// The current state: 0 is the left end, `length` + 1 the right one.
  public var state: Int

  /// A walk of `length` states.
  ///
  /// - Throws: `ReinforcementFault.setting` for a length below 1.
  public init(length: Int, leftReward: Double = 0, rightReward: Double = 1) throws {
    try ReinforcementFault.check("the length of a walk", length, atLeast: 1)
    (self.length, self.leftReward, self.rightReward) = (length, leftReward, rightReward)
    state = (length + 1) / 2
  }

  /// The states between the ends, and both ends.
  @inlinable public var stateCount: Int { length + 2 }
  /// 2: left and right.
  @inlinable public var actionCount: Int { 2 }

  /// The values of the states under the random policy without a discount, those of the ends being 0: a line between
  /// the two rewards.
  public var randomValues: [Double] {
    (0..<stateCount).map { state in
      let share = Double(state) / Double(length + 1)
      return state == 0 || state > length ? 0 : leftReward + (rightReward - leftReward) * share
    }
  }

  /// Begins in the middle; of an even length left of it.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    state = (length + 1) / 2
    return state
  }

  /// Moves by one state. The reward is 0 but at the ends.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    state += action == 0 ? -1 : 1
    if state == 0 { return Transition(state, reward: leftReward, ending: .terminal) }
    if state > length { return Transition(state, reward: rightReward, ending: .terminal) }
    return Transition(state, reward: 0)
  }
}

/// The short corridor with switched actions: three states that look alike. Action 0 is left and action 1 right, but in
/// the second state the other way round. Every step costs 1; the right end is the goal. The best policy takes right with
/// probability 2 − √2 ≈ 0.59, of value −2 · (3 + 2√2) ≈ −11.66.
///
/// - Source: Sutton and Barto 2018, example 13.1.
public struct ShortCorridor: TabularEnvironment, Hashable {
  /// The current place: 0, 1, 2, or 3 at the goal.
  public var place = 0

  /// The corridor at its start.
  public init() {}

  /// One: all places look alike.
  @inlinable public var stateCount: Int { 1 }
  /// 2: left and right.
  @inlinable public var actionCount: Int { 2 }

  /// Begins in the first place.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    place = 0
    return 0
  }

  /// Moves by one place, which in the second one is the other way round. The reward is −1.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    let isRight = (action == 1) != (place == 1)
    place = max(0, place + (isRight ? 1 : -1))
    return Transition(0, reward: -1, ending: place == 3 ? .terminal : .none)
  }
}

/// Two states in which a maximum over estimates misleads: from A, action 1 ends the episode with reward 0, action 0 leads
/// to B, from where each of many actions ends it with a normal reward of mean −0.1 and variance 1.
///
/// - Source: Sutton and Barto 2018, example 6.7.
public struct MaximizationBias: TabularEnvironment, Hashable {
  /// State A, where episodes begin; state B; the end.
  public static let a = 0, b = 1, end = 2
  /// The current state.
  public var state = 0
  /// The number of actions in B.
  public let actionCount: Int

  /// The two states.
  ///
  /// - Throws: `ReinforcementFault.setting` for fewer than two actions.
  public init(actions: Int = 10) throws {
    try ReinforcementFault.check("the number of actions", actions, atLeast: 2)
    actionCount = actions
  }

  /// 3: A, B and the end.
  @inlinable public var stateCount: Int { 3 }

  /// 2 in A, all in B.
  @inlinable public func actionCount(in state: Int) -> Int { state == 0 ? 2 : actionCount }

  /// Begins in A.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    state = 0
    return state
  }

  /// Moves from A to B (action 0), or ends the episode.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    if state == 0 && action == 0 {
      state = 1
      return Transition(state, reward: 0)
    }
    let reward = state == 0 ? 0 : random.normal() - 0.1
    state = 2
    return Transition(state, reward: reward, ending: .terminal)
  }
}
