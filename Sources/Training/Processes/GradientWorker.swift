import KodamaLayers
import KodamaTensors

/// Computes the gradients of steps for a server until training is over.
public final class GradientWorker {
  private let stepper: TrainingStep
  /// With the roles that the plan gives them.
  private let parameters: Parameters<Float>

  /// A worker with a task and a source of its own.
  ///
  /// - Parameter parameters: the weights of the network, whatever their values.
  public init<Batch>(
    task: some TrainingTask<Batch>, source: some ExampleSource<Batch>, plan: TrainingPlan,
    parameters: Parameters<Float>, workspace: Workspace
  ) {
    stepper = TrainingStep(task, source, plan: plan, workspace: workspace)
    self.parameters = parameters.freezing(plan.isFrozen)
  }

  /// Works until training is over.
  ///
  /// - Parameter shouldStop: asked between steps; true asks the server to interrupt training.
  /// - Throws: what reading batches and the exchange throw.
  public func run(_ client: some GradientClient, shouldStop: () -> Bool = { false }) throws {
    let (weights, gradients) = (ParameterArena(like: parameters), ParameterArena(like: parameters))
    var assignment = try client.exchange(nil, numbers: [], stops: false, weights: weights)
    while let (step, first) = assignment {
      let numbers = try stepper.compute(
        weights.parameters, step: step, firstExample: first, into: gradients)
      assignment = try client.exchange(gradients, numbers: numbers, stops: shouldStop(), weights: weights)
    }
  }
}
