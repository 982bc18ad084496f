import KodamaLayers
import KodamaTensors

/// The loss that each layer to be pruned would cost, and a division of zeros by it.
package enum PruningSensitivity {
  /// Examples on which losses are measured, at most those of one step.
  private static let examples = 8

  /// The share of zeros of each parameter that a plan prunes, by the losses of a network in which one of them alone has lost
  /// its smallest units: those that together cost least, with as many zeros as the plan has in the mean.
  ///
  /// - Parameters:
  ///   - progress: called with the share that is done, before each loss.
  ///   - shouldStop: called before each loss; true ends the measurement.
  /// - Returns: nil where it was stopped.
  /// - Throws: `TrainingFault.badPlan` where the loss of the network is not finite; what reading examples throws.
  package static func layers<Batch>(
    _ pruner: Pruner, _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, examplesPerStep: Int,
    parameters: Parameters<Float>, workspace: Workspace, progress: (Double) throws -> Void, shouldStop: () -> Bool
  ) throws -> [PrunedLayers]? {
    let batch = try source.batch(0..<min(examples, examplesPerStep))
    func loss(_ parameters: Parameters<Float>) -> Double {
      task.loss(batch, Pass(parameters, workspace: workspace)).values[0]
    }
    let whole = loss(parameters)
    if !whole.isFinite {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "the model's loss is \(whole), so that layers cannot be compared by it")
    }
    let allocation = SparsityAllocation(sparsity: pruner.finalSparsity)
    let (names, shares) = (pruner.names, allocation.shares)
    var losses: [[Double]] = []
    for (number, name) in names.enumerated() {
      losses.append([])
      for (index, share) in shares.enumerated() {
        if shouldStop() { return nil }
        try progress(Double(number * shares.count + index) / Double(names.count * shares.count))
        var changed = parameters
        changed[name] = Pruner.withoutSmallest(pruner.plan.structure, of: parameters[name], share: share)
        losses[number].append(loss(changed) - whole)
      }
    }
    let found = allocation(units: pruner.unitCounts, losses: losses)
    return zip(names, found).map { PrunedLayers($0, sparsity: $1) }
  }
}
