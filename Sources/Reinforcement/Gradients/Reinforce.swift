import KodamaCore

/// REINFORCE: after each episode the parameters move along
///
///     Σ_t γ^t (G_t − v(S_t)) ∇ ln π(A_t | S_t)
///
/// an unbiased estimate of the gradient of the value of the first state, with or without a baseline v.
///
/// - Source: Sutton and Barto 2018, §13.3 and 13.4; Williams 1992, "Simple statistical gradient-following algorithms for
///   connectionist reinforcement learning". Unlike in the source, all gradients of an episode are taken at the parameters
///   with which it was played.
public struct Reinforce<P: DifferentiablePolicy, Features: LinearFeatures>: Sendable
where Features.Observation == P.Observation {
  /// The policy.
  public var policy: P
  /// The baseline; without features it is 0.
  public var baseline: LinearValue<Features>
  /// The step sizes of the policy and of the baseline.
  public let stepSize, baselineStepSize: Double
  /// The discount γ.
  public let discount: Double
  @usableFromInline var episode = Episode<P.Observation>()
  @usableFromInline var gradient: [Double]
  @usableFromInline var returns: [Double] = []

  /// REINFORCE with a baseline that is linear in features.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1] or a step size that is not positive.
  public init(
    _ policy: P, stepSize: Double, discount: Double, baseline features: Features, baselineStepSize: Double
  ) throws {
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check(positive: "the step size of the policy", stepSize)
    try ReinforcementFault.check(positive: "the step size of the baseline", baselineStepSize)
    (self.policy, self.stepSize, self.discount) = (policy, stepSize, discount)
    (baseline, self.baselineStepSize) = (LinearValue(features), baselineStepSize)
    gradient = [Double](repeating: 0, count: policy.parameters.count)
  }

  /// The estimate of the gradient from one episode, with the baseline as it is.
  public func gradient(of episode: Episode<P.Observation>) -> [Double] {
    var (gradient, weight) = ([Double](repeating: 0, count: policy.parameters.count), 1.0)
    for step in 0..<episode.count {
      let observation = episode.observations[step]
      let error = episode.discountedReturn(discount, from: step) - baseline(observation)
      policy.addGradient(
        ofLogarithmOf: episode.actions[step], for: observation, scale: weight * error, to: &gradient)
      weight *= discount
    }
    return gradient
  }

  /// Plays an episode and learns from it.
  ///
  /// - Parameter maximumSteps: where an episode that goes on is cut off.
  @discardableResult
  @inlinable public mutating func playEpisode<E: DiscreteActions>(
    _ environment: inout E, maximumSteps: Int = .max, using random: inout Philox
  ) -> EpisodeTotals where E.Observation == P.Observation {
    episode.record(&environment, following: policy, maximumSteps: maximumSteps, using: &random)
    for index in gradient.indices { gradient[index] = 0 }
    var (sum, weight) = (0.0, 1.0)
    returns.removeAll(keepingCapacity: true)
    for reward in episode.rewards.reversed() {
      sum = reward + discount * sum
      returns.append(sum)
    }
    // From the first step to the last, because the baseline changes at each.
    for step in 0..<episode.count {
      let observation = episode.observations[step]
      let error = returns[episode.count - 1 - step] - baseline(observation)
      baseline.add(baselineStepSize * error, observation)
      policy.addGradient(
        ofLogarithmOf: episode.actions[step], for: observation, scale: weight * error, to: &gradient)
      weight *= discount
    }
    for index in gradient.indices { policy.parameters[index] += stepSize * gradient[index] }
    var totals = EpisodeTotals()
    totals.steps = episode.count
    for reward in episode.rewards { totals.reward += reward }
    return totals
  }
}

extension Reinforce where Features == NoFeatures<P.Observation> {
  /// REINFORCE without a baseline.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1] or a step size that is not positive.
  public init(_ policy: P, stepSize: Double, discount: Double) throws {
    try self.init(policy, stepSize: stepSize, discount: discount, baseline: NoFeatures(), baselineStepSize: 1)
  }
}
