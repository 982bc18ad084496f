import Kodama

/// One network trained on batches of one size, and what it scored on sounds that it never saw.
struct Experiment {
  let kind: SoundTask.Kind
  let batchSize: Int
  let seed: UInt64

  /// A score after so many sounds.
  struct Score {
    let examples: Int
    let accuracy: Double
  }

  /// Trains in a run folder, and scores as it goes.
  ///
  /// - Parameters:
  ///   - examples: how many sounds are learned from.
  ///   - points: how many times the held-out sounds are scored.
  func scores(run path: String, examples: Int, points: Int, heldOut: LabelledMaps) throws -> [Score] {
    let task = SoundTask(kind)
    var plan = TrainingPlan(optimizer: .adam)
    plan.batchSize = batchSize
    // The mean over fewer examples is noisier: steps shrink with the root of the batch.
    plan.learningRate = 0.004 * (Double(batchSize) / 64).squareRoot()
    (plan.seed, plan.averageDecay) = (seed, 0)
    let workspace = Workspace()
    let log = ValidationLog()
    let steps = examples / batchSize
    let validation = PeriodicWork(every: steps / points) { state, notify in
      // In inference batch normalization takes its running statistics.
      let found = task.loss(heldOut, Pass(state.parameters, phase: .inference, workspace: workspace))
      try notify(
        .validation(
          ValidationReport(step: state.step, weights: zip(task.measures.all, found.values).map(MeasuredValue.init))))
    }
    let trainer = Trainer(
      task: task, source: SynthesizedSounds(seed: seed), plan: plan,
      state: TrainingState(declarations: task.declarations, plan: plan),
      run: try TrainingRun(path, resuming: false), checkpointInterval: steps, work: [validation], observers: [log],
      workspace: workspace)
    _ = try trainer.train(until: .steps(steps)) { false }
    return log.reports.map {
      Score(examples: $0.step * batchSize, accuracy: $0.weights[SoundTask.accuracy] ?? .nan)
    }
  }
}

/// Keeps what was measured on held-out sounds.
private final class ValidationLog: TrainingObserver {
  private(set) var reports: [ValidationReport] = []

  func trainingDid(_ event: TrainingEvent) {
    if case .validation(let report) = event { reports.append(report) }
  }
}
