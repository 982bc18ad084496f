import KodamaTensors

/// An algorithm and what it remembers from step to step.
public struct Optimizer: Sendable {
  /// The rule.
  public let algorithm: OptimizerAlgorithm
  /// The steps taken.
  public private(set) var step: Int
  /// What is remembered, in the order of `algorithm.slots`; names and shapes are those of the parameters.
  public private(set) var memory: [Parameters<Float>]

  /// An optimizer before its first step.
  public init(_ algorithm: OptimizerAlgorithm, for parameters: Parameters<Float>) {
    self.init(algorithm, step: 0, memory: algorithm.slots.map { _ in parameters.zeros })
  }

  /// An optimizer as it stood.
  ///
  /// - Precondition: one memory for each slot of the algorithm.
  public init(_ algorithm: OptimizerAlgorithm, step: Int, memory: [Parameters<Float>]) {
    precondition(memory.count == algorithm.slots.count, "\(memory.count) memories for slots \(algorithm.slots)")
    self.algorithm = algorithm
    self.step = step
    self.memory = memory
  }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - parameters: what is moved.
  ///   - gradients: of the same names and shapes.
  ///   - learningRate: how far.
  public mutating func update(_ parameters: inout Parameters<Float>, gradients: Parameters<Float>, learningRate: Float)
  {
    step += 1
    for name in parameters.names {
      let gradient = gradients[name]
      let count = gradient.count
      precondition(
        gradient.shape == parameters[name].shape,
        "\(name) of shape \(parameters[name].shape) has a gradient of shape \(gradient.shape)")
      let slots = memory.indices.map { memory[$0][name].mutable.base }
      algorithm.update(
        parameters[name].mutable.base, gradient: gradient.region.base, slots: slots, count: count, step: step,
        rate: learningRate)
    }
  }
}
