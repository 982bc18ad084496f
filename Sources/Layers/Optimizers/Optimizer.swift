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
    precondition(parameters.layout == gradients.layout, "gradients of other names or shapes than the parameters")
    let update = algorithm.update(step: step, rate: learningRate)
    var slots = memory.indices.map { memory[$0].arena }
    // Taken out, so that each is the only owner of its memory and is written in place.
    for slot in memory.indices { memory[slot].arena = Tensor([0], []) }
    parameters.arena.move(0..<parameters.arena.count, by: update, gradient: gradients.arena, slots: &slots)
    for slot in memory.indices { memory[slot].arena = slots[slot] }
  }
}
