import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaTrainingReports

/// Trains a policy or a value network on the positions of games, in a run folder.
public final class PositionTraining {
  /// The settings.
  public let settings: PositionSettings
  /// The positions.
  public let records: GameRecords
  /// The best checkpoint so far on the games that are held out.
  public var best: BestCheckpoint? { run.best }

  private let run: TrainingRun
  private let state: TrainingState
  private let task: PositionTask
  private let workspace: Workspace

  /// Opens a run.
  ///
  /// - Throws: `GoFault`, `TrainingFault`, `CheckpointFault`, `FileFault`.
  public init(
    _ records: GameRecords, run: String, _ settings: PositionSettings, resuming: Bool = false,
    workers: Workers = .serial
  ) throws {
    try settings.check()
    (self.settings, self.records) = (settings, records)
    self.run = try TrainingRun(run, resuming: resuming)
    workspace = Workspace(workers: workers)
    let record = PositionRecord(settings: settings, games: records.fingerprint)
    task = PositionTask(architecture: settings.architecture, record: record)
    guard resuming else {
      state = TrainingState(declarations: task.declarations, plan: settings.plan)
      return
    }
    let checkpoint = try self.run.folder.newestCheckpoint()
    let changes = record.changes(since: try PositionRecord(checkpoint: checkpoint))
    if !changes.isEmpty { throw TrainingFault.changed(run: run, what: changes) }
    state = try TrainingState(checkpoint: checkpoint, declarations: task.declarations, plan: settings.plan)
  }

  /// The settings of a run.
  ///
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel`.
  public static func settings(ofRun run: String) throws -> PositionSettings {
    let folder = RunFolder(run)
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try PositionRecord(checkpoint: $0).settings }
  }

  /// Trains to the last step, and measures the games that are held out on the way.
  ///
  /// - Parameters:
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`, and what writing throws.
  @discardableResult public func train(
    observers: [any TrainingObserver] = [], shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let architecture = settings.architecture
    let source = PositionExamples(
      records.training, size: architecture.board, planes: architecture.planes, seed: settings.seed)
    let interval = max(1, settings.steps / 20)
    let logs: [any TrainingObserver] = [
      try MetricsLog(run: run.path, step: state.step, interval: max(1, settings.steps / 200), measures: task.measures),
      try TensorBoardLog(
        run: run.path, step: state.step, interval: max(1, settings.steps / 200), workers: workspace.workers),
    ]
    let trainer = Trainer(
      task: task, source: source, plan: settings.plan, state: state, run: run, checkpointInterval: interval,
      work: [validating(every: interval)], observers: logs + observers, workspace: workspace)
    return try trainer.train(until: .steps(settings.steps), shouldStop: shouldStop)
  }

  private func validating(every interval: Int) -> PeriodicWork {
    let (task, workspace, architecture) = (task, workspace, settings.architecture)
    let heldOut = PositionExamples(
      records.heldOut, size: architecture.board, planes: architecture.planes, seed: settings.seed)
    return PeriodicWork(every: interval) { state, notify in
      var (sums, count) = ([0.0, 0.0], 0.0)
      for batch in heldOut.inOrder(256) {
        let loss = task.loss(batch, Pass(state.parameters, workspace: workspace))
        for (index, value) in loss.values.enumerated() { sums[index] += value * loss.weight }
        count += loss.weight
      }
      let values = zip(task.measures.all, sums).map { MeasuredValue($0, $1 / count) }
      try notify(.validation(ValidationReport(step: state.step, weights: values, average: [])))
    }
  }
}
