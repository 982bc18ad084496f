import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A policy with parameters, and the gradient of the logarithm of its probabilities.
public protocol DifferentiablePolicy: Policy {
  /// The parameters θ.
  var parameters: [Double] { get set }

  /// Adds scale · ∇ ln π(action | observation) to a gradient.
  func addGradient(
    ofLogarithmOf action: Int, for observation: Observation, scale: Double, to gradient: inout [Double])
}

/// A policy whose probabilities are the softmax of preferences that are linear in features of the state, each action with
/// parameters of its own. With `OneHot` features it is a table.
///
///     h(s, a) = θ_aᵀ x(s),  π(a | s) = exp h(s, a) / Σ_b exp h(s, b)
///
/// - Source: Sutton and Barto 2018, §13.1.
public struct SoftmaxPolicy<Features: LinearFeatures>: DifferentiablePolicy {
  /// The features.
  public let features: Features
  /// The number of actions.
  public let actionCount: Int
  /// The parameters [actions · features].
  public var parameters: [Double]

  /// The policy of parameters 0, which takes each action with the same probability.
  ///
  /// - Throws: `ReinforcementFault.setting` for no action.
  public init(_ features: Features, actionCount: Int) throws {
    try ReinforcementFault.check("the number of actions", actionCount, atLeast: 1)
    (self.features, self.actionCount) = (features, actionCount)
    parameters = [Double](repeating: 0, count: actionCount * features.count)
  }

  /// Calls `body` with the probabilities of all actions.
  @inlinable func withProbabilities<R>(
    _ observation: Features.Observation, _ body: (UnsafeMutableBufferPointer<Double>) -> R
  ) -> R {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: actionCount) { shares in
      var largest = -Double.infinity
      for action in 0..<actionCount {
        let preference = features.dot(parameters, at: action * features.count, observation)
        shares.initializeElement(at: action, to: preference)
        largest = max(largest, preference)
      }
      var sum = 0.0
      for action in 0..<actionCount {
        shares[action] = exp(shares[action] - largest)
        sum += shares[action]
      }
      for action in 0..<actionCount { shares[action] /= sum }
      return body(shares)
    }
  }

  /// The probabilities of all actions.
  public func probabilities(_ observation: Features.Observation) -> [Double] {
    withProbabilities(observation) { Array($0) }
  }

  /// The probability of an action.
  @inlinable public func probability(of action: Int, for observation: Features.Observation) -> Double {
    withProbabilities(observation) { $0[action] }
  }

  /// An action drawn by the probabilities.
  @inlinable public func action(for observation: Features.Observation, using random: inout Philox) -> Int {
    let target = random.uniform()
    return withProbabilities(observation) { shares in
      var rest = target
      for action in 0..<actionCount {
        rest -= shares[action]
        if rest < 0 { return action }
      }
      return actionCount - 1
    }
  }

  /// Adds scale · (1{b = a} − π(b | s)) x(s) to the parameters of each action b.
  @inlinable public func addGradient(
    ofLogarithmOf action: Int, for observation: Features.Observation, scale: Double, to gradient: inout [Double]
  ) {
    withProbabilities(observation) { shares in
      for other in 0..<actionCount {
        let weight = (other == action ? 1 : 0) - shares[other]
        features.add(scale * weight, to: &gradient, at: other * features.count, observation)
      }
    }
  }
}
