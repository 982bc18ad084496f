import KodamaCore
import KodamaLayers
import KodamaTensors

/// The steps of an optimizer on a network's loss.
struct NetworkDescent: Sendable {
  private var optimizer: Optimizer
  private let normLimit: Double
  private let workspace: Workspace
  private let seed: UInt64

  /// Descent from initial parameters.
  ///
  /// - Parameters:
  ///   - normLimit: what gradients of a larger norm are scaled down to.
  ///   - seed: of dropout.
  init(
    _ algorithm: OptimizerAlgorithm, _ parameters: Parameters<Float>, normLimit: Double, seed: UInt64, workers: Workers
  ) {
    optimizer = Optimizer(algorithm, for: parameters)
    (self.normLimit, self.seed) = (normLimit, seed)
    workspace = Workspace(workers: workers)
  }

  /// The updates so far.
  var updates: Int { optimizer.step }

  /// Takes one step.
  ///
  /// - Parameter loss: computes the loss in a pass.
  /// - Returns: the loss before the step.
  /// - Throws: `ReinforcementFault.notFinite` where the loss or its gradient is not finite; the parameters are unchanged.
  mutating func step(
    _ parameters: inout Parameters<Float>, rate: Double, _ loss: (Pass<Float>) throws -> Variable<Float>
  ) throws -> Double {
    // The seed of dropout, which differs between steps.
    var random = Philox(seed: seed, stream: StableHash("dropout").value, position: UInt64(optimizer.step))
    let pass = Pass(parameters, phase: .training(seed: random.next()), workspace: workspace)
    let value = try loss(pass)
    var gradients = pass.gradients(of: value)
    let norm = gradients.clip(norm: normLimit)
    if !norm.isFinite || !value.value.item.isFinite {
      throw ReinforcementFault.notFinite(what: "the loss and its gradient", updates: optimizer.step)
    }
    parameters.replace(pass.stateUpdates)
    optimizer.update(
      &parameters, gradients: gradients, learningRate: Float(rate), workers: workspace.workers)
    return Double(value.value.item)
  }
}
