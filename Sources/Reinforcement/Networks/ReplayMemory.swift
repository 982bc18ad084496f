import KodamaCore

/// The last transitions that were seen, from which batches are drawn uniformly, with replacement.
///
/// - Source: Lin 1992, "Self-improving reactive agents based on reinforcement learning, planning and teaching"; Mnih et
///   al. 2015, "Human-level control through deep reinforcement learning", methods.
public struct ReplayMemory: Sendable {
  /// Transitions as rows.
  public struct Batch: Sendable, Equatable {
    /// The numbers of the observations before and after the actions [rows · inputs].
    public var observations: [Float] = [], nextObservations: [Float] = []
    /// The actions [rows].
    public var actions: [Int] = []
    /// The rewards [rows].
    public var rewards: [Double] = []
    /// Whether the state after the action is terminal [rows].
    public var isTerminal: [Bool] = []

    /// No transitions.
    public init() {}

    /// The number of transitions.
    public var count: Int { actions.count }
  }

  /// The largest number of transitions.
  public let capacity: Int
  /// The numbers of an observation.
  public let inputs: Int
  private var stored = Batch()
  private var next = 0

  /// An empty memory.
  ///
  /// - Throws: `ReinforcementFault.setting` for a capacity or a number of inputs below 1.
  public init(capacity: Int, inputs: Int) throws {
    try ReinforcementFault.check("the capacity of the memory", capacity, atLeast: 1)
    try ReinforcementFault.check("the numbers of an observation", inputs, atLeast: 1)
    (self.capacity, self.inputs) = (capacity, inputs)
  }

  /// The number of transitions.
  public var count: Int { stored.count }

  /// Adds a transition; the oldest one is dropped where the memory is full.
  ///
  /// - Precondition: `inputs` numbers of both observations.
  public mutating func append(
    _ observation: ArraySlice<Float>, _ action: Int, reward: Double, next after: ArraySlice<Float>, isTerminal: Bool
  ) {
    precondition(
      observation.count == inputs && after.count == inputs,
      "observations of \(observation.count) and \(after.count) numbers in a memory for \(inputs)")
    if count < capacity {
      stored.observations += observation
      stored.nextObservations += after
      stored.actions.append(action)
      stored.rewards.append(reward)
      stored.isTerminal.append(isTerminal)
    } else {
      let place = next * inputs..<(next + 1) * inputs
      stored.observations.replaceSubrange(place, with: observation)
      stored.nextObservations.replaceSubrange(place, with: after)
      stored.actions[next] = action
      stored.rewards[next] = reward
      stored.isTerminal[next] = isTerminal
    }
    next = (next + 1) % capacity
  }

  /// A batch of transitions, each drawn from all with the same probability.
  ///
  /// - Precondition: the memory is not empty.
  public func sample(_ rows: Int, using random: inout Philox) -> Batch {
    precondition(count > 0, "a batch of an empty memory")
    var batch = Batch()
    batch.observations.reserveCapacity(rows * inputs)
    batch.nextObservations.reserveCapacity(rows * inputs)
    for _ in 0..<rows {
      let index = random.integer(below: count)
      let place = index * inputs..<(index + 1) * inputs
      batch.observations += stored.observations[place]
      batch.nextObservations += stored.nextObservations[place]
      batch.actions.append(stored.actions[index])
      batch.rewards.append(stored.rewards[index])
      batch.isTerminal.append(stored.isTerminal[index])
    }
    return batch
  }
}
