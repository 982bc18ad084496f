import KodamaAudio
import KodamaCheckpoints
import KodamaClassifierTraining
import KodamaClassifiers
import KodamaCore
import KodamaLayers
import KodamaReports
import KodamaTensors
import KodamaTraining
import KodamaTrainingReports

/// Trains a classifier on a folder of labelled recordings into a run folder, as `kodama classify train` does.
///
/// ```swift
/// let settings = ClassifierSettings(labels: ["digit"])
/// let job = try ClassifierTrainingJob(corpus: "recordings", run: "runs/digits", settings: settings)
/// try job.train()
/// ```
///
/// The result is bit-identical for the same seed, whatever the workers.
public final class ClassifierTrainingJob {
  /// The configuration of the model.
  public var configuration: ClassifierConfiguration { corpus.configuration }
  /// The settings.
  public private(set) var settings: ClassifierSettings
  /// The steps of the run.
  public let steps: Int
  /// The steps taken before: 0 for a new run.
  public let firstStep: Int
  /// The training recordings.
  public var training: Recordings { corpus.training }
  /// The validation recordings; nil where there are none.
  public var validation: Recordings? { corpus.validation }
  /// Warnings about skipped, converted and unusable files.
  public var warnings: [String] { corpus.warnings }
  /// Numbers in all parameters of the network.
  public var parameterCount: Int { configuration.cost.parameters }
  /// The best checkpoint so far on held-out data, by its error rate in percent; nil where nothing was measured.
  public var best: BestCheckpoint? { run.best }

  private let corpus: ClassifierCorpus
  private let run: TrainingRun
  private let state: TrainingState
  private let validations: [ValidationReport]
  private let workspace: Workspace
  private let teacher: ClassifierTeacher?

  /// Scans the recordings and opens the run folder.
  ///
  /// - Parameters:
  ///   - corpus: a folder of recordings.
  ///   - validationFolder: a folder of validation recordings; nil holds out a share of the corpus.
  ///   - run: the run folder, which must be new unless `resuming`.
  ///   - resuming: whether to resume from the newest checkpoint of the run.
  ///   - allowChanges: whether a run may be resumed with another corpus or other settings than before.
  ///   - initialModel: a model whose features, window and network are taken, with their weights; heads are taken where
  ///     the label set is the same.
  ///   - frozen: shell patterns of the names of parameters that are not trained.
  ///   - labels: the source of the labels of recordings.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `TrainingFault`, `AudioFault`, `FileFault`, `CheckpointFault`, `LabelFault`, `ClassifierFault`,
  ///   `ResourceFault`.
  public init(
    corpus: String, validationFolder: String? = nil, run: String, settings: ClassifierSettings, resuming: Bool = false,
    allowChanges: Bool = false, initialModel: ClassifierModel? = nil, labels: CorpusLabels = .folders,
    strict: Bool = false, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try settings.validate()
    if let quantization = initialModel?.quantization { throw ClassifierFault.quantized(quantization.scheme) }
    for folder in [corpus] + (validationFolder.map { [$0] } ?? []) { try CorpusIndex.check(folder) }
    workspace = try Workspace(forProductsOn: workers)
    let taught = try settings.distillation.map { try ClassifierModel.load($0.teacher) }
    let opened = try TrainingRun(run, resuming: resuming)
    self.run = opened
    let kept = run + "/corpus.json"
    let checkpoint = resuming ? try opened.folder.newestCheckpoint() : nil
    let earlier = try checkpoint.map(ClassifierRecord.init(checkpoint:))
    let found = try ClassifierCorpus(
      corpus: corpus, validationFolder: validationFolder, settings: settings,
      model: initialModel?.configuration, teacher: taught?.configuration, labels: labels, strict: strict,
      reusing: resuming ? try? CorpusIndex.load(kept, folder: corpus) : nil, workers: workers, progress: progress)
    if settings.plan.pruning != nil || settings.plan.rounding != nil, let initialModel {
      try Self.checkLabels(of: found.configuration, are: initialModel.configuration)
    }
    teacher =
      if let distillation = settings.distillation, let taught {
        try ClassifierTeacher(distillation, taught, student: found.configuration)
      } else { nil }
    self.corpus = found
    try found.index.save(to: kept)

    var complete = settings
    complete.features = found.configuration.features
    complete.windowSeconds = found.configuration.windowSeconds
    complete.network = found.configuration.network
    complete.sampleRate = found.configuration.sampleRate
    let examples = settings.epochs * Double(found.training.count)
    steps = max(1, Int((examples / Double(settings.plan.examplesPerStep)).rounded(.up)))
    complete.plan.complete(forSteps: steps)
    try complete.plan.validateCompression(steps: steps)
    self.settings = complete

    let network = found.configuration.layers
    try complete.plan.validate(for: network.declarations)
    guard let checkpoint, let earlier else {
      var parameters = Parameters<Float>(network.declarations, seed: complete.plan.seed)
      if let initialModel { parameters.take(from: initialModel, labels: found.configuration.labels) }
      (state, validations) = (TrainingState(parameters: parameters, plan: complete.plan), [])
      firstStep = 0
      return
    }
    let record = ClassifierRecord(
      settings: complete, steps: steps, corpus: found.fingerprints.corpus, validation: found.fingerprints.validation,
      teacher: teacher?.fingerprint)
    let changes = record.changes(since: earlier)
    if !changes.isEmpty && !allowChanges { throw TrainingFault.changed(run: run, what: changes) }
    if record.validation != earlier.validation || !complete.plan.compresses(like: earlier.settings.plan) {
      opened.forgetBest()
    }
    let resumed = try TrainingState(checkpoint: checkpoint, declarations: network.declarations, plan: complete.plan)
    try resumed.checkPruning(complete.plan, network.declarations)
    (state, firstStep) = (resumed, resumed.step)
    validations = (try? TrainingHistory(run: run))?.validations.filter { $0.step <= resumed.step } ?? []
  }

  /// Throws where label sets differ from those of a model that is to keep its heads.
  ///
  /// - Throws: `ClassifierFault.otherLabels`.
  private static func checkLabels(
    of found: ClassifierConfiguration, are expected: ClassifierConfiguration
  ) throws(ClassifierFault) {
    for set in expected.labels {
      let values = found.labels.first { $0.name == set.name }?.values ?? []
      if values == set.values { continue }
      throw .otherLabels(
        set: set.name, missing: set.values.filter { !values.contains($0) },
        added: values.filter { !set.values.contains($0) })
    }
  }

  /// The settings of a run.
  ///
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel` where no checkpoint is complete.
  public static func settings(ofRun run: String) throws -> ClassifierSettings {
    let folder = RunFolder(run)
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try ClassifierRecord(checkpoint: $0).settings }
  }

  /// Steps between two validations, and between two checkpoints: those of an epoch, or a 25th of the run where that is
  /// more.
  public var interval: Int {
    let epoch = (training.count + settings.plan.examplesPerStep - 1) / settings.plan.examplesPerStep
    return max(1, epoch, steps / 25)
  }

  /// Trains until the last step, saves the state and notifies observers.
  ///
  /// - Parameters:
  ///   - writesTensorBoard: whether event files for TensorBoard are written, besides `metrics.jsonl`.
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`, and what reading and writing throw.
  @discardableResult public func train(
    writesTensorBoard: Bool = true, observers: [any TrainingObserver] = [], shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let task = task
    let logInterval = max(1, min(10, steps / 200))
    var logs: [any TrainingObserver] = [
      try MetricsLog(run: run.path, step: state.step, interval: logInterval, measures: task.measures)
    ]
    let tensorBoard =
      writesTensorBoard
      ? try TensorBoardLog(run: run.path, step: state.step, interval: logInterval, workers: workspace.workers) : nil
    if let tensorBoard { logs.append(tensorBoard) }
    let best = run.best
    let trainer = Trainer(
      task: task, source: try windows(), plan: settings.plan, state: state, run: run, checkpointInterval: interval,
      work: [validating(task.measures)], patience: settings.patience,
      laterValidations: validations.filter { $0.step > best?.step ?? .max }.map(\.step),
      observers: logs + observers, workspace: workspace)
    return try trainer.train(until: .steps(steps), shouldStop: shouldStop)
  }

  /// Divides the zeros of pruning among the layers of a new run by sensitivity; see `TrainingJob.dividePruning`.
  ///
  /// - Parameters:
  ///   - progress: called with the share that is done.
  ///   - shouldStop: called between measurements; true ends them.
  /// - Returns: false where it was stopped, which leaves the settings as they were.
  /// - Throws: `TrainingFault.badPlan` where the loss of the model is not finite; what reading recordings throws.
  /// - Precondition: no step has been taken.
  public func dividePruning(
    progress: (Double) throws -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> Bool {
    precondition(firstStep == 0, "the zeros of a run are divided before its first step")
    guard let pruning = settings.plan.pruning else { return true }
    guard
      let layers = try PruningSensitivity.layers(
        Pruner(pruning, configuration.layers.declarations), task, try windows(),
        examplesPerStep: settings.plan.examplesPerStep, parameters: state.parameters, workspace: workspace,
        progress: progress, shouldStop: shouldStop)
    else { return false }
    settings.plan.pruning?.layers = layers
    return true
  }

  /// Measures the error rate of the model that a new run starts from on the held-out recordings.
  ///
  /// - Parameter progress: called with the share that is done.
  /// - Returns: in percent; nil where there are no held-out recordings.
  /// - Throws: what reading recordings throws.
  /// - Precondition: no step has been taken.
  public func validateStart(progress: (Double) throws -> Void = { _ in }) throws -> MeasuredValue? {
    precondition(firstStep == 0, "a run is measured before its first step")
    guard let heldOut else { return nil }
    return MeasuredValue(
      task.measures.criterion, try heldOut.score(configuration, state.parameters, progress: progress).errorRate)
  }

  private var heldOut: HeldOutRecognition? {
    validation.map { HeldOutRecognition($0, labels: corpus.validationLabels, workers: workspace.workers) }
  }

  private var task: ClassifierTask {
    let fingerprints = corpus.fingerprints
    return ClassifierTask(
      configuration,
      record: ClassifierRecord(
        settings: settings, steps: steps, corpus: fingerprints.corpus, validation: fingerprints.validation,
        teacher: teacher?.fingerprint), teacher: teacher)
  }

  private func windows() throws -> LabelledWindows {
    try LabelledWindows(
      training, labels: corpus.trainingLabels, configuration: configuration, augmentation: settings.augmentation,
      seed: settings.plan.seed, workers: workspace.workers)
  }

  /// Measures the held-out recordings with the weights and with their average.
  private func validating(_ measures: TaskMeasures) -> PeriodicWork {
    let (configuration, heldOut) = (configuration, heldOut)
    return PeriodicWork(every: interval, lastStep: validations.last?.step ?? 0) { state, notify in
      guard let heldOut else { return }
      let parts = [state.parameters] + (state.average.map { [$0.parameters] } ?? [])
      let reports = try parts.enumerated().map { number, parameters in
        let score = try heldOut.score(configuration, parameters) { share in
          try notify(.working("validation", share: (Double(number) + share) / Double(parts.count)))
        }
        return zip(measures.all, [score.crossEntropy, score.errorRate] + score.accuracies).map(MeasuredValue.init)
      }
      try notify(
        .validation(
          ValidationReport(step: state.step, weights: reports[0], average: reports.count > 1 ? reports[1] : [])))
    }
  }
}

extension Parameters<Float> {
  /// Takes the weights of a model of the same network: all but the heads of other label sets.
  fileprivate mutating func take(from model: ClassifierModel, labels: [LabelSet]) {
    for name in model.parameters.names where !name.hasPrefix("heads.") { self[name] = model.parameters[name] }
    for (index, set) in labels.enumerated() {
      guard let former = model.configuration.labels.firstIndex(of: set) else { continue }
      for part in ["weight", "bias"] {
        self["heads.\(index).\(part)"] = model.parameters["heads.\(former).\(part)"]
      }
    }
  }
}
