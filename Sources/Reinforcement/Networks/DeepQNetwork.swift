import KodamaCore
import KodamaLayers
import KodamaTensors

/// The settings of a `DeepQNetwork`.
public struct DeepQSettings: Sendable, Equatable {
  /// How the target network follows the one that learns.
  public enum Target: Sendable, Equatable {
    /// It is replaced by it after so many updates.
    ///
    /// - Source: Mnih et al. 2015, algorithm 1.
    case copied(every: Int)
    /// It moves by this share of the difference at every update.
    ///
    /// - Source: Lillicrap et al. 2016, "Continuous control with deep reinforcement learning", algorithm 1.
    case averaged(Double)
  }

  /// The discount γ.
  public var discount: Double
  /// Whether the network that learns chooses the action whose value the target network estimates.
  ///
  /// - Source: van Hasselt et al. 2016, "Deep reinforcement learning with double Q-learning".
  public var isDouble: Bool
  /// How actions are chosen, by steps of all environments: random, greedy, ε-greedy or by a softmax.
  public var exploration: Exploration
  /// How the target network follows.
  public var target: Target
  /// The environments side by side.
  public var environments: Int
  /// The transitions that are remembered, and those that are collected before the first update.
  public var capacity, warmUp: Int
  /// The transitions of one update.
  public var batchSize: Int
  /// The steps of all environments for each update.
  public var stepsPerUpdate: Int
  /// The learning rate by update.
  public var learningRate: Schedule
  /// The optimizer.
  public var optimizer: OptimizerAlgorithm
  /// The error from which on the loss is linear.
  public var errorThreshold: Double
  /// The norm that larger gradients are scaled down to.
  public var gradientNorm: Double

  /// Settings.
  public init(
    discount: Double = 0.99, isDouble: Bool = true,
    exploration: Exploration = .epsilonGreedy(.linear(from: 1, to: 0.05, steps: 10_000)),
    target: Target = .averaged(0.01), environments: Int = 1, capacity: Int = 50_000, warmUp: Int = 1000,
    batchSize: Int = 64, stepsPerUpdate: Int = 1, learningRate: Schedule = 1e-3,
    optimizer: OptimizerAlgorithm = .adam(), errorThreshold: Double = 1, gradientNorm: Double = 10
  ) {
    (self.discount, self.isDouble, self.exploration, self.target) = (discount, isDouble, exploration, target)
    (self.environments, self.capacity, self.warmUp) = (environments, capacity, warmUp)
    (self.batchSize, self.stepsPerUpdate) = (batchSize, stepsPerUpdate)
    (self.learningRate, self.optimizer) = (learningRate, optimizer)
    (self.errorThreshold, self.gradientNorm) = (errorThreshold, gradientNorm)
  }

  /// Throws `ReinforcementFault` for a setting outside its range.
  public func check() throws {
    try ReinforcementFault.check(discount: discount)
    try exploration.check()
    if exploration.needsVisits {
      throw ReinforcementFault.setting(
        name: "the exploration by an upper confidence bound", value: 0, range: "on a table, where actions are counted")
    }
    switch target {
    case .copied(let interval): try ReinforcementFault.check("the updates between copies", interval, atLeast: 1)
    case .averaged(let share):
      try ReinforcementFault.check("the share of the target network", share, in: Double.leastNormalMagnitude...1)
    }
    try ReinforcementFault.check("the number of environments", environments, atLeast: 1)
    try ReinforcementFault.check("the capacity of the memory", capacity, atLeast: 1)
    try ReinforcementFault.check("the transitions before the first update", warmUp, atLeast: 1)
    if warmUp > capacity {
      throw ReinforcementFault.setting(
        name: "the number of transitions before the first update", value: Double(warmUp),
        range: "at most the capacity of the memory, \(capacity)")
    }
    try ReinforcementFault.check("the batch size", batchSize, atLeast: 1)
    try ReinforcementFault.check("the steps for each update", stepsPerUpdate, atLeast: 1)
    try learningRate.check("the learning rate", in: Double.leastNormalMagnitude...1)
    try ReinforcementFault.check(positive: "the threshold of errors", errorThreshold)
    try ReinforcementFault.check(positive: "the largest norm of gradients", gradientNorm)
  }
}

/// Q-learning with a network: values of all actions of a state, learned from a replay memory, with targets of a second
/// network that follows the first.
///
///     y = R + γ max_a Q⁻(S', a),  or  y = R + γ Q⁻(S', argmax_a Q(S', a))  for double Q-learning
///
/// The value of a terminal state is 0; an episode that is cut off continues with the values of its last state. The loss is
/// Huber's of Q(S, A) − y.
///
/// - Source: Mnih et al. 2015, "Human-level control through deep reinforcement learning", algorithm 1; van Hasselt et al.
///   2016, "Deep reinforcement learning with double Q-learning".
public struct DeepQNetwork<E: DiscreteActions, Input: NetworkInput, Network: RowNetwork>: Sendable
where E.Observation == Input.Observation {
  /// What some steps of learning did.
  public struct Report: Sendable, Equatable {
    /// The episodes that ended.
    public var episodes: [EpisodeTotals] = []
    /// The updates, and the sum of their losses.
    public var updates = 0, lossSum = 0.0

    /// The mean loss of the updates; nil where there were none.
    public var loss: Double? { updates == 0 ? nil : lossSum / Double(updates) }
  }

  /// How the network takes observations.
  public let input: Input
  /// The network.
  public let network: Network
  /// The settings.
  public let settings: DeepQSettings
  /// The parameters of the network that learns.
  public private(set) var parameters: Parameters<Float>
  /// The parameters of the target network.
  public private(set) var targetParameters: Parameters<Float>
  /// The transitions that are remembered.
  public private(set) var memory: ReplayMemory
  /// The steps of all environments so far.
  public private(set) var stepCount = 0
  /// The parameters of the largest mean reward in evaluations; nil before the first one.
  public private(set) var best: EvaluatedParameters?
  private let actionCount: Int
  private let environment: E
  private let workspace: Workspace
  private var environments: EnvironmentBatch<E>
  private var observations: [E.Observation]
  private var totals: [EpisodeTotals]
  private var descent: NetworkDescent
  private var draws, samples: Philox
  private var pendingSteps = 0

  /// A learner with an initial network.
  ///
  /// - Parameters:
  ///   - seed: of the initial parameters, the environments, the exploration and the batches.
  ///   - workers: the threads; results do not depend on them.
  /// - Throws: `ReinforcementFault` for a setting outside its range, or a network whose inputs or outputs do not fit.
  public init(
    _ environment: E, _ input: Input, _ network: Network, _ settings: DeepQSettings = DeepQSettings(), seed: UInt64,
    workers: Workers = .serial
  ) throws {
    try settings.check()
    try ReinforcementFault.check(inputs: network.inputs, input.count)
    try ReinforcementFault.check(outputs: network.outputs, environment.actionCount)
    (self.input, self.network, self.settings) = (input, network, settings)
    (self.environment, actionCount) = (environment, environment.actionCount)
    parameters = Parameters(network.declarations, seed: seed)
    targetParameters = parameters
    memory = try ReplayMemory(capacity: settings.capacity, inputs: input.count)
    environments = try EnvironmentBatch(environment, count: settings.environments, seed: seed, workers: workers)
    observations = environments.reset()
    totals = [EpisodeTotals](repeating: EpisodeTotals(), count: settings.environments)
    workspace = Workspace(workers: workers)
    descent = NetworkDescent(
      settings.optimizer, parameters, normLimit: settings.gradientNorm, seed: seed, workers: workers)
    draws = Philox(seed: seed, stream: StableHash("actions").value)
    samples = Philox(seed: seed, stream: StableHash("samples").value)
  }

  /// The updates so far.
  public var updateCount: Int { descent.updates }

  /// The values of all actions for observations, [observations · actions].
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func values(for observations: [E.Observation]) throws -> [Float] {
    values(parameters, rows: try input.rows(observations))
  }

  /// The action of the largest value for each observation, the first of several.
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func bestActions(for observations: [E.Observation]) throws -> [Int] {
    let all = try values(for: observations)
    return observations.indices.map { best(all, $0) }
  }

  /// Takes steps in each environment and learns.
  ///
  /// - Parameter steps: of each environment.
  /// - Throws: `ReinforcementFault` for an observation, a reward, a loss or its gradient that is not finite.
  @discardableResult
  public mutating func learn(steps: Int) throws -> Report {
    var report = Report()
    for _ in 0..<steps {
      try takeStep(&report)
      pendingSteps += environments.count
      while pendingSteps >= settings.stepsPerUpdate {
        pendingSteps -= settings.stepsPerUpdate
        if memory.count < settings.warmUp { continue }
        report.lossSum += try update()
        report.updates += 1
      }
    }
    return report
  }

  /// Plays episodes by the actions of the largest values, and keeps the parameters where the mean reward is larger than in
  /// all evaluations before. Learning goes on as without it.
  ///
  /// - Parameters:
  ///   - seed: of the episodes. One seed for all evaluations compares parameters on the same episodes; of the best ones
  ///     the mean reward is then too large, and episodes of another seed tell what they are worth.
  ///   - maximumSteps: where an episode that goes on is cut off.
  /// - Returns: the mean reward.
  /// - Throws: `ReinforcementFault` for a count below 1, or an observation or a reward that is not finite.
  @discardableResult
  public mutating func evaluate(episodes count: Int, seed: UInt64, maximumSteps: Int = .max) throws -> Double {
    let evaluated = try EvaluatedParameters(
      parameters, updates: descent.updates, environment, episodes: count, seed: seed, maximumSteps: maximumSteps
    ) { try bestActions(for: $0) }
    best = evaluated.best(against: best)
    return evaluated.reward
  }

  /// Returns to the parameters of the largest mean reward in evaluations, in both networks; without an evaluation nothing
  /// changes. The moments of the optimizer remain.
  public mutating func restoreBest() {
    guard let best else { return }
    (parameters, targetParameters) = (best.parameters, best.parameters)
  }

  private mutating func takeStep(_ report: inout Report) throws {
    let (rows, width) = (try input.rows(observations), input.count)
    let all = values(parameters, rows: rows).map(Double.init)
    let actions = observations.indices.map { place in
      settings.exploration.action(
        all, at: place * actionCount, count: actionCount, visits: [], step: stepCount + place, using: &draws)
    }
    let results = environments.step(actions)
    let after = try input.rows(results.map { $0.transition.observation })
    for (place, result) in results.enumerated() {
      let next = result.transition
      try ReinforcementFault.check(reward: next.reward)
      let numbers = place * width..<(place + 1) * width
      memory.append(
        rows[numbers], actions[place], reward: next.reward, next: after[numbers], isTerminal: next.isTerminal)
      observations[place] = result.observation
      totals[place].reward += next.reward
      totals[place].steps += 1
      if next.isLast {
        report.episodes.append(totals[place])
        totals[place] = EpisodeTotals()
      }
    }
    stepCount += results.count
  }

  /// Takes one step of the optimizer on a batch of the memory.
  ///
  /// - Returns: the loss before the step.
  private mutating func update() throws -> Double {
    let batch = memory.sample(settings.batchSize, using: &samples)
    let targets = targets(of: batch)
    let rate = settings.learningRate.value(atStep: descent.updates)
    let loss = try descent.step(&parameters, rate: rate) { [network, settings] pass in
      Self.loss(of: batch, targets: targets, network, threshold: settings.errorThreshold, pass)
    }
    switch settings.target {
    case .copied(let interval): if descent.updates % interval == 0 { targetParameters = parameters }
    case .averaged(let share):
      targetParameters.scale(by: Float(1 - share))
      targetParameters.arena.addScaled(Float(share), parameters.arena)
    }
    return loss
  }

  /// What the values of the actions of transitions are moved towards, [rows].
  public func targets(of batch: ReplayMemory.Batch) -> [Double] {
    let later = values(targetParameters, rows: batch.nextObservations)
    let choosing = settings.isDouble ? values(parameters, rows: batch.nextObservations) : later
    return (0..<batch.count).map { row in
      if batch.isTerminal[row] { return batch.rewards[row] }
      return batch.rewards[row] + settings.discount * Double(later[row * actionCount + best(choosing, row)])
    }
  }

  /// The mean of Huber's loss of Q(S, A) − y over the transitions of a batch.
  package static func loss<S: Scalar>(
    of batch: ReplayMemory.Batch, targets: [Double], _ network: Network, threshold: Double, _ pass: Pass<S>
  ) -> Variable<S> {
    let x = Tensor<Float>([batch.count, network.inputs], batch.observations).inPrecision(of: S.self)
    let values = network.forward(pass.tape.constant(x), pass).chosen(batch.actions)
    return values.huberLoss(
      pass.tape.constant(Tensor([batch.count], targets.map { S($0) })), threshold: S(threshold))
  }

  private func values(_ parameters: Parameters<Float>, rows: [Float]) -> [Float] {
    let pass = Pass(parameters, phase: .inference, workspace: workspace)
    let x = Tensor<Float>([rows.count / input.count, input.count], rows)
    return network.forward(pass.tape.constant(x), pass).value.elements
  }

  private func best(_ values: [Float], _ row: Int) -> Int {
    var best = row * actionCount
    for index in best..<best + actionCount where values[index] > values[best] { best = index }
    return best - row * actionCount
  }
}
