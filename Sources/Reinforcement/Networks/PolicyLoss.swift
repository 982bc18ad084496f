import KodamaLayers
import KodamaTensors

/// What a policy is moved by: the logarithm of the probability of an action, or its ratio to that of the former policy.
public enum PolicyObjective: Sendable, Equatable {
  /// A · ln π(a | s), whose gradient is the policy gradient at the former policy.
  ///
  /// - Source: Sutton and Barto 2018, eq. 13.7 and 13.11; Mnih et al. 2016, "Asynchronous methods for deep reinforcement
  ///   learning", §4.
  case logProbability
  /// A · r with r = π(a | s) / π_former(a | s), whose gradient at the former policy is the policy gradient.
  ///
  /// - Source: Schulman et al. 2017, eq. 6; with a penalty on the divergence eq. 8.
  case ratio
  /// min(A · r, A · clip(r, 1 − ε, 1 + ε)): no gain beyond a ratio of 1 ± ε.
  ///
  /// - Source: Schulman et al. 2017, "Proximal policy optimization algorithms", eq. 7.
  case clippedRatio(Double)

  /// Throws `ReinforcementFault.setting` for a clip range that is not in (0, 1).
  public func check() throws {
    guard case .clippedRatio(let range) = self else { return }
    if range > 0 && range < 1 { return }
    throw ReinforcementFault.setting(name: "the clip range ε", value: range, range: "more than 0 and less than 1")
  }

  /// The mean over rows, negated for descent.
  ///
  /// - Shapes: all [rows] → [].
  public func loss<S: Scalar>(
    _ logProbabilities: Variable<S>, former: Variable<S>, advantages: Variable<S>
  ) -> Variable<S> {
    switch self {
    case .logProbability: return -(logProbabilities * advantages).mean()
    case .ratio: return -((logProbabilities - former).exponential() * advantages).mean()
    case .clippedRatio(let range):
      let ratio = (logProbabilities - former).exponential()
      let clipped = ratio.clamped(to: S(1 - range)...S(1 + range))
      return -(ratio * advantages).minimum(clipped * advantages).mean()
    }
  }
}

/// Steps that a policy learns from, as rows.
public struct PolicyBatch<Action: Sendable>: Sendable {
  /// The numbers of the observations [rows · inputs].
  public var observations: [Float] = []
  /// The actions [rows].
  public var actions: [Action] = []
  /// The advantages of the actions [rows].
  public var advantages: [Double] = []
  /// What the values of the states are moved towards [rows].
  public var targets: [Double] = []
  /// The logarithms of the actions' probabilities under the policy that took them [rows].
  public var logProbabilities: [Double] = []
  /// The outputs of the network that took them [rows · outputs].
  public var outputs: [Float] = []

  /// No steps.
  public init() {}

  /// The number of rows.
  public var count: Int { actions.count }

  /// Some of the rows.
  func rows(_ indices: ArraySlice<Int>) -> PolicyBatch {
    func gather<T>(_ table: [T]) -> [T] {
      let width = count == 0 ? 0 : table.count / count
      var result: [T] = []
      result.reserveCapacity(indices.count * width)
      for index in indices { result += table[index * width..<(index + 1) * width] }
      return result
    }
    var batch = PolicyBatch()
    batch.observations = gather(observations)
    batch.actions = gather(actions)
    batch.advantages = gather(advantages)
    batch.targets = gather(targets)
    batch.logProbabilities = gather(logProbabilities)
    batch.outputs = gather(outputs)
    return batch
  }

  /// Moves and scales the advantages to mean 0 and standard deviation 1; equal ones become 0.
  mutating func normalizeAdvantages() {
    let mean = advantages.reduce(0, +) / Double(max(1, count))
    let variance = advantages.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, count))
    let scale = 1 / (variance.squareRoot() + 1e-8)
    for index in advantages.indices { advantages[index] = (advantages[index] - mean) * scale }
  }
}

/// The loss of a policy and of the values of states:
///
///     L = −objective + c_v · mean (v − target)² / 2 − c_e · mean entropy + β · mean KL(former ‖ π)
///
/// - Source: Schulman et al. 2017, eq. 8 and 9.
public struct PolicyLoss<Network: ActorCriticNetwork, Actions: ActionDistribution>: Sendable {
  /// The network.
  public let network: Network
  /// The distribution of actions.
  public let actions: Actions
  /// What the policy is moved by.
  public var objective: PolicyObjective
  /// The factors c_v, c_e and β.
  public var valueFactor, entropyFactor, divergenceFactor: Double

  /// A loss.
  ///
  /// - Precondition: as many outputs of the network as the distribution has.
  public init(
    _ network: Network, _ actions: Actions, _ objective: PolicyObjective, valueFactor: Double = 0.5,
    entropyFactor: Double = 0, divergenceFactor: Double = 0
  ) {
    precondition(
      network.outputs == actions.outputs,
      "a network of \(network.outputs) outputs for distributions of \(actions.outputs) numbers")
    (self.network, self.actions, self.objective) = (network, actions, objective)
    (self.valueFactor, self.entropyFactor, self.divergenceFactor) = (valueFactor, entropyFactor, divergenceFactor)
  }

  /// The loss of a batch, and the logarithms of the probabilities of its actions now.
  ///
  /// - Shapes: [] and [rows].
  public func forward<S: Scalar>(
    _ batch: PolicyBatch<Actions.Action>, _ pass: Pass<S>
  ) -> (loss: Variable<S>, logProbabilities: Variable<S>) {
    let (rows, tape) = (batch.count, pass.tape)
    func column(_ numbers: [Double]) -> Variable<S> { tape.constant(Tensor([rows], numbers.map { S($0) })) }
    let x = Tensor<Float>([rows, network.inputs], batch.observations)
    let (outputs, values) = network.forward(tape.constant(x.inPrecision(of: S.self)), pass)
    let logProbabilities = actions.logProbabilities(of: batch.actions, outputs)
    var loss = objective.loss(
      logProbabilities, former: column(batch.logProbabilities), advantages: column(batch.advantages))
    if valueFactor != 0 {
      loss = loss + values.meanSquaredError(column(batch.targets)) * S(valueFactor / 2)
    }
    if entropyFactor != 0 { loss = loss - actions.entropies(outputs).mean() * S(entropyFactor) }
    if divergenceFactor != 0 {
      let former = Tensor<Float>([rows, network.outputs], batch.outputs).inPrecision(of: S.self)
      loss = loss + actions.divergences(from: former, outputs).mean() * S(divergenceFactor)
    }
    return (loss, logProbabilities)
  }
}

extension Tensor<Float> {
  /// The same tensor in another precision; not copied where it is this one.
  func inPrecision<T: Scalar>(of type: T.Type) -> Tensor<T> { self as? Tensor<T> ?? converted(to: type) }
}
