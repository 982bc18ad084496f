import KodamaAudio
import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaLayers
import KodamaReports
import KodamaSignal
import KodamaTensors
import KodamaTraining
import KodamaTrainingReports
import KodamaTuning
import KodamaWaveNetTraining
import KodamaWaveNets

/// Tunes a WaveNet towards rewards of what it generates into a run folder, as `kodama tune` does.
///
/// ```swift
/// var settings = TuningSettings(rewards: ["voiced-share"])
/// settings.steps = 200
/// let job = try TuningJob(model: "runs/first", run: "runs/tuned", settings: settings)
/// try job.tune()
/// ```
///
/// The result is bit-identical for the same seed, whatever the workers.
public final class TuningJob {
  /// The settings.
  public let settings: TuningSettings
  /// The model that is tuned.
  public let model: WaveNetModel
  /// The steps taken before: 0 for a new run.
  public let firstStep: Int
  /// Held-out recordings; nil where there are none.
  public let validation: Recordings?
  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  /// Samples of a generated sound.
  public let samples: Int

  private let run: TrainingRun
  private let state: TrainingState
  private let task: TuningTask
  private let rewards: RewardSum
  /// The conditions of generated sounds, in turn.
  private let conditions: [Conditions]
  private let validations: [ValidationReport]
  private let heldOut: HeldOutScore?
  private let workspace: Workspace

  /// Reads the model, the classifier and the recordings, and opens the run folder.
  ///
  /// - Parameters:
  ///   - path: the model: a model folder, a checkpoint or a run.
  ///   - weights: of a run or a checkpoint; as of `ModelLocation`.
  ///   - run: the run folder, which must be new unless `resuming`.
  ///   - validationFolder: a folder of recordings whose bits per sample are measured; nil for none.
  ///   - resuming: whether to resume from the newest checkpoint of the run.
  ///   - allowChanges: whether a run may be resumed with other settings than before.
  ///   - labels: the source of the labels of recordings, where the model is conditioned on labels.
  ///   - options: how recordings are mixed down, and what counts as silence.
  /// - Throws: `TuningFault`, `TrainingFault`, `WaveNetFault`, `AudioFault`, `FileFault`, `CheckpointFault`,
  ///   `ResourceFault`.
  public init(
    model path: String, weights: ModelWeights? = nil, run: String, settings: TuningSettings,
    validationFolder: String? = nil, resuming: Bool = false, allowChanges: Bool = false,
    labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(), workers: Workers = .all
  ) throws {
    try settings.validate()
    workspace = try Workspace(forProductsOn: workers)
    let model = try WaveNetModel.load(ModelLocation(path, weights: weights))
    let conditioning = model.configuration.conditioning
    if conditioning.features != nil { throw TuningFault.conditionedOnFeatures(model: path) }
    conditions = try Self.conditions(settings.labels, of: conditioning)
    try settings.plan.validate(for: model.network.declarations)
    samples = max(1, Int((settings.soundSeconds * Double(model.sampleRate)).rounded()))
    let classifier = try settings.classifier.map { (path: $0, model: try ClassifierModel.load($0)) }
    let terms = try settings.rewards.map { text in
      let term = try RewardTerm(text)
      return (
        term.weight,
        try term.reward(
          sampleRate: model.sampleRate, classifier: classifier, programLimit: .seconds(settings.programSeconds),
          workers: workers)
      )
    }
    rewards = RewardSum(terms, discount: settings.discount)
    var remarks: [String] = []
    validation = try validationFolder.map { folder in
      let index = try CorpusIndex.scan(folder, labels: labels, options: options, workers: workers)
      let recordings = try Recordings(
        index.sounding(), sampleRate: model.sampleRate, preemphasis: model.configuration.preemphasis, workers: workers)
      remarks = CorpusRemarks.list(index, [recordings])
      return recordings
    }
    warnings = remarks
    heldOut = try validation.map { try HeldOutScore($0, conditioning: conditioning, seconds: Self.heldOutSeconds) }

    let record = TuningRecord(
      settings: settings, original: model.parameters.fingerprint, classifier: classifier?.model.parameters.fingerprint)
    task = TuningTask(model, record: record, samples: samples)
    let opened = try TrainingRun(run, resuming: resuming)
    (self.run, self.settings, self.model) = (opened, settings, model)
    guard resuming else {
      let initial = Parameters<Float>(task.declarations, seed: settings.plan.seed)
      state = TrainingState(parameters: model.parameters.joined(with: initial.auxiliary), plan: settings.plan)
      (firstStep, validations) = (0, [])
      return
    }
    let checkpoint = try opened.folder.newestCheckpoint()
    let earlier = try TuningRecord(checkpoint: checkpoint)
    if earlier.original != record.original { throw TuningFault.otherModel(run: run, model: path) }
    let changes = record.changes(since: earlier)
    if !changes.isEmpty && !allowChanges { throw TrainingFault.changed(run: run, what: changes) }
    let resumed = try TrainingState(checkpoint: checkpoint, declarations: task.declarations, plan: settings.plan)
    (state, firstStep) = (resumed, resumed.step)
    validations = (try? TrainingHistory(run: run))?.validations.filter { $0.step <= resumed.step } ?? []
  }

  /// The most that is measured of held-out recordings, in seconds.
  private static let heldOutSeconds = 60.0

  /// The settings of a run.
  ///
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel` where no checkpoint is complete.
  public static func settings(ofRun run: String) throws -> TuningSettings {
    let folder = RunFolder(run)
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try TuningRecord(checkpoint: $0).settings }
  }

  /// The combinations of labels that sounds are generated with: those of the given ones, and all of sets that are not named.
  private static func conditions(_ labels: [String], of conditioning: Conditioning) throws -> [Conditions] {
    if conditioning.labels.isEmpty && labels.isEmpty { return [.none] }
    var combinations = [[Int]()]
    for candidates in try conditioning.candidates(options: labels) {
      combinations = combinations.flatMap { combination in candidates.map { combination + [$0] } }
    }
    return combinations.map(Conditions.init(labels:))
  }

  /// Tunes until the limit, saves the state and notifies observers.
  ///
  /// - Parameters:
  ///   - limit: nil for the steps of the settings, or 500 where they have none.
  ///   - writesTensorBoard: whether event files for TensorBoard are written, besides `metrics.jsonl`.
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TuningFault` of rewards, after the steps before it are saved; `TrainingFault.diverged`; what generating,
  ///   reading and writing throw.
  @discardableResult public func tune(
    until limit: TrainingLimit? = nil, writesTensorBoard: Bool = true, observers: [any TrainingObserver] = [],
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    var logs: [any TrainingObserver] = [
      try MetricsLog(run: run.path, step: state.step, interval: 1, measures: task.measures)
    ]
    let tensorBoard =
      writesTensorBoard
      ? try TensorBoardLog(
        run: run.path, step: state.step, interval: 1, measures: task.measures, hyperparameters: hyperparameters,
        workers: workspace.workers) : nil
    if let tensorBoard { logs.append(tensorBoard) }
    let sounds = GeneratedSounds(
      model, conditions: conditions, samples: samples, plan: settings.plan, rewards: rewards,
      workers: workspace.workers)
    let trainer = Trainer(
      task: task, source: sounds, plan: settings.plan, state: state, run: run,
      checkpointInterval: settings.checkpointInterval, work: [validating(), sampling()], observers: logs + observers,
      workspace: workspace)
    let outcome = try trainer.train(
      until: limit ?? .steps(settings.steps ?? Self.defaultSteps), shouldStop: shouldStop)
    if outcome != .interrupted { try tensorBoard?.end(succeeded: true, step: trainer.state.step) }
    return outcome
  }

  /// The steps of a run without a limit.
  public static let defaultSteps = 500

  private var hyperparameters: [Hyperparameter] {
    TuningSettings.fields.settings(of: settings).compactMap { Hyperparameter($0.key, $0.value) }
  }

  /// Measures the model on the held-out recordings.
  ///
  /// - Parameter progress: called with the share that is done.
  /// - Returns: the bits per sample; nil where there are no held-out recordings.
  /// - Throws: what reading recordings throws.
  public func validateStart(progress: (Double) throws -> Void = { _ in }) throws -> MeasuredValue? {
    try heldOut.map { heldOut in
      MeasuredValue(
        task.measures.heldOut[0],
        try heldOut.bitsPerSample(of: model.network, model.parameters, workspace: workspace, progress: progress))
    }
  }

  private func validating() -> PeriodicWork {
    let (network, heldOut, workspace, measure) = (model.network, heldOut, workspace, task.measures.heldOut[0])
    return PeriodicWork(every: settings.validationInterval, lastStep: validations.last?.step ?? 0) { state, notify in
      guard let heldOut else { return }
      let bits = try heldOut.bitsPerSample(of: network, state.parameters, workspace: workspace) { share in
        try notify(.working("validation", share: share))
      }
      try notify(.validation(ValidationReport(step: state.step, weights: [MeasuredValue(measure, bits)])))
    }
  }

  private func sampling() -> PeriodicWork {
    let steps = ((try? TrainingSample.all(run: run.path)) ?? []).map(\.step)
    var earlierMeasures: SampleMeasures?
    return PeriodicWork(every: settings.sampleInterval, lastStep: steps.filter { $0 <= state.step }.max() ?? 0) {
      [run, settings, conditions, model, samples, validation, workspace] in
      let (state, notify) = ($0, $1)
      try notify(.working("a sample of audio", share: 0))
      let conditions = conditions[state.step / settings.sampleInterval % conditions.count]
      let path = try run.samplePath(
        step: state.step, labels: model.configuration.conditioning.names(of: conditions))
      let tuned = WaveNetModel(
        sampleRate: model.sampleRate, configuration: model.configuration, parameters: state.parameters.ofModel)
      // Another seed for each sample, so that an unlucky one is not repeated.
      try GenerationJob(
        model: tuned, seed: settings.plan.seed &+ UInt64(state.step), samples: samples, conditions: [conditions],
        workers: workspace.workers
      ).write(to: [path], existing: .replace)
      let measures =
        try earlierMeasures
        ?? validation.map { try SampleMeasures(of: $0, workers: workspace.workers) } ?? SampleMeasures()
      earlierMeasures = measures
      try notify(.sample(try measures.report(step: state.step, path: path, workers: workspace.workers), path: path))
    }
  }
}
