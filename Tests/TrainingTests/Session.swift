import KodamaCore
import KodamaTensors

@testable import KodamaTraining

/// One session of training in a run folder: a new run, or one that is continued.
struct Session {
  var plan: TrainingPlan
  var task = NextCode()
  var corpus = NoiseCorpus()
  var checkpointInterval = 1000
  var keptCheckpoints = 3
  var work: [PeriodicWork] = []
  var patience: Int?
  var laterValidations: [Int] = []
  var workers = Workers.serial
  var observers: [any TrainingObserver] = []
  var reduction: (any StepReduction)?
  /// Where batches come from, if not the corpus.
  var source: NoiseBatches?

  /// Two sequences of 20 codes a step, eleven sequences an epoch: most steps end in the middle of an epoch.
  init(_ change: (inout TrainingPlan) -> Void = { _ in }) {
    plan = TrainingPlan()
    plan.batchSize = 2
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
    let outcome: TrainingOutcome
    let state: TrainingState
    let heard: Listener
  }

  /// Trains in `folder` until `limit`.
  @discardableResult func train(
    in folder: String, resuming: Bool = false, until limit: TrainingLimit, listener: Listener = Listener(),
    shouldStop: () -> Bool = { false }
  ) throws -> End {
    let run = try TrainingRun(folder, resuming: resuming, keptCheckpoints: keptCheckpoints)
    let state =
      resuming
      ? try TrainingState(checkpoint: run.folder.newestCheckpoint(), declarations: task.declarations, plan: plan)
      : TrainingState(declarations: task.declarations, plan: plan)
    let trainer = Trainer(
      task: task, source: source ?? NoiseBatches(corpus), plan: plan, state: state, run: run,
      checkpointInterval: checkpointInterval, work: work, patience: patience,
      laterValidations: laterValidations, observers: observers + [listener], reduction: reduction,
      workspace: Workspace(workers: workers))
    let outcome = try trainer.train(until: limit, shouldStop: shouldStop)
    return End(outcome: outcome, state: trainer.state, heard: listener)
  }
}

extension StepReport {
  /// Of a network of audio samples.
  init(
    step: Int, epoch: Double, seconds: Double, bitsPerSample: Double, learningRate: Double, gradientNorm: Double,
    samplesPerSecond: Double
  ) {
    let measures = TaskMeasures.ofSamples
    self.init(
      step: step, epoch: epoch, seconds: seconds, values: [MeasuredValue(measures.loss, bitsPerSample)],
      learningRate: learningRate, gradientNorm: gradientNorm, speed: MeasuredValue(measures.speed, samplesPerSecond))
  }

  var bitsPerSample: Double { loss.value }
}

extension ValidationReport {
  /// Of a network of audio samples.
  init(step: Int, raw: Double?, average: Double? = nil) {
    func values(_ bits: Double?) -> [MeasuredValue] {
      bits.map { [MeasuredValue(TaskMeasures.ofSamples.loss, $0)] } ?? []
    }
    self.init(step: step, weights: values(raw), average: values(average))
  }
}
