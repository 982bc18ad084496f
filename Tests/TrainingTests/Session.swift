import KodamaCore
import KodamaTensors

@testable import KodamaTraining

/// One session of training in a run folder: a new run, or one that is continued.
struct Session {
  var plan: TrainingPlan
  var objective = NextCode()
  var corpus = NoiseCorpus()
  var checkpointInterval = 1000
  var keptCheckpoints = 3
  var tasks: [PeriodicTask] = []
  var workers = Workers.serial

  /// Two crops of 20 samples a step, eleven crops an epoch: most steps end in the middle of an epoch.
  init(_ change: (inout TrainingPlan) -> Void = { _ in }) {
    plan = TrainingPlan()
    plan.batchSize = 2
    plan.cropSamples = 20
    plan.learningRate = 0.05
    change(&plan)
  }

  /// Hears everything.
  final class Listener: TrainingObserver {
    private(set) var events: [TrainingEvent] = []

    func trainingDid(_ event: TrainingEvent) { events.append(event) }

    var steps: [StepReport] { events.compactMap { if case .step(let report) = $0 { report } else { nil } } }
    var rollbacks: [TrainingEvent] { events.filter { if case .rollback = $0 { true } else { false } } }
  }

  /// What a session came to.
  struct End {
    let outcome: Trainer.Outcome
    let state: TrainingState
    let heard: Listener
  }

  /// Trains in `folder` until `limit`.
  @discardableResult func train(
    in folder: String, resuming: Bool = false, until limit: Trainer.Limit, listener: Listener = Listener(),
    shouldStop: () -> Bool = { false }
  ) throws -> End {
    let run = try TrainingRun(folder, resuming: resuming, keptCheckpoints: keptCheckpoints)
    let state =
      resuming
      ? try TrainingState(checkpoint: run.folder.newestCheckpoint(), declarations: objective.declarations, plan: plan)
      : TrainingState(declarations: objective.declarations, plan: plan)
    let trainer = Trainer(
      objective: objective, plan: plan, state: state, run: run, checkpointInterval: checkpointInterval, tasks: tasks,
      observers: [listener], workspace: Workspace(workers: workers), cropsPerEpoch: corpus.cropsPerEpoch,
      cropSource: corpus.crops)
    let outcome = try trainer.train(until: limit, shouldStop: shouldStop)
    return End(outcome: outcome, state: trainer.state, heard: listener)
  }
}
