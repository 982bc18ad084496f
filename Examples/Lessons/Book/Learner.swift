import Kodama

/// Weights and an optimizer: what changes while a network learns.
struct Learner {
  /// The weights.
  private(set) var parameters: Parameters<Float>
  private var optimizer: Optimizer
  private let seed: UInt64
  private let workspace = Workspace()

  /// Initial weights of some layers.
  init(_ layers: [any Layer], _ algorithm: OptimizerAlgorithm, seed: UInt64) {
    parameters = Parameters(layers.flatMap(\.declarations), seed: seed)
    optimizer = Optimizer(algorithm, for: parameters)
    self.seed = seed
  }

  /// Takes one step of the optimizer, with the mean gradient of one or more losses.
  ///
  /// - Parameter losses: each computes its loss in a pass of its own, in which layers find their parameters.
  /// - Returns: the mean loss before the step.
  mutating func step(rate: Float, _ losses: ((Pass<Float>) -> Variable<Float>)...) -> Double {
    step(rate: rate, losses)
  }

  /// Takes one step of the optimizer, with the mean gradient of one or more losses.
  mutating func step(rate: Float, _ losses: [(Pass<Float>) -> Variable<Float>]) -> Double {
    var (sum, gradients) = (0.0, parameters.zeros)
    for (index, loss) in losses.enumerated() {
      // The seed of dropout, which differs between passes.
      var random = Philox(seed: seed, stream: UInt64(optimizer.step * losses.count + index))
      let pass = Pass(parameters, phase: .training(seed: random.next()), workspace: workspace)
      let value = loss(pass)
      sum += Double(value.value.item)
      gradients.add(pass.gradients(of: value))
      // Running means and variances, where there are any.
      parameters.replace(pass.stateUpdates)
    }
    gradients.scale(by: 1 / Float(losses.count))
    optimizer.update(&parameters, gradients: gradients, learningRate: rate)
    return sum / Double(losses.count)
  }

  /// What a network computes when it is used: no gradients, no dropout.
  func output(_ network: (Pass<Float>) -> Variable<Float>) -> Tensor<Float> {
    network(Pass(parameters, phase: .inference, workspace: workspace)).value
  }
}
