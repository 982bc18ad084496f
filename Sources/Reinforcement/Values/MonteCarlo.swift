import KodamaCore

/// Which visits of an episode to a state count.
public enum Visits: Sendable, CaseIterable {
  /// The first.
  case first
  /// Every one.
  case every
}

/// Marks of the first visits of an episode, kept from one episode to the next without clearing.
struct FirstVisits: Sendable {
  private var marks: [Int]
  private var episode = 0

  init(count: Int) { marks = [Int](repeating: -1, count: count) }

  /// The steps of an episode that are first visits to their index.
  mutating func flags(_ indices: some Collection<Int>, into flags: inout [Bool]) {
    episode += 1
    flags.removeAll(keepingCapacity: true)
    for index in indices {
      flags.append(marks[index] != episode)
      marks[index] = episode
    }
  }
}

/// Values of the states under the policy that is followed: means of the returns after visits.
///
/// - Source: Sutton and Barto 2018, §5.1; with a constant step size, eq. 6.1.
public struct MonteCarloPrediction: Sendable {
  /// The values of the states.
  public var values: [Double]
  /// The number of returns averaged for each state.
  public private(set) var counts: [Int]
  /// The discount γ.
  public let discount: Double
  private let visits: Visits
  private let stepSize: Double?
  private var first: FirstVisits
  private var flags: [Bool] = []

  /// A prediction.
  ///
  /// - Parameter stepSize: the share by which a return changes a value; nil averages the returns.
  /// - Throws: `ReinforcementFault` for a discount or step size outside [0, 1] or no state.
  public init(
    stateCount: Int, discount: Double, visits: Visits = .first, stepSize: Double? = nil, initial: Double = 0
  ) throws {
    try ReinforcementFault.check("the number of states", stateCount, atLeast: 1)
    try ReinforcementFault.check(discount: discount)
    if let stepSize { try ReinforcementFault.check("the step size", stepSize, in: 0...1) }
    values = [Double](repeating: initial, count: stateCount)
    counts = [Int](repeating: 0, count: stateCount)
    first = FirstVisits(count: stateCount)
    (self.discount, self.visits, self.stepSize) = (discount, visits, stepSize)
  }

  /// Learns from an episode that has ended.
  public mutating func learn(_ episode: Episode<Int>) {
    first.flags(episode.observations, into: &flags)
    var sum = 0.0
    for step in stride(from: episode.count - 1, through: 0, by: -1) {
      sum = episode.rewards[step] + discount * sum
      if visits == .first && !flags[step] { continue }
      let state = episode.observations[step]
      counts[state] += 1
      values[state] += (stepSize ?? 1 / Double(counts[state])) * (sum - values[state])
    }
  }
}

/// Control on the policy: the values of actions are means of returns, and actions are chosen by them.
///
/// With exploring starts, an environment that begins anywhere with a random first action and then a greedy choice; without,
/// an ε-greedy choice.
///
/// - Source: Sutton and Barto 2018, §5.3 and 5.4.
public struct MonteCarloControl: Sendable {
  /// The values of the actions.
  public var values: ActionValues
  /// The discount γ.
  public let discount: Double
  /// How actions are chosen.
  public let exploration: Exploration
  /// Whether the first action of each episode is random.
  public let hasExploringStarts: Bool
  /// Which visits to an action count.
  public let visits: Visits
  /// Steps over all episodes, the clock of schedules.
  public var steps = 0
  @usableFromInline var places: [Int] = []
  @usableFromInline var rewards: [Double] = []
  private var first: FirstVisits
  private var flags: [Bool] = []

  /// Control.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1], no state or no action, or a setting of the exploration outside its range.
  public init(
    stateCount: Int, actionCount: Int, discount: Double, _ exploration: Exploration, hasExploringStarts: Bool = false,
    visits: Visits = .first
  ) throws {
    try ActionValues.check(
      stateCount: stateCount, actionCount: actionCount, stepSize: nil, discount: discount, exploration)
    values = ActionValues(stateCount: stateCount, actionCount: actionCount)
    first = FirstVisits(count: stateCount * actionCount)
    (self.discount, self.exploration, self.visits) = (discount, exploration, visits)
    self.hasExploringStarts = hasExploringStarts
  }

  /// Plays an episode and learns from it.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off. A greedy choice may never reach the end.
  @discardableResult
  @inlinable public mutating func playEpisode<E: TabularEnvironment>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals {
    places.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    var totals = EpisodeTotals()
    var state = environment.reset(using: &random)
    while totals.steps < maximumSteps {
      let count = environment.actionCount(in: state)
      let action =
        hasExploringStarts && totals.steps == 0
        ? random.integer(below: count) : values.action(state, count: count, exploration, step: steps, using: &random)
      let next = environment.step(action, using: &random)
      places.append(state * values.actionCount + action)
      rewards.append(next.reward)
      totals.reward += next.reward
      totals.steps += 1
      steps += 1
      if next.isLast { break }
      state = next.observation
    }
    learn()
    return totals
  }

  /// Averages the returns of the episode.
  @usableFromInline mutating func learn() {
    first.flags(places, into: &flags)
    var sum = 0.0
    for step in stride(from: places.count - 1, through: 0, by: -1) {
      sum = rewards[step] + discount * sum
      let place = places[step]
      if visits == .first && !flags[step] { continue }
      values.visits[place] += 1
      values.values[place] += (sum - values.values[place]) / Double(values.visits[place])
    }
  }
}
