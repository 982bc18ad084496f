import KodamaCore

/// Ridge regression of rewards on contexts that is updated one reward at a time: the belief about one arm of a
/// contextual bandit.
///
///     A = λ I + Σ x xᵀ,  θ = A⁻¹ Σ r x
///
/// - Source: Li et al. 2010, "A contextual-bandit approach to personalized news article recommendation", §3.1; the
///   inverse is updated by the formula of Sherman and Morrison.
public struct LinearBelief: Sendable {
  /// A⁻¹ [n · n].
  public private(set) var inverse: [Double]
  /// The coefficients θ [n].
  public private(set) var coefficients: [Double]
  private var moments: [Double]

  /// The belief before any reward.
  ///
  /// - Throws: `ReinforcementFault.setting` for fewer than one dimension or a ridge λ that is not positive.
  public init(dimensions: Int, ridge: Double = 1) throws {
    try ReinforcementFault.check("the number of dimensions", dimensions, atLeast: 1)
    try ReinforcementFault.check(positive: "the ridge", ridge)
    inverse = [Double](repeating: 0, count: dimensions * dimensions)
    for index in 0..<dimensions { inverse[index * dimensions + index] = 1 / ridge }
    coefficients = [Double](repeating: 0, count: dimensions)
    moments = coefficients
  }

  /// The expected reward θᵀx.
  public func mean(_ context: [Double]) -> Double {
    precondition(context.count == coefficients.count, "a context of \(context.count) for \(coefficients.count) numbers")
    var sum = 0.0
    for index in context.indices { sum += coefficients[index] * context[index] }
    return sum
  }

  /// The variance of that expectation for rewards of variance 1: xᵀ A⁻¹ x.
  public func variance(_ context: [Double]) -> Double {
    let product = self.product(context)
    var sum = 0.0
    for index in context.indices { sum += product[index] * context[index] }
    return sum
  }

  /// Learns from a reward.
  public mutating func learn(_ context: [Double], reward: Double) {
    let (product, count) = (product(context), context.count)
    var scale = 1.0
    for index in 0..<count { scale += product[index] * context[index] }
    for row in 0..<count {
      for column in 0..<count { inverse[row * count + column] -= product[row] * product[column] / scale }
    }
    for index in 0..<count { moments[index] += reward * context[index] }
    coefficients = self.product(moments)
  }

  private func product(_ vector: [Double]) -> [Double] {
    let count = coefficients.count
    precondition(vector.count == count, "a context of \(vector.count) for \(count) numbers")
    return (0..<count).map { row in
      var sum = 0.0
      for column in 0..<count { sum += inverse[row * count + column] * vector[column] }
      return sum
    }
  }
}

/// A strategy for bandits whose rewards depend linearly on a context, with unknown coefficients for each arm.
public struct LinearStrategy: Sendable {
  /// How an arm is chosen.
  public enum Choice: Sendable, Equatable {
    /// The largest θᵀx.
    case greedy
    /// The largest θᵀx + α √(xᵀ A⁻¹ x).
    ///
    /// - Source: LinUCB with disjoint models, Li et al. 2010, algorithm 1.
    case upperConfidence(Double)
    /// The largest draw from the normal distribution of mean θᵀx and standard deviation v √(xᵀ A⁻¹ x). This is how θᵀx is
    /// distributed for a θ drawn from the posterior.
    ///
    /// - Source: Agrawal and Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs", §2.2.
    case thompson(Double)
  }

  /// The belief about each arm.
  public private(set) var beliefs: [LinearBelief]
  private let choice: Choice

  /// A strategy.
  ///
  /// - Throws: `ReinforcementFault.setting` for no arm, no dimension, a ridge that is not positive or a negative α or v.
  public init(arms: Int, dimensions: Int, _ choice: Choice, ridge: Double = 1) throws {
    try ReinforcementFault.check("the number of arms", arms, atLeast: 1)
    switch choice {
    case .greedy: break
    case .upperConfidence(let alpha):
      try ReinforcementFault.check("α of the upper confidence bound", alpha, in: 0...Double.greatestFiniteMagnitude)
    case .thompson(let scale):
      try ReinforcementFault.check("the scale of Thompson sampling", scale, in: 0...Double.greatestFiniteMagnitude)
    }
    self.choice = choice
    beliefs = [LinearBelief](repeating: try LinearBelief(dimensions: dimensions, ridge: ridge), count: arms)
  }

  /// An arm for a context, which all arms share.
  public func choose(_ context: [Double], using random: inout Philox) -> Int {
    let scores = beliefs.map { belief in
      switch choice {
      case .greedy: belief.mean(context)
      case .upperConfidence(let alpha): belief.mean(context) + alpha * belief.variance(context).squareRoot()
      case .thompson(let scale):
        belief.mean(context) + scale * belief.variance(context).squareRoot() * random.normal()
      }
    }
    return Exploration.greedy(scores, at: 0, count: scores.count, using: &random)
  }

  /// Learns from an arm's reward in a context.
  public mutating func learn(arm: Int, _ context: [Double], reward: Double) {
    beliefs[arm].learn(context, reward: reward)
  }
}
