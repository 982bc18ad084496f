import KodamaCore

/// A problem that is learned by interaction: observations, actions, rewards, and an end.
///
/// An environment is a value: a copy continues independently from the same state, which tree search and batches need.
/// Randomness is an argument, so equal seeds give equal episodes.
///
/// Loops over environments are inlinable generics. They are compiled for the environment at hand, in any module, and
/// allocate nothing as long as its observations do not.
///
/// - Source: Sutton and Barto 2018, §3.1.
public protocol Environment<Observation, Action>: Sendable {
  /// What is observed of the state: an index, a vector, or any other value.
  associatedtype Observation: Sendable
  /// What is done.
  associatedtype Action: Sendable

  /// Begins an episode.
  ///
  /// - Returns: its first observation.
  mutating func reset(using random: inout Philox) -> Observation

  /// Takes an action in an episode that has begun and not ended.
  mutating func step(_ action: Action, using random: inout Philox) -> Transition<Observation>
}

/// What follows an action.
public struct Transition<Observation: Sendable>: Sendable {
  /// How an episode goes on.
  public enum Ending: Sendable, Equatable {
    /// It continues.
    case none
    /// It ended in a terminal state, whose value is 0.
    case terminal
    /// It was cut off, such as by a limit on steps; the value of the last state counts.
    case truncated
  }

  /// The observation after the action.
  public let observation: Observation
  /// The reward.
  public let reward: Double
  /// Whether the episode ended, and how.
  public let ending: Ending

  /// A transition.
  @inlinable public init(_ observation: Observation, reward: Double, ending: Ending = .none) {
    (self.observation, self.reward, self.ending) = (observation, reward, ending)
  }

  /// Whether the state is terminal: its value is 0.
  @inlinable public var isTerminal: Bool { ending == .terminal }
  /// Whether the episode ended, in whatever way.
  @inlinable public var isLast: Bool { ending != .none }
}

extension Transition: Equatable where Observation: Equatable {}

/// An environment with actions 0..<`actionCount`.
public protocol DiscreteActions: Environment where Action == Int {
  /// The number of actions.
  var actionCount: Int { get }
}

/// An environment with observations 0..<`stateCount` and actions 0..<`actionCount`: its values fit in a table.
public protocol TabularEnvironment: DiscreteActions where Observation == Int {
  /// The number of states, terminal ones included.
  var stateCount: Int { get }

  /// The number of actions of a state: these are the first ones. All by default.
  func actionCount(in state: Int) -> Int
}

extension TabularEnvironment {
  /// The number of all actions.
  @inlinable public func actionCount(in state: Int) -> Int { actionCount }
}

/// An environment whose episodes are cut off after a number of steps.
public struct TimeLimit<Base: Environment>: Environment {
  /// The environment without a limit.
  public var base: Base
  /// The largest number of steps of an episode.
  public let limit: Int
  /// Steps of the current episode.
  public var steps = 0

  /// An environment with a limit.
  ///
  /// - Throws: `ReinforcementFault.setting` for a limit below 1.
  public init(_ base: Base, steps limit: Int) throws {
    try ReinforcementFault.check("the limit on steps", limit, atLeast: 1)
    (self.base, self.limit) = (base, limit)
  }

  /// Begins an episode, whose steps are counted from 0.
  @inlinable public mutating func reset(using random: inout Philox) -> Base.Observation {
    steps = 0
    return base.reset(using: &random)
  }

  /// Takes a step; the last one of the limit cuts the episode off, unless it ends there.
  @inlinable public mutating func step(
    _ action: Base.Action, using random: inout Philox
  ) -> Transition<Base.Observation> {
    let next = base.step(action, using: &random)
    steps += 1
    if next.isLast || steps < limit { return next }
    return Transition(next.observation, reward: next.reward, ending: .truncated)
  }
}

extension TimeLimit: DiscreteActions where Base: DiscreteActions {
  @inlinable public var actionCount: Int { base.actionCount }
}

extension TimeLimit: TabularEnvironment where Base: TabularEnvironment {
  @inlinable public var stateCount: Int { base.stateCount }
  @inlinable public func actionCount(in state: Int) -> Int { base.actionCount(in: state) }
}
