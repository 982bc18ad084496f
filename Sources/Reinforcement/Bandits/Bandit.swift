import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A bandit of k arms with normal rewards of variance 1.
///
/// - Source: Sutton and Barto 2018, §2.3; drifting as in exercise 2.5.
public struct Bandit: Sendable {
  /// The mean reward of each arm.
  public private(set) var means: [Double]
  /// The standard deviation of the change of every mean at each pull; 0 for a stationary bandit.
  public let drift: Double

  /// A bandit of given means.
  ///
  /// - Throws: `ReinforcementFault.setting` for no arm, or a drift that is negative or not finite.
  public init(means: [Double], drift: Double = 0) throws {
    try ReinforcementFault.check("the number of arms", means.count, atLeast: 1)
    try ReinforcementFault.check("the drift", drift, in: 0...Double.greatestFiniteMagnitude)
    (self.means, self.drift) = (means, drift)
  }

  /// The arm of the largest mean, the first of several.
  public var best: Int {
    var best = 0
    for arm in means.indices where means[arm] > means[best] { best = arm }
    return best
  }

  /// Pulls an arm.
  ///
  /// - Returns: its reward.
  public mutating func pull(_ arm: Int, using random: inout Philox) -> Double {
    let reward = means[arm] + random.normal()
    if drift > 0 { for arm in means.indices { means[arm] += drift * random.normal() } }
    return reward
  }
}

/// A way to play a bandit.
public protocol BanditStrategy: Sendable {
  /// An arm to pull.
  mutating func choose(using random: inout Philox) -> Int
  /// Learns from an arm's reward.
  mutating func learn(arm: Int, reward: Double)
}

/// Estimates of the value of each arm, and a choice by them.
///
/// - Source: Sutton and Barto 2018, §2.2 to 2.7.
public struct ValueStrategy: BanditStrategy {
  /// How much a reward changes an estimate.
  public enum StepSize: Sendable, Equatable {
    /// By one part in the number of pulls: the estimate is their mean.
    case average
    /// By a constant share, for bandits that drift.
    case constant(Double)
  }

  /// The estimates.
  public private(set) var estimates: [Double]
  /// How often each arm was pulled.
  public private(set) var pulls: [Int]
  private let exploration: Exploration
  private let stepSize: StepSize
  private var steps = 0

  /// A strategy.
  ///
  /// - Parameter initial: the first estimates; high ones are optimistic and make a greedy choice explore.
  /// - Throws: `ReinforcementFault.setting` for no arm, and settings of exploration or step size outside their range.
  public init(
    arms: Int, _ exploration: Exploration, stepSize: StepSize = .average, initial: Double = 0
  ) throws {
    try ReinforcementFault.check("the number of arms", arms, atLeast: 1)
    try exploration.check()
    if case .constant(let share) = stepSize { try ReinforcementFault.check("the step size", share, in: 0...1) }
    (self.exploration, self.stepSize) = (exploration, stepSize)
    estimates = [Double](repeating: initial, count: arms)
    pulls = [Int](repeating: 0, count: arms)
  }

  /// An arm that the exploration chooses by the estimates.
  public mutating func choose(using random: inout Philox) -> Int {
    exploration.action(estimates, at: 0, count: estimates.count, visits: pulls, step: steps, using: &random)
  }

  /// Moves the estimate of an arm towards its reward.
  public mutating func learn(arm: Int, reward: Double) {
    steps += 1
    pulls[arm] += 1
    let share: Double =
      switch stepSize {
      case .average: 1 / Double(pulls[arm])
      case .constant(let share): share
      }
    estimates[arm] += share * (reward - estimates[arm])
  }
}

/// The gradient bandit: preferences whose softmax is the probability of each arm, moved along the gradient of the mean
/// reward.
///
///     H_a ← H_a + α (R − baseline) (1{a = A} − π_a)
///
/// - Source: Sutton and Barto 2018, §2.8. The baseline is the mean of all rewards, the current one included.
public struct GradientStrategy: BanditStrategy {
  /// The preferences.
  public private(set) var preferences: [Double]
  /// The probability of each arm.
  public private(set) var probabilities: [Double]
  /// The mean of the rewards; stays 0 without a baseline.
  public private(set) var baseline = 0.0
  private let stepSize: Double
  private let hasBaseline: Bool
  private var steps = 0

  /// A strategy.
  ///
  /// - Throws: `ReinforcementFault.setting` for no arm or a step size that is not positive.
  public init(arms: Int, stepSize: Double, hasBaseline: Bool = true) throws {
    try ReinforcementFault.check("the number of arms", arms, atLeast: 1)
    try ReinforcementFault.check(positive: "the step size", stepSize)
    (self.stepSize, self.hasBaseline) = (stepSize, hasBaseline)
    preferences = [Double](repeating: 0, count: arms)
    probabilities = [Double](repeating: 1 / Double(arms), count: arms)
  }

  /// An arm drawn by the probabilities.
  public mutating func choose(using random: inout Philox) -> Int {
    var rest = random.uniform()
    for (arm, share) in probabilities.enumerated() {
      rest -= share
      if rest < 0 { return arm }
    }
    return probabilities.count - 1
  }

  /// Moves the preferences along the gradient.
  public mutating func learn(arm: Int, reward: Double) {
    steps += 1
    if hasBaseline { baseline += (reward - baseline) / Double(steps) }
    let scale = stepSize * (reward - baseline)
    for index in preferences.indices {
      preferences[index] += scale * ((index == arm ? 1 : 0) - probabilities[index])
    }
    fillProbabilities()
  }

  /// Sets the probabilities to the softmax of the preferences, without overflow.
  private mutating func fillProbabilities() {
    var largest = preferences[0]
    for preference in preferences { largest = max(largest, preference) }
    var sum = 0.0
    for index in preferences.indices {
      probabilities[index] = exp(preferences[index] - largest)
      sum += probabilities[index]
    }
    for index in preferences.indices { probabilities[index] /= sum }
  }
}
