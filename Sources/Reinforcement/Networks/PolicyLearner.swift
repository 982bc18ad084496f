import KodamaCore
import KodamaLayers
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is made large.
public enum RewardGoal: Sendable, Equatable {
  /// The discounted sum of the rewards of an episode.
  case discounted(Double)
  /// The average reward per step of a task without an end. Its estimate R̄ moves by the step size times the mean error
  /// of each iteration.
  ///
  /// - Source: Sutton and Barto 2018, §13.6.
  case averageReward(stepSize: Double)

  /// The discount γ; 1 for the average reward.
  public var discount: Double {
    if case .discounted(let discount) = self { discount } else { 1 }
  }

  /// Throws `ReinforcementFault` for a discount outside [0, 1] or a step size that is not positive.
  public func check() throws {
    switch self {
    case .discounted(let discount): try ReinforcementFault.check(discount: discount)
    case .averageReward(let stepSize):
      try ReinforcementFault.check(positive: "the step size of the average reward", stepSize)
    }
  }
}

/// The settings of a `PolicyLearner`.
public struct PolicyLearnerSettings: Sendable, Equatable {
  /// What is made large.
  public var goal: RewardGoal
  /// What the policy is moved by.
  public var objective: PolicyObjective
  /// λ of the advantages.
  public var decay: Double
  /// The environments side by side.
  public var environments: Int
  /// The steps of each environment in an iteration.
  public var steps: Int
  /// How often the steps of an iteration are learned from.
  public var epochs: Int
  /// The steps of one update; `Int.max` for all of an iteration.
  public var batchSize: Int
  /// The learning rate by iteration.
  public var learningRate: Schedule
  /// The optimizer.
  public var optimizer: OptimizerAlgorithm
  /// The factors of the loss of values, of the entropy and of the divergence from the former policy.
  public var valueFactor, entropyFactor, divergenceFactor: Double
  /// The divergence in nats that an iteration aims at: the factor is halved after an iteration whose divergence was less
  /// than 2/3 of it, and doubled after one of more than 3/2; nil leaves it.
  ///
  /// - Source: Schulman et al. 2017, §4.
  public var divergenceTarget: Double?
  /// The norm that larger gradients are scaled down to.
  public var gradientNorm: Double
  /// Whether the advantages of an iteration are moved and scaled to mean 0 and standard deviation 1.
  public var normalizesAdvantages: Bool

  /// Settings; those of proximal policy optimization by default.
  public init(
    _ goal: RewardGoal = .discounted(0.99), _ objective: PolicyObjective = .clippedRatio(0.2), decay: Double = 0.95,
    environments: Int = 8, steps: Int = 128, epochs: Int = 4, batchSize: Int = 256, learningRate: Schedule = 3e-4,
    optimizer: OptimizerAlgorithm = .adam(epsilon: 1e-5), valueFactor: Double = 0.5, entropyFactor: Double = 0,
    divergenceFactor: Double = 0, divergenceTarget: Double? = nil, gradientNorm: Double = 0.5,
    normalizesAdvantages: Bool = true
  ) {
    (self.goal, self.objective, self.decay) = (goal, objective, decay)
    (self.environments, self.steps, self.epochs) = (environments, steps, epochs)
    (self.batchSize, self.learningRate, self.optimizer) = (batchSize, learningRate, optimizer)
    (self.valueFactor, self.entropyFactor, self.divergenceFactor) = (valueFactor, entropyFactor, divergenceFactor)
    (self.divergenceTarget, self.gradientNorm) = (divergenceTarget, gradientNorm)
    self.normalizesAdvantages = normalizesAdvantages
  }

  /// An actor and a critic that take one step of the optimizer by all steps of an iteration; with λ = 0 by the errors of
  /// single steps.
  ///
  /// - Source: Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning", §4, without the asynchrony.
  public static func actorCritic(
    _ goal: RewardGoal = .discounted(0.99), decay: Double = 1, environments: Int = 8, steps: Int = 8,
    learningRate: Schedule = 1e-3, entropyFactor: Double = 0.01
  ) -> PolicyLearnerSettings {
    PolicyLearnerSettings(
      goal, .logProbability, decay: decay, environments: environments, steps: steps, epochs: 1, batchSize: .max,
      learningRate: learningRate, entropyFactor: entropyFactor, normalizesAdvantages: false)
  }

  /// Throws `ReinforcementFault` for a setting outside its range.
  public func check() throws {
    try goal.check()
    try objective.check()
    let any = Double.greatestFiniteMagnitude
    try ReinforcementFault.check("λ of advantages", decay, in: 0...1)
    try ReinforcementFault.check("the number of environments", environments, atLeast: 1)
    try ReinforcementFault.check("the steps of an iteration", steps, atLeast: 1)
    try ReinforcementFault.check("the number of epochs", epochs, atLeast: 1)
    try ReinforcementFault.check("the batch size", batchSize, atLeast: 1)
    try learningRate.check("the learning rate", in: Double.leastNormalMagnitude...1)
    try ReinforcementFault.check("the factor of the loss of values", valueFactor, in: 0...any)
    try ReinforcementFault.check("the factor of the entropy", entropyFactor, in: 0...any)
    try ReinforcementFault.check("the factor of the divergence", divergenceFactor, in: 0...any)
    try ReinforcementFault.check(positive: "the largest norm of gradients", gradientNorm)
    if let divergenceTarget { try ReinforcementFault.check(positive: "the target of the divergence", divergenceTarget) }
  }
}

/// What an iteration of a `PolicyLearner` or of a `NetworkReinforce` did.
public struct PolicyReport: Sendable, Equatable {
  /// The episodes that ended in the iteration.
  public var episodes: [EpisodeTotals] = []
  /// The mean loss of its updates.
  public var loss = 0.0
  /// The mean entropy of the policy in the states that were visited, in nats.
  public var entropy = 0.0
  /// The mean divergence of the policy from the one that took the steps, KL(former ‖ now), as estimated from the
  /// actions in each update: the mean of r − 1 − ln r, in nats.
  public var divergence = 0.0

  /// The mean reward of the episodes that ended; nil where none did.
  public var meanReward: Double? {
    episodes.isEmpty ? nil : episodes.reduce(0) { $0 + $1.reward } / Double(episodes.count)
  }
}

/// A policy and the values of states that learn on-policy from environments side by side: proximal policy optimization,
/// and actor-critic methods of one or more steps, by the settings.
///
/// In each iteration every environment takes some steps, the advantages of the actions are estimated, and the network is
/// updated by them. The gradient has no factor γ^t; an episode that is cut off continues with the value of its last
/// state.
///
/// - Source: Schulman et al. 2017, "Proximal policy optimization algorithms", algorithm 1.
public struct PolicyLearner<
  E: Environment, Input: NetworkInput, Network: ActorCriticNetwork, Actions: ActionDistribution
>: Sendable where E.Observation == Input.Observation, E.Action == Actions.Action {
  /// The policy.
  public private(set) var policy: NetworkPolicy<Input, Network, Actions>
  /// The settings.
  public let settings: PolicyLearnerSettings
  /// The estimate R̄ of the average reward; 0 for the discounted goal.
  public private(set) var averageReward = 0.0
  /// The factor of the divergence, which changes where it has a target.
  public private(set) var divergenceFactor: Double
  /// The iterations and the steps of all environments so far.
  public private(set) var iterationCount = 0, stepCount = 0
  /// The parameters of the largest mean reward in evaluations; nil before the first one.
  public private(set) var best: EvaluatedParameters?
  private let environment: E
  private var environments: EnvironmentBatch<E>
  private var observations: [E.Observation]
  private var totals: [EpisodeTotals]
  private var descent: NetworkDescent
  private var draws, order: Philox

  /// A learner with an initial network.
  ///
  /// - Parameters:
  ///   - seed: of the initial parameters, the environments, the actions and the order of updates.
  ///   - workers: the threads; results do not depend on them.
  /// - Throws: `ReinforcementFault` for a setting outside its range, or a network whose inputs or outputs do not fit.
  public init(
    _ environment: E, _ input: Input, _ network: Network, _ actions: Actions, _ settings: PolicyLearnerSettings,
    seed: UInt64, workers: Workers = .serial
  ) throws {
    try settings.check()
    (self.settings, self.environment) = (settings, environment)
    policy = try NetworkPolicy(input, network, actions, seed: seed, workers: workers)
    environments = try EnvironmentBatch(environment, count: settings.environments, seed: seed, workers: workers)
    observations = environments.reset()
    totals = [EpisodeTotals](repeating: EpisodeTotals(), count: settings.environments)
    descent = NetworkDescent(
      settings.optimizer, policy.parameters, normLimit: settings.gradientNorm, seed: seed, workers: workers)
    divergenceFactor = settings.divergenceFactor
    draws = Philox(seed: seed, stream: StableHash("actions").value)
    order = Philox(seed: seed, stream: StableHash("order").value)
  }

  /// Takes the steps of one iteration and learns from them.
  ///
  /// - Throws: `ReinforcementFault` for an observation, a reward, a loss or its gradient that is not finite.
  @discardableResult
  public mutating func iterate() throws -> PolicyReport {
    var report = PolicyReport()
    var batch = try collect(&report)
    if settings.normalizesAdvantages { batch.normalizeAdvantages() }
    var loss = PolicyLoss(policy.network, policy.actions, settings.objective)
    (loss.valueFactor, loss.entropyFactor) = (settings.valueFactor, settings.entropyFactor)
    loss.divergenceFactor = divergenceFactor
    let rate = settings.learningRate.value(atStep: iterationCount)
    let parts = Workers.runs(of: 0..<batch.count, most: settings.batchSize)
    var (indices, last) = (Array(0..<batch.count), 0.0)
    for _ in 0..<settings.epochs {
      order.shuffle(&indices)
      last = 0
      for part in parts {
        let rows = batch.rows(indices[part])
        var divergence = 0.0
        report.loss += try descent.step(&policy.parameters, rate: rate) { pass in
          let (value, logarithms) = loss.forward(rows, pass)
          for (now, former) in zip(logarithms.value.elements, rows.logProbabilities) {
            let change = Double(now) - former
            divergence += exp(change) - 1 - change
          }
          return value
        }
        last += divergence / Double(batch.count)
      }
    }
    report.loss /= Double(settings.epochs * parts.count)
    report.divergence = last
    if let target = settings.divergenceTarget {
      if last < target / 1.5 { divergenceFactor /= 2 }
      if last > target * 1.5 { divergenceFactor *= 2 }
    }
    iterationCount += 1
    return report
  }

  /// Plays episodes by the most probable actions, and keeps the parameters where the mean reward is larger than in all
  /// evaluations before. Learning goes on as without it.
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
      policy.parameters, updates: descent.updates, environment, episodes: count, seed: seed, maximumSteps: maximumSteps
    ) { try policy.bestActions(for: $0) }
    best = evaluated.best(against: best)
    return evaluated.reward
  }

  /// Returns to the parameters of the largest mean reward in evaluations; without an evaluation nothing changes. The
  /// moments of the optimizer remain.
  public mutating func restoreBest() {
    if let best { policy.parameters = best.parameters }
  }

  /// The steps of one environment.
  private struct Track {
    var batch = PolicyBatch<Actions.Action>()
    var (rewards, values, nextValues, isLast) = ([Double](), [Double](), [Double](), [Bool]())
  }

  /// Takes the steps of one iteration, and estimates their advantages.
  private mutating func collect(_ report: inout PolicyReport) throws -> PolicyBatch<Actions.Action> {
    let (inputs, outputs, count) = (policy.input.count, policy.actions.outputs, environments.count)
    var tracks = [Track](repeating: Track(), count: count)
    // Steps at which an episode was cut off, and their last observations.
    var (cutSteps, cutObservations) = ([(track: Int, step: Int)](), [E.Observation]())
    for step in 0...settings.steps {
      let rows = try policy.input.rows(observations)
      let found = policy.evaluate(rows: rows)
      if !found.outputs.allSatisfy(\.isFinite) || !found.values.allSatisfy(\.isFinite) {
        throw ReinforcementFault.notFinite(what: "the outputs of the network", updates: descent.updates)
      }
      if step > 0 {
        for track in 0..<count where !tracks[track].isLast[step - 1] {
          tracks[track].nextValues[step - 1] = Double(found.values[track])
        }
      }
      if step == settings.steps { break }
      let actions = (0..<count).map { track in
        policy.actions.sample(found.outputs[track * outputs..<(track + 1) * outputs], using: &draws)
      }
      for (track, result) in environments.step(actions).enumerated() {
        let next = result.transition
        try ReinforcementFault.check(reward: next.reward)
        tracks[track].batch.observations += rows[track * inputs..<(track + 1) * inputs]
        tracks[track].batch.actions.append(actions[track])
        tracks[track].batch.outputs += found.outputs[track * outputs..<(track + 1) * outputs]
        tracks[track].rewards.append(next.reward)
        tracks[track].values.append(Double(found.values[track]))
        tracks[track].nextValues.append(0)
        tracks[track].isLast.append(next.isLast)
        if next.ending == .truncated {
          cutSteps.append((track, step))
          cutObservations.append(next.observation)
        }
        observations[track] = result.observation
        totals[track].reward += next.reward
        totals[track].steps += 1
        if next.isLast {
          report.episodes.append(totals[track])
          totals[track] = EpisodeTotals()
        }
      }
    }
    stepCount += count * settings.steps
    if !cutSteps.isEmpty {
      for (cut, value) in zip(cutSteps, try policy.values(of: cutObservations)) {
        tracks[cut.track].nextValues[cut.step] = value
      }
    }
    return try joined(tracks, &report)
  }

  /// The steps of all environments with their advantages.
  private mutating func joined(
    _ tracks: [Track], _ report: inout PolicyReport
  ) throws -> PolicyBatch<Actions.Action> {
    var (batch, error) = (PolicyBatch<Actions.Action>(), 0.0)
    for track in tracks {
      let advantages = try AdvantageEstimate.generalized(
        rewards: track.rewards, values: track.values, nextValues: track.nextValues, isLast: track.isLast,
        averageReward: averageReward, discount: settings.goal.discount, decay: settings.decay)
      for step in track.rewards.indices {
        batch.targets.append(advantages[step] + track.values[step])
        error +=
          track.rewards[step] - averageReward + settings.goal.discount * track.nextValues[step] - track.values[step]
      }
      batch.advantages += advantages
      batch.observations += track.batch.observations
      batch.actions += track.batch.actions
      batch.outputs += track.batch.outputs
    }
    if case .averageReward(let stepSize) = settings.goal { averageReward += stepSize * error / Double(batch.count) }
    // With the operators that learning uses, so that ratios to the same policy are 1.
    let tape = Tape<Float>(recording: false)
    let rows = tape.constant(Tensor([batch.count, policy.actions.outputs], batch.outputs))
    batch.logProbabilities = policy.actions.logProbabilities(of: batch.actions, rows).value.elements.map(Double.init)
    report.entropy = Double(policy.actions.entropies(rows).mean().value.item)
    return batch
  }
}
