import Kodama

/// Weights and an optimizer: what changes while a network learns.
struct Learner {
  /// The weights.
  private(set) var parameters: Parameters<Float>
  private var optimizer: Optimizer
  private let seed: UInt64
  private let rounder: WeightRounder?
  private let workspace = Workspace()

  /// Initial weights of some layers.
  ///
  /// - Parameters:
  ///   - parameters: the first weights; nil for random ones.
  ///   - rounding: the precision of the weights that the network computes with; nil: as they are.
  init(
    _ layers: [any Layer], _ algorithm: OptimizerAlgorithm, seed: UInt64, from parameters: Parameters<Float>? = nil,
    rounding: RoundingPlan? = nil
  ) {
    let declarations = layers.flatMap(\.declarations)
    self.parameters = parameters ?? Parameters(declarations, seed: seed)
    optimizer = Optimizer(algorithm, for: self.parameters)
    rounder = rounding.map { WeightRounder($0, declarations) }
    self.seed = seed
  }

  /// The weights that the network computes with.
  var weights: Parameters<Float> { rounder?.rounded(parameters, afterStep: optimizer.step) ?? parameters }

  /// Takes one step of the optimizer, with the mean gradient of one or more losses.
  ///
  /// - Parameter losses: each computes its loss in a pass of its own, in which layers find their parameters.
  /// - Returns: the mean loss before the step.
  mutating func step(rate: Float, _ losses: ((Pass<Float>) -> Variable<Float>)...) -> Double {
    step(rate: rate, losses)
  }

  /// Takes one step of the optimizer, with the mean gradient of one or more losses.
  mutating func step(rate: Float, _ losses: [(Pass<Float>) -> Variable<Float>]) -> Double {
    var (sum, gradients, weights) = (0.0, parameters.zeros, weights)
    for (index, loss) in losses.enumerated() {
      // The seed of dropout, which differs between passes.
      var random = Philox(seed: seed, stream: UInt64(optimizer.step * losses.count + index))
      let pass = Pass(weights, phase: .training(seed: random.next()), workspace: workspace)
      let value = loss(pass)
      sum += Double(value.value.item)
      gradients.add(pass.gradients(of: value))
      // Running means and variances, where there are any.
      parameters.replace(pass.stateUpdates)
      weights.replace(pass.stateUpdates)
    }
    gradients.scale(by: 1 / Float(losses.count))
    optimizer.update(&parameters, gradients: gradients, learningRate: rate)
    return sum / Double(losses.count)
  }

  /// What a network computes when it is used: no gradients, no dropout.
  func output(_ network: (Pass<Float>) -> Variable<Float>) -> Tensor<Float> {
    network(Pass(weights, phase: .inference, workspace: workspace)).value
  }
}
