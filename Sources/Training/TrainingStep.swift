import KodamaLayers
import KodamaTensors

/// How one step is taken: batches forward and back, their totals over processes, clipping, the optimizer.
struct TrainingStep {
  /// What a step measured.
  struct Result {
    /// The means of the task's measures.
    let values: [Double]
    let learningRate: Double
    /// That of the gradients before clipping.
    let gradientNorm: Double
  }

  /// What was not finite in a step.
  enum NotFinite: Error {
    /// The loss or its gradients, from the weights as they stood before the step.
    case loss
    /// The weights, their average or the optimizer's memory after it.
    case state
  }

  private let plan: TrainingPlan
  private let trainedRows: TrainedRows?
  private let reduction: (any StepReduction)?
  private let workspace: Workspace
  private let measures: TaskMeasures
  /// Reads a batch; what comes back measures it in a pass.
  private let batch: (_ numbers: Range<Int>) throws -> (Pass<Float>) -> BatchLoss

  /// Steps of a task.
  init<Batch>(
    _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, plan: TrainingPlan,
    reduction: (any StepReduction)?, workspace: Workspace
  ) {
    self.plan = plan
    self.reduction = reduction
    self.workspace = workspace
    trainedRows = task.trainedRows
    measures = task.measures
    batch = { numbers in
      let batch = try source.batch(numbers)
      return { task.loss(batch, $0) }
    }
  }

  /// Takes one step.
  ///
  /// - Throws: `NotFinite`, and the state is to be given up; what reading batches and adding up throw.
  func take(_ state: inout TrainingState) throws -> Result {
    let rate = plan.learningRates.rate(atStep: state.step) * state.rateFactor
    // A single batch has its mean already.
    let isSum = plan.accumulation > 1 || reduction != nil
    var totals = try measure(part: 0, of: &state, after: [:], asSum: isSum)
    for part in 1..<max(1, plan.accumulation) {
      totals.add(try measure(part: part, of: &state, after: totals.state, asSum: isSum))
    }
    try reduction?.reduce(&totals)
    if isSum { totals.gradients.scale(by: 1 / Float(totals.weight)) }
    // The norm is that of what is trained.
    trainedRows?.restore(&totals.gradients, from: totals.gradients.zeros)
    let norm = plan.clipNorm > 0 ? totals.gradients.clip(norm: plan.clipNorm) : totals.gradients.norm
    let values = totals.values.map { $0 / totals.weight }
    guard values[0].isFinite && norm.isFinite else { throw NotFinite.loss }
    state.takeStep(totals.gradients, learningRate: Float(rate), state: totals.state, training: trainedRows)
    guard state.isFinite else { throw NotFinite.state }
    return Result(values: values, learningRate: rate, gradientNorm: norm)
  }

  /// One batch forward and back; its gradients are those of its mean unless sums are wanted.
  private func measure(
    part: Int, of state: inout TrainingState, after earlier: [String: Tensor<Float>], asSum: Bool
  ) throws -> StepTotals {
    let numbers = state.examplesDrawn..<state.examplesDrawn + plan.batchSize
    let loss = try batch(reduction?.share(of: numbers) ?? numbers)
    state.examplesDrawn = numbers.upperBound
    var parameters = state.parameters
    parameters.replace(earlier)
    let seed = plan.passSeed(UInt64(state.step) &* UInt64(plan.accumulation) &+ UInt64(part))
    let pass = Pass(parameters, phase: .training(seed: seed), workspace: workspace)
    let found = loss(pass)
    precondition(
      found.values.count == measures.all.count,
      "a batch has \(found.values.count) values, and the task's measures are \(measures.all.map(\.name))")
    var gradients = pass.gradients(of: found.loss)
    if asSum { gradients.scale(by: Float(found.weight)) }
    return StepTotals(
      weight: found.weight, values: found.values.map { $0 * found.weight }, gradients: gradients,
      state: pass.stateUpdates)
  }
}
