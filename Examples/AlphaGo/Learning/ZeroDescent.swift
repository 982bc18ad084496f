import GoNetworks
import KodamaCore
import KodamaLayers
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Descent on AlphaGo Zero's loss, (z − v)² − Σ π · ln p, with weight decay: z is the result of the game, v the value, π
/// the shares of the search's visits, and p the network's probabilities.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", eq. 1.
public struct ZeroDescent: Sendable {
  /// What a step found before it changed the weights.
  public struct Report: Sendable, Equatable {
    /// The mean of −Σ π · ln p, in nats.
    public var policyLoss = 0.0
    /// The mean of (z − v)².
    public var valueLoss = 0.0
    /// The mean of −Σ π · ln π, below which the policy's loss cannot fall.
    public var entropy = 0.0
  }

  /// The network with its weights.
  public internal(set) var model: ZeroModel
  /// The optimizer with its state.
  public internal(set) var optimizer: Optimizer
  private let network: ZeroNetwork
  private let workspace: Workspace

  /// Gradients of a larger norm are scaled down to it.
  private static let norm = 5.0
  /// Momentum and weight decay of the paper.
  static let algorithm = OptimizerAlgorithm.sgd(momentum: 0.9, weightDecay: 1e-4)

  /// Descent with momentum, from a model.
  public init(_ model: ZeroModel, workers: Workers = .serial) {
    self.init(model, Optimizer(Self.algorithm, for: model.parameters), workers: workers)
  }

  init(_ model: ZeroModel, _ optimizer: Optimizer, workers: Workers) {
    (self.model, self.optimizer) = (model, optimizer)
    network = ZeroNetwork(model.architecture)
    workspace = Workspace(workers: workers)
  }

  /// The losses of a batch, as the network is in use.
  public func losses(_ batch: ReplayWindow.Batch) -> Report {
    loss(batch, Pass(model.parameters, phase: .inference, workspace: workspace)).report
  }

  /// Takes one step.
  ///
  /// - Throws: where the loss or its gradient is not finite; the weights are unchanged.
  public mutating func step(_ batch: ReplayWindow.Batch, rate: Double) throws -> Report {
    let pass = Pass(model.parameters, phase: .training(seed: UInt64(optimizer.step)), workspace: workspace)
    let (loss, report) = loss(batch, pass)
    var gradients = pass.gradients(of: loss)
    let norm = gradients.clip(norm: Self.norm)
    if !norm.isFinite || !loss.value.item.isFinite { throw NotFinite(step: optimizer.step) }
    optimizer.update(
      &model.parameters, gradients: gradients, learningRate: Float(rate), workers: workspace.workers)
    model.parameters.replace(pass.stateUpdates)
    return report
  }

  private func loss(
    _ batch: ReplayWindow.Batch, _ pass: Pass<Float>
  ) -> (loss: Variable<Float>, report: Report) {
    let rows = Double(batch.results.count)
    let found = network.forward(pass.tape.constant(batch.planes), pass)
    let targets = pass.tape.constant(batch.policies)
    let policy = (targets * found.moves.logSoftmax()).sum() * Float(-1 / rows)
    let value = found.value.tanh().meanSquaredError(pass.tape.constant(batch.results))
    let entropy = batch.policies.elements.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 } / rows
    return (
      policy + value,
      Report(
        policyLoss: Double(policy.value.item), valueLoss: Double(value.value.item), entropy: entropy)
    )
  }

  /// The loss or its gradient is not finite.
  struct NotFinite: Fault {
    let step: Int
    var description: String {
      "the loss of step \(step) or its gradient is not finite: the learning rate is too large; resume with a smaller --rate"
    }
    var exitStatus: ExitStatus { .badData }
  }
}
