import KodamaCore
import KodamaLayers
import KodamaTensors

/// The settings of a `NetworkReinforce`.
public struct NetworkReinforceSettings: Sendable, Equatable {
  /// The discount γ.
  public var discount: Double
  /// The episodes of one update.
  public var episodes: Int
  /// Where an episode that goes on is cut off.
  public var maximumSteps: Int
  /// The learning rate by update.
  public var learningRate: Schedule
  /// The optimizer.
  public var optimizer: OptimizerAlgorithm
  /// The factors of the loss of values and of the entropy.
  public var valueFactor, entropyFactor: Double
  /// The norm that larger gradients are scaled down to.
  public var gradientNorm: Double

  /// Settings.
  public init(
    discount: Double = 0.99, episodes: Int = 8, maximumSteps: Int = .max, learningRate: Schedule = 1e-2,
    optimizer: OptimizerAlgorithm = .adam(), valueFactor: Double = 0.5, entropyFactor: Double = 0,
    gradientNorm: Double = .greatestFiniteMagnitude
  ) {
    (self.discount, self.episodes, self.maximumSteps) = (discount, episodes, maximumSteps)
    (self.learningRate, self.optimizer, self.gradientNorm) = (learningRate, optimizer, gradientNorm)
    (self.valueFactor, self.entropyFactor) = (valueFactor, entropyFactor)
  }

  /// Throws `ReinforcementFault` for a setting outside its range.
  public func check() throws {
    let any = Double.greatestFiniteMagnitude
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check("the number of episodes", episodes, atLeast: 1)
    try ReinforcementFault.check("the largest number of steps", maximumSteps, atLeast: 1)
    try learningRate.check("the learning rate", in: Double.leastNormalMagnitude...1)
    try ReinforcementFault.check("the factor of the loss of values", valueFactor, in: 0...any)
    try ReinforcementFault.check("the factor of the entropy", entropyFactor, in: 0...any)
    try ReinforcementFault.check(positive: "the largest norm of gradients", gradientNorm)
  }
}

/// REINFORCE with a network: after some whole episodes the parameters move along the mean over episodes of
///
///     Σ_t γ^t (G_t − v(S_t)) ∇ ln π(A_t | S_t)
///
/// an unbiased estimate of the gradient of the value of the first state. The baseline v is the network's; an `ActorOnly`
/// network has none. Episodes that are cut off count as ended.
///
/// - Source: Williams 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement learning";
///   Sutton and Barto 2018, §13.3 and 13.4.
public struct NetworkReinforce<
  E: Environment, Input: NetworkInput, Network: ActorCriticNetwork, Actions: ActionDistribution
>: Sendable where E.Observation == Input.Observation, E.Action == Actions.Action {
  /// The policy.
  public private(set) var policy: NetworkPolicy<Input, Network, Actions>
  /// The settings.
  public let settings: NetworkReinforceSettings
  /// The updates and the steps of all episodes so far.
  public private(set) var updateCount = 0, stepCount = 0
  /// What episodes that are yet to begin are played in.
  public var environment: E
  private let seed: UInt64
  private var descent: NetworkDescent
  private var draws: Philox

  /// A learner with an initial network.
  ///
  /// - Parameters:
  ///   - seed: of the initial parameters, the environments and the actions.
  ///   - workers: the threads; results do not depend on them.
  /// - Throws: `ReinforcementFault` for a setting outside its range, or a network whose inputs or outputs do not fit.
  public init(
    _ environment: E, _ input: Input, _ network: Network, _ actions: Actions,
    _ settings: NetworkReinforceSettings = NetworkReinforceSettings(), seed: UInt64, workers: Workers = .serial
  ) throws {
    try settings.check()
    (self.environment, self.settings, self.seed) = (environment, settings, seed)
    policy = try NetworkPolicy(input, network, actions, seed: seed, workers: workers)
    descent = NetworkDescent(
      settings.optimizer, policy.parameters, normLimit: settings.gradientNorm, seed: seed, workers: workers)
    draws = Philox(seed: seed, stream: StableHash("actions").value)
  }

  /// Plays the episodes of one update side by side and learns from them.
  ///
  /// - Throws: `ReinforcementFault` for an observation, a reward, a loss or its gradient that is not finite.
  @discardableResult
  public mutating func iterate() throws -> PolicyReport {
    var report = PolicyReport()
    var batches = [PolicyBatch<Actions.Action>](repeating: PolicyBatch(), count: settings.episodes)
    var rewards = [[Double]](repeating: [], count: settings.episodes)
    var values = rewards
    let (inputs, outputs) = (policy.input.count, policy.actions.outputs)
    let first = UInt64(updateCount) * UInt64(settings.episodes)
    var open = OpenEpisodes(environment, count: settings.episodes, seed: seed, firstStream: first)
    while !open.observations.isEmpty {
      let rows = try policy.input.rows(open.observations)
      let found = policy.evaluate(rows: rows)
      var actions: [Actions.Action] = []
      for (place, episode) in open.numbers.enumerated() {
        let numbers = found.outputs[place * outputs..<(place + 1) * outputs]
        actions.append(policy.actions.sample(numbers, using: &draws))
        batches[episode].observations += rows[place * inputs..<(place + 1) * inputs]
        batches[episode].actions.append(actions[place])
        batches[episode].outputs += numbers
        values[episode].append(Double(found.values[place]))
      }
      try open.step(actions) { episode, next in
        rewards[episode].append(next.reward)
        return rewards[episode].count < settings.maximumSteps
      }
    }
    for episode in batches.indices {
      batches[episode].setReturns(rewards[episode], values: values[episode], discount: settings.discount)
      var totals = EpisodeTotals()
      totals.reward = rewards[episode].reduce(0, +)
      totals.steps = rewards[episode].count
      report.episodes.append(totals)
      stepCount += totals.steps
    }
    let batch = PolicyBatch(episodes: batches)
    let loss = PolicyLoss(
      policy.network, policy.actions, .logProbability, valueFactor: settings.valueFactor,
      entropyFactor: settings.entropyFactor)
    let rate = settings.learningRate.value(atStep: updateCount)
    report.loss = try descent.step(&policy.parameters, rate: rate) { loss.forward(batch, $0).loss }
    let rows = Tape<Float>(recording: false).constant(Tensor([batch.count, outputs], batch.outputs))
    report.entropy = Double(policy.actions.entropies(rows).mean().value.item)
    updateCount += 1
    return report
  }
}

extension PolicyBatch {
  /// Sets the advantages γ^t (G_t − v(S_t)) and the targets G_t of the steps of one whole episode.
  package mutating func setReturns(_ rewards: [Double], values: [Double], discount: Double) {
    targets = [Double](repeating: 0, count: rewards.count)
    var sum = 0.0
    for step in rewards.indices.reversed() {
      sum = rewards[step] + discount * sum
      targets[step] = sum
    }
    var weight = 1.0
    advantages = rewards.indices.map { step in
      defer { weight *= discount }
      return weight * (targets[step] - values[step])
    }
  }

  /// The steps of whole episodes in one batch. Advantages are scaled by steps per episode: the mean over steps is then
  /// the mean over episodes of sums.
  package init(episodes: [PolicyBatch]) {
    self.init()
    for episode in episodes {
      observations += episode.observations
      actions += episode.actions
      advantages += episode.advantages
      targets += episode.targets
      outputs += episode.outputs
    }
    let scale = Double(count) / Double(max(1, episodes.count))
    for index in advantages.indices { advantages[index] *= scale }
    logProbabilities = [Double](repeating: 0, count: count)
  }
}
