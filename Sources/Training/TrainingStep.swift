import KodamaCore
import KodamaLayers
import KodamaTensors

/// Takes one step: forward and backward passes over its batches, reduction over processes, clipping, the optimizer.
struct TrainingStep {
  /// The measures of a step.
  struct Result {
    /// The means of the task's measures.
    let values: [Double]
    let learningRate: Double
    /// The norm of the gradients before clipping.
    let gradientNorm: Double
  }

  /// The part of a step that was not finite.
  enum NotFinite: Error {
    /// The loss or its gradients, of the weights before the step.
    case loss
    /// The weights, their average or the optimizer's state after the step.
    case state
  }

  private let plan: TrainingPlan
  private let trainedRows: TrainedRows?
  private let pruner: Pruner?
  private let rounder: WeightRounder?
  private let reduction: (any StepReduction)?
  private let workspace: Workspace
  private let measures: TaskMeasures
  private let examplesPerPass: Int
  /// Reads a batch; the result computes its loss in a pass.
  private let batch: (_ numbers: Range<Int>, _ weights: Parameters<Float>) throws -> (Pass<Float>) -> BatchLoss

  /// Steps of a task.
  init<Batch>(
    _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, plan: TrainingPlan,
    reduction: (any StepReduction)?, workspace: Workspace
  ) {
    self.plan = plan
    self.reduction = reduction
    self.workspace = workspace
    trainedRows = task.trainedRows
    pruner = plan.pruning.map { Pruner($0, task.declarations.filter { !plan.isFrozen($0.name) }) }
    rounder = plan.rounding.map { WeightRounder($0, task.declarations) }
    measures = task.measures
    examplesPerPass = task.examplesPerPass
    batch = { numbers, weights in
      let batch = try source.batch(numbers, of: weights)
      return { task.loss(batch, $0) }
    }
  }

  /// Takes one step.
  ///
  /// - Throws: `NotFinite`, after which the state is invalid; what reading batches and reduction throw.
  func take(_ state: inout TrainingState) throws -> Result {
    let rate = plan.learningRates.rate(atStep: state.step) * state.rateFactor
    let passes = passes(from: state.examplesDrawn)
    // The loss of a single pass is its mean already.
    let isSum = passes.count > 1 || reduction != nil
    let weights = rounded(state).parameters
    var totals = try measure(passes[0], number: 0, of: state, weights, after: [:], asSum: isSum)
    for (number, examples) in passes.enumerated().dropFirst() {
      totals.add(try measure(examples, number: number, of: state, weights, after: totals.state, asSum: isSum))
    }
    state.examplesDrawn += plan.examplesPerStep
    try reduction?.reduce(&totals)
    if isSum { totals.gradients.scale(by: 1 / Float(totals.weight)) }
    // The norm is that of the trained rows.
    trainedRows?.restore(&totals.gradients, from: totals.gradients.zeros)
    let norm = plan.clipNorm > 0 ? totals.gradients.clip(norm: plan.clipNorm) : totals.gradients.norm
    let values = totals.values.map { $0 / totals.weight }
    guard values[0].isFinite && norm.isFinite else { throw NotFinite.loss }
    state.takeStep(
      totals.gradients, learningRate: Float(rate), state: totals.state, training: trainedRows,
      pruning: pruner, workers: workspace.workers)
    guard state.isFinite else { throw NotFinite.state }
    return Result(values: values, learningRate: rate, gradientNorm: norm)
  }

  /// The state with the weights that the network computes with: rounded where the plan has it so.
  func rounded(_ state: TrainingState) -> TrainingState {
    rounder.map { state.rounded(by: $0, workers: workspace.workers) } ?? state
  }

  /// The examples of each pass of a step: of each batch this process's share, in as few equal parts as the task allows.
  private func passes(from first: Int) -> [Range<Int>] {
    (0..<plan.accumulation).flatMap { index in
      let numbers = first + index * plan.batchSize..<first + (index + 1) * plan.batchSize
      return Workers.runs(of: reduction?.share(of: numbers) ?? numbers, most: examplesPerPass)
    }
  }

  /// Forward and backward pass of some examples; their gradients are those of the mean unless `isSum`.
  private func measure(
    _ examples: Range<Int>, number: Int, of state: TrainingState, _ weights: Parameters<Float>,
    after earlier: [String: Tensor<Float>], asSum: Bool
  ) throws -> StepTotals {
    let loss = try batch(examples, weights)
    var parameters = weights
    parameters.replace(earlier)
    // Other processes may take fewer passes, so that a step has as many seeds as a whole batch has passes.
    let passes = plan.accumulation * Workers.runs(of: 0..<plan.batchSize, most: examplesPerPass).count
    let seed = plan.passSeed(UInt64(state.step) &* UInt64(passes) &+ UInt64(number))
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

/// The totals of one step before the optimizer's update: sums over passes and over processes.
public struct StepTotals: Sendable {
  /// The number of measured elements, such as valid samples: the sum of the batches' weights.
  public var weight: Double
  /// Each measure, summed over these elements.
  public var values: [Double]
  /// The gradient of the loss, summed over these elements.
  public var gradients: Parameters<Float>
  /// The new values of the network's state, such as running means, by name.
  public var state: [String: Tensor<Float>]

  /// Adds the totals of a later pass, whose state replaces the current one.
  mutating func add(_ later: StepTotals) {
    weight += later.weight
    for index in values.indices { values[index] += later.values[index] }
    gradients.add(later.gradients)
    state.merge(later.state) { $1 }
  }
}

/// The reduction between gradients and optimizer, by which several processes train one network: they share the examples
/// of each step and sum their totals.
///
/// Every process draws the same example numbers, processes its own share of each batch, and gets the same totals, so
/// that all take the same step.
public protocol StepReduction: AnyObject {
  /// The examples of a batch that this process uses; never empty.
  func share(of numbers: Range<Int>) -> Range<Int>

  /// Adds the totals of all other processes to those of this process.
  ///
  /// - Throws: where another process cannot be reached; the step is discarded then.
  func reduce(_ totals: inout StepTotals) throws
}
