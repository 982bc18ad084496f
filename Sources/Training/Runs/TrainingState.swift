import KodamaCore
import KodamaLayers
import KodamaTensors

/// The complete state of a training run: two runs resumed from the same state are bit-identical.
public struct TrainingState: Sendable {
  /// The weights.
  public internal(set) var parameters: Parameters<Float>
  /// Their moving average; nil where the plan keeps none.
  public internal(set) var average: WeightAverage?
  /// The optimizer with its state.
  public internal(set) var optimizer: Optimizer
  /// Factor of the learning rate: halved by every rollback.
  public internal(set) var rateFactor: Double
  /// The number of rollbacks to an earlier checkpoint so far.
  public internal(set) var rollbacks: Int
  /// Examples drawn so far: the position in the data.
  public internal(set) var examplesDrawn: Int
  /// Time spent training so far, in seconds.
  public internal(set) var seconds: Double

  /// Valid counts of steps and examples in files: far beyond any run.
  static let countRange = 0...1 << 48

  /// The weights that pruning will return to; nil where it will not.
  var earlier: Parameters<Float>?
  /// The importance of units since pruning chose last; nil where it does not compare by it.
  var importance: UnitImportance?

  /// Steps taken so far.
  public internal(set) var step: Int

  /// The state before the first step.
  public init(declarations: [ParameterDeclaration], plan: TrainingPlan) {
    self.init(parameters: Parameters<Float>(declarations, seed: plan.seed), plan: plan)
  }

  /// The state before the first step, with given weights.
  public init(parameters: Parameters<Float>, plan: TrainingPlan) {
    let parameters = parameters.freezing(plan.isFrozen)
    self.init(
      step: 0, parameters: parameters,
      average: plan.averageDecay > 0 ? WeightAverage(decay: plan.averageDecay, parameters: parameters) : nil,
      optimizer: Optimizer(plan.algorithm, groups: plan.parameterGroups, for: parameters), rateFactor: 1, rollbacks: 0,
      examplesDrawn: 0, seconds: 0)
  }

  init(
    step: Int, parameters: Parameters<Float>, average: WeightAverage?, optimizer: Optimizer, rateFactor: Double,
    rollbacks: Int,
    examplesDrawn: Int, seconds: Double
  ) {
    self.step = step
    self.parameters = parameters
    self.average = average
    self.optimizer = optimizer
    self.rateFactor = rateFactor
    self.rollbacks = rollbacks
    self.examplesDrawn = examplesDrawn
    self.seconds = seconds
  }

  /// Updates the weights, and their average.
  ///
  /// - Parameters:
  ///   - state: the new values of the network's state, by name.
  ///   - trained: the trained rows; nil for all.
  ///   - pruner: what becomes and stays 0; nil for nothing.
  ///   - workers: the threads of the optimizer.
  mutating func takeStep(
    _ gradients: Parameters<Float>, learningRate: Float, state: [String: Tensor<Float>] = [:],
    training trained: TrainedRows? = nil, pruning pruner: Pruner? = nil, workers: Workers = .serial
  ) {
    // Weight decay changes weights without gradients, and averaging equal numbers rounds: frozen rows are restored.
    let before = trained.map { _ in (parameters, average) }
    func change(_ parameters: inout Parameters<Float>) {
      optimizer.update(&parameters, gradients: gradients, learningRate: learningRate, workers: workers)
    }
    var mask: PruningMask?
    if let pruner {
      if pruner.plan.rewinds && step == pruner.plan.firstStep { earlier = parameters }
      if pruner.plan.criterion == .gradient && step < pruner.plan.lastStep {
        var sums = importance ?? UnitImportance([:])
        pruner.add(gradients, at: parameters, to: &sums)
        importance = sums
      }
      mask = pruner.update(&parameters, afterStep: step + 1, importance: importance, change: change)
      if pruner.plan.progress(afterStep: step + 1) != nil { importance = nil }
    } else {
      change(&parameters)
    }
    parameters.replace(state)
    average?.update(parameters)
    if let mask {
      average?.apply(mask)
      if step + 1 == pruner?.plan.lastStep { rewind(mask) }
    }
    if let trained, let (parametersBefore, averageBefore) = before {
      trained.restore(&parameters, from: parametersBefore)
      if var kept = average?.parameters, let averageBefore {
        trained.restore(&kept, from: averageBefore.parameters)
        average = average?.replacing(kept)
      }
    }
    step += 1
  }

  /// Returns to the earlier weights that a mask leaves, with a new average and a new optimizer.
  private mutating func rewind(_ mask: PruningMask) {
    guard var earlier else { return }
    mask.apply(to: &earlier)
    // What the forward pass updates, such as running means, stays.
    for name in earlier.names where earlier.layout.role(of: name) == .trained { parameters[name] = earlier[name] }
    average = average.map { WeightAverage(decay: $0.decay, parameters: parameters) }
    optimizer = Optimizer(optimizer.algorithm, groups: optimizer.groups, for: parameters)
    self.earlier = nil
  }

  /// The weights, their average where there is one, and the optimizer's state.
  var sets: [Parameters<Float>] { [parameters] + (average.map { [$0.parameters] } ?? []) + optimizer.state }

  /// Calls `body` with all numbers that steps change: the weights, their average and the optimizer's state.
  mutating func forEachNumbers(_ body: (inout Parameters<Float>) throws -> Void) rethrows {
    try body(&parameters)
    if let average {
      var averaged = average.parameters
      try body(&averaged)
      self.average = average.replacing(averaged)
    }
    try optimizer.changeState(body)
  }

  /// Whether all numbers are finite. A checkpoint of another state could not be loaded.
  var isFinite: Bool {
    let all = [parameters] + optimizer.state + (average.map { [$0.parameters] } ?? [])
    return all.allSatisfy { $0.firstNotFinite == nil }
  }

  /// The recommended weights: the average where there is one.
  public var bestParameters: Parameters<Float> { average?.parameters ?? parameters }
}

extension TrainingState {
  /// The state with rounded weights.
  func rounded(by rounder: WeightRounder, workers: Workers) -> TrainingState {
    var result = self
    result.parameters = rounder.rounded(parameters, afterStep: step, workers: workers)
    result.average = average.map {
      $0.replacing(rounder.rounded($0.parameters, afterStep: step, workers: workers))
    }
    return result
  }

  /// Throws where a plan asks for pruning that would not happen: its last step is past, and less is 0 than it asks for; or
  /// it is to rewind to weights that were not kept.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public func checkPruning(_ plan: TrainingPlan, _ declarations: [ParameterDeclaration]) throws {
    guard let pruning = plan.pruning else { return }
    if pruning.rewinds && step > pruning.firstStep && step < pruning.lastStep && earlier == nil {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "the weights of step \(pruning.firstStep) were not kept, so that it cannot rewind")
    }
    if step < pruning.lastStep { return }
    let pruner = Pruner(pruning, declarations)
    if pruner.sparsity(of: parameters) < 0.95 * pruner.finalSparsity {
      throw TrainingFault.badPlan(
        field: "pruning",
        problem: "it ends at step \(pruning.lastStep), and the run is at \(step); give a later last_step")
    }
  }
}
