import KodamaCore

/// A policy (actor) and the values of its states (critic) that learn at every step from the same error
///
///     δ = R + γ v(S') − v(S),  or  δ = R − R̄ + v(S') − v(S)  for the average reward
///     z_w ← γ λ_w z_w + ∇v(S),  w ← w + α_w δ z_w
///     z_θ ← γ λ_θ z_θ + I ∇ ln π(A | S),  θ ← θ + α_θ δ z_θ
///
/// where I = γ^t within an episode, and γ = I = 1 for the average reward, of which R̄ ← R̄ + α_R δ is the estimate.
///
/// - Source: Sutton and Barto 2018, §13.5 (one step: λ = 0, and with traces) and §13.6.
public struct ActorCritic<P: DifferentiablePolicy, Features: LinearFeatures>: Sendable
where Features.Observation == P.Observation {
  /// What is made large.
  public enum Objective: Sendable, Equatable {
    /// The discounted sum of the rewards of an episode.
    case discounted(Double)
    /// The average reward per step of a task without an end, estimated with a step size.
    case averageReward(stepSize: Double)
  }

  /// The policy.
  public var policy: P
  /// The values of the states.
  public var critic: LinearValue<Features>
  /// The estimate R̄ of the average reward; 0 for the discounted objective.
  public var averageReward = 0.0
  /// What is made large.
  public let objective: Objective
  /// The step sizes α_θ and α_w.
  public let stepSize, criticStepSize: Double
  /// The decays λ_θ and λ_w of the traces.
  public let traceDecay, criticTraceDecay: Double
  @usableFromInline var traces: [Double]
  @usableFromInline var criticTraces: [Double]

  /// An actor and a critic whose values are 0.
  ///
  /// - Throws: `ReinforcementFault` for a discount or λ outside [0, 1] or a step size that is not positive.
  public init(
    _ policy: P, critic features: Features, _ objective: Objective, stepSize: Double, criticStepSize: Double,
    traceDecay: Double = 0, criticTraceDecay: Double = 0
  ) throws {
    switch objective {
    case .discounted(let discount): try ReinforcementFault.check(discount: discount)
    case .averageReward(let stepSize):
      try ReinforcementFault.check(positive: "the step size of the average reward", stepSize)
    }
    try ReinforcementFault.check(positive: "the step size of the policy", stepSize)
    try ReinforcementFault.check(positive: "the step size of the critic", criticStepSize)
    try ReinforcementFault.check("λ of the policy", traceDecay, in: 0...1)
    try ReinforcementFault.check("λ of the critic", criticTraceDecay, in: 0...1)
    (self.policy, self.objective, self.stepSize, self.criticStepSize) = (policy, objective, stepSize, criticStepSize)
    (self.traceDecay, self.criticTraceDecay) = (traceDecay, criticTraceDecay)
    critic = LinearValue(features)
    traces = [Double](repeating: 0, count: policy.parameters.count)
    criticTraces = [Double](repeating: 0, count: features.count)
  }

  /// The discount γ; 1 for the average reward.
  @inlinable public var discount: Double {
    if case .discounted(let discount) = objective { discount } else { 1 }
  }

  /// The error δ of a transition.
  @inlinable public func error(_ observation: P.Observation, _ next: Transition<P.Observation>) -> Double {
    next.reward - averageReward + discount * (next.isTerminal ? 0 : critic(next.observation)) - critic(observation)
  }

  /// Forgets the traces, as at the start of an episode.
  @inlinable public mutating func clearTraces() {
    for index in traces.indices { traces[index] = 0 }
    for index in criticTraces.indices { criticTraces[index] = 0 }
  }

  /// Learns from one transition.
  ///
  /// - Parameter weight: I = γ^t for step t of an episode, 1 for the average reward.
  @inlinable public mutating func learn(
    _ observation: P.Observation, _ action: Int, _ next: Transition<P.Observation>, weight: Double
  ) {
    let error = error(observation, next)
    if case .averageReward(let stepSize) = objective { averageReward += stepSize * error }
    for index in criticTraces.indices { criticTraces[index] *= discount * criticTraceDecay }
    critic.features.add(1, to: &criticTraces, at: 0, observation)
    for index in traces.indices { traces[index] *= discount * traceDecay }
    policy.addGradient(ofLogarithmOf: action, for: observation, scale: weight, to: &traces)
    for index in criticTraces.indices { critic.weights[index] += criticStepSize * error * criticTraces[index] }
    for index in traces.indices { policy.parameters[index] += stepSize * error * traces[index] }
  }

  /// Plays an episode and learns at each of its steps.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off; for a task without an end, how long it is played.
  @discardableResult
  @inlinable public mutating func playEpisode<E: DiscreteActions>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals where E.Observation == P.Observation {
    var (totals, weight) = (EpisodeTotals(), 1.0)
    clearTraces()
    var observation = environment.reset(using: &random)
    while totals.steps < maximumSteps {
      let action = policy.action(for: observation, using: &random)
      let next = environment.step(action, using: &random)
      learn(observation, action, next, weight: weight)
      weight *= discount
      totals.reward += next.reward
      totals.steps += 1
      if next.isLast { break }
      observation = next.observation
    }
    return totals
  }
}
