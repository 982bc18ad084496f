import KodamaTensors

/// An optimization algorithm and its state.
public struct Optimizer: Sendable {
  /// The rule.
  public let algorithm: OptimizerAlgorithm
  /// Settings of some of the parameters; the first group that matches a name holds.
  public let groups: [ParameterGroup]
  /// The steps taken.
  public private(set) var step: Int
  /// Its state, in the order of `algorithm.slots`; names and shapes are those of the parameters.
  public private(set) var memory: [Parameters<Float>]

  /// An optimizer before its first step.
  public init(_ algorithm: OptimizerAlgorithm, groups: [ParameterGroup] = [], for parameters: Parameters<Float>) {
    self.init(algorithm, groups: groups, step: 0, memory: algorithm.slots.map { _ in parameters.zeros })
  }

  /// An optimizer as it was.
  ///
  /// - Precondition: one set of parameters for each slot of the algorithm.
  public init(
    _ algorithm: OptimizerAlgorithm, groups: [ParameterGroup] = [], step: Int, memory: [Parameters<Float>]
  ) {
    precondition(memory.count == algorithm.slots.count, "state of \(memory.count) slots for \(algorithm.slots)")
    self.algorithm = algorithm
    self.groups = groups
    self.step = step
    self.memory = memory
  }

  /// Takes one step: moves the trained parameters.
  ///
  /// - Parameters:
  ///   - gradients: of the same names and shapes.
  ///   - learningRate: that of parameters without a group.
  public mutating func update(
    _ parameters: inout Parameters<Float>, gradients: Parameters<Float>, learningRate: Float
  ) {
    precondition(
      parameters.layout.hasPlaces(of: gradients.layout), "gradients of other names or shapes than the parameters")
    step += 1
    // Taken out, so that each is the only owner of its memory and is written in place.
    var slots = memory.indices.map { slot in
      defer { memory[slot].arena = Tensor([0], []) }
      return memory[slot].arena
    }
    for run in parameters.layout.trainedRuns(groups) {
      let update = algorithm.update(
        step: step, rate: learningRate * run.rateFactor, weightDecay: run.weightDecay ?? algorithm.weightDecay)
      parameters.arena.move(run.range, by: update, gradient: gradients.arena, slots: &slots)
    }
    for slot in memory.indices { memory[slot].arena = slots[slot] }
  }
}
