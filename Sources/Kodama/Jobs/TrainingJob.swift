import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaFeatures
import KodamaGeneration
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

/// Trains a WaveNet on a folder of recordings into a run folder, as `kodama train` does.
///
/// ```swift
/// let job = try TrainingJob(corpus: "recordings", run: "runs/first", settings: TrainingSettings(.tiny))
/// try job.train(until: .duration(.seconds(3600)))
/// ```
///
/// The result is bit-identical for the same seed, whatever the workers; for the same bits on every machine, call
/// `MatrixLibrary.useOneThread()` first.
public final class TrainingJob {
  /// The settings.
  public let settings: TrainingSettings
  /// The training recordings.
  public let training: Recordings
  /// The validation recordings; nil where there are none.
  public let validation: Recordings?
  /// The index of the corpus.
  public let index: CorpusIndex
  /// The network.
  public let network: WaveNet
  /// Warnings about skipped, trimmed, converted and unusable files.
  public let warnings: [String]
  /// The steps taken before: 0 for a new run.
  public let firstStep: Int

  private let run: TrainingRun
  private let state: TrainingState
  private let task: WaveNetTask
  private let workspace: Workspace
  private let crops: CropBatches
  /// The features of the training recordings; nil where the network is not conditioned on features.
  private let features: FeatureReader?
  private let heldOut: HeldOutScore?
  /// The labels of generated samples, in turn.
  private let sampleConditions: [Conditions]

  /// Scans the recordings and opens the run folder.
  ///
  /// - Parameters:
  ///   - corpus: a folder of recordings.
  ///   - validationFolder: a folder of validation recordings; nil holds out a share of the corpus.
  ///   - run: the run folder, which must be new unless `resuming`.
  ///   - resuming: whether to resume from the newest checkpoint of the run.
  ///   - allowChanges: whether a run may be resumed with another corpus or other settings than before.
  ///   - initialModel: a model whose weights a new run starts with, of the settings' architecture and rate.
  ///   - labels: the source of the labels of recordings; a list applies to both folders.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `TrainingFault`, `AudioFault`, `FileFault`, `CheckpointFault`, `WaveNetFault`, `ResourceFault`.
  public init(
    corpus: String, validationFolder: String? = nil, run: String, settings: TrainingSettings, resuming: Bool = false,
    allowChanges: Bool = false, initialModel: WaveNetModel? = nil, labels: CorpusLabels = .folders,
    strict: Bool = false,
    workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try settings.validate()
    workspace = try Workspace(forProductsOn: workers)
    // A wrong name is reported before the run folder is created.
    for folder in [corpus] + (validationFolder.map { [$0] } ?? []) { _ = try Folder.names(folder) }
    let folder = try TrainingRun(run, resuming: resuming, keptCheckpoints: settings.keptCheckpoints)
    self.run = folder

    // The index is kept with the run: unchanged files are not read again when it is resumed.
    let kept = run + "/corpus.json"
    let earlier = resuming ? try? CorpusIndex.load(kept, folder: corpus) : nil
    let index = try CorpusIndex.scan(
      corpus, labels: labels, options: settings.recordingOptions, elsewhere: validationFolder, reusing: earlier,
      strict: strict, workers: workers, progress: progress)
    try index.save(to: kept)
    let other = try validationFolder.map {
      try CorpusIndex.scan(
        $0, labels: labels, options: settings.recordingOptions, elsewhere: corpus, strict: strict, workers: workers)
    }
    let split =
      try other.map { Split(training: try index.sounding(), validation: try $0.sounding()) }
      ?? Split(
        index.sounding(), validationPercent: settings.validationPercent, labelSets: settings.conditionedSets)
    let rate = try settings.sampleRate ?? settings.featureRate() ?? index.modelSampleRate
    let hearing = try settings.conditionedOnFeatures(
      sampleRate: rate, recording: split.training.entries.first?.path ?? "")
    func recordings(_ index: CorpusIndex) throws -> Recordings {
      try Recordings(
        index, sampleRate: rate, trimming: settings.trimming, preemphasis: settings.architecture.preemphasis,
        workers: workers)
    }
    let training = try recordings(split.training)
    let validation = split.validation.entries.isEmpty ? nil : try recordings(split.validation)
    let heldBack = validation.map { [$0] } ?? []
    (self.index, self.training, self.validation) = (index, training, validation)
    let settings = try hearing.conditioned(onLabelsOf: training)
    self.settings = settings
    let conditioning = settings.architecture.conditioning
    let conditions = try conditioning.conditions(of: training)
    var seen = Set<Conditions>()
    sampleConditions = conditions.filter { seen.insert($0).inserted }
    features = try settings.reader(beside: training, workers: workers)
    let heldBackFeatures = try validation.flatMap {
      try other == nil
        ? settings.reader(beside: $0, workers: workers) : settings.validationReader(beside: $0, workers: workers)
    }
    heldOut = try validation.map {
      try HeldOutScore(
        $0, conditioning: conditioning, features: heldBackFeatures, seconds: settings.validationSeconds)
    }
    warnings =
      other.map { CorpusRemarks.list(index, [training]) + CorpusRemarks.list($0, heldBack) }
      ?? CorpusRemarks.list(index, [training] + heldBack)

    network = WaveNet(settings.architecture)
    let record = RunRecord(
      settings: settings, sampleRate: rate,
      corpus: Self.fingerprint(split.training, conditions, conditioning),
      validation: validation == nil ? nil : split.validation.fingerprint, features: features?.source.fingerprint)
    let rows = try settings.trainedLabels.map { labels in
      for text in labels
      where !training.items.contains(where: { item in item.labels.contains { text == "\($0)=\($1)" } }) {
        throw TrainingFault.badPlan(
          field: text, problem: "no recording has this trained label; give recordings that have it")
      }
      return try settings.architecture.embeddingRows(of: labels)
    }
    try settings.plan.training.validate(for: network.declarations)
    task = WaveNetTask(
      network: network, record: record, conditions: conditions, trainedRows: rows.map(TrainedRows.init))
    let sampler = CropSampler(
      frames: (0..<training.count).map(training.frames), cropLength: settings.plan.cropSamples,
      alignment: conditioning.features?.hopLength ?? 1, seed: settings.plan.seed)
    crops = CropBatches(training, sampler: sampler, features: features)

    if resuming {
      let checkpoint = try folder.folder.newestCheckpoint()
      let before = try RunRecord(checkpoint: checkpoint)
      let changes = record.changes(since: before)
      if !changes.isEmpty && !allowChanges { throw TrainingFault.changed(run: run, what: changes) }
      state = try TrainingState(
        checkpoint: checkpoint, declarations: network.declarations, plan: settings.plan.training)
    } else if let initialModel {
      guard initialModel.sampleRate == rate && initialModel.parameters.shapes == network.declarations.shapes else {
        throw TrainingFault.badPlan(
          field: "architecture", problem: "it differs from that of the initial model; give its architecture and rate")
      }
      state = TrainingState(parameters: initialModel.parameters, plan: settings.plan.training)
    } else {
      state = TrainingState(declarations: network.declarations, plan: settings.plan.training)
    }
    firstStep = state.step
  }

  /// The fingerprint of the recordings, and of their labels.
  private static func fingerprint(
    _ index: CorpusIndex, _ conditions: [Conditions], _ conditioning: Conditioning
  ) -> StableHash {
    if conditioning.labels.isEmpty { return index.fingerprint }
    var state = StableHash.State()
    state.combine(index.fingerprint.value)
    for conditions in conditions { state.combine(conditioning.description(of: conditions)) }
    return state.hash
  }

  /// The latest settings of a run.
  ///
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel` where no checkpoint is complete.
  public static func settings(ofRun run: String) throws -> TrainingSettings {
    let folder = RunFolder(run)
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try RunRecord(checkpoint: $0).settings }
  }

  /// The rate of the model in Hz.
  public var sampleRate: Int { training.sampleRate }

  /// Crops that make one pass over the corpus.
  public var cropsPerEpoch: Int { crops.examplesPerEpoch }

  /// Numbers in all parameters of the network.
  public var parameterCount: Int { state.parameters.count }

  /// Measures the time of a step in seconds, without changing the state: the faster of two forward and backward passes.
  public func measureStep() throws -> Double {
    let batch = try crops.batch(state.examplesDrawn..<state.examplesDrawn + settings.plan.batchSize)
    let clock = ContinuousClock()
    let times = (0..<2).map { _ in
      clock.measure {
        let pass = Pass(state.parameters, phase: .training(seed: 0), workspace: workspace)
        _ = pass.gradients(of: task.loss(batch, pass).loss)
      }.inSeconds
    }
    return times.min()! * Double(settings.plan.accumulation)
  }

  /// Trains until the limit, saves the state and notifies observers.
  ///
  /// - Parameters:
  ///   - writesTensorBoard: whether event files for TensorBoard are written, besides `metrics.jsonl`.
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`, and what reading and writing throw.
  @discardableResult public func train(
    until limit: TrainingLimit, writesTensorBoard: Bool = true, observers: [any TrainingObserver] = [],
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    var logs: [any TrainingObserver] = [
      try MetricsLog(
        run: run.path, step: state.step, interval: settings.logInterval, measures: task.measures)
    ]
    let tensorBoard =
      writesTensorBoard
      ? try TensorBoardLog(
        run: run.path, step: state.step, interval: settings.logInterval, hyperparameters: settings.hyperparameters,
        workers: workspace.workers) : nil
    if let tensorBoard { logs.append(tensorBoard) }
    let trainer = Trainer(
      task: task, source: crops, plan: settings.plan.training, state: state, run: run,
      checkpointInterval: settings.checkpointInterval, work: [validating(), sampling()], observers: logs + observers,
      workspace: workspace)
    do {
      let outcome = try trainer.train(until: limit, shouldStop: shouldStop)
      if outcome == .completed { try tensorBoard?.end(succeeded: true, step: trainer.state.step) }
      return outcome
    } catch let fault as TrainingFault {
      // After any other error, such as a full disk, the run can be resumed to a good end.
      if case .diverged = fault { try? tensorBoard?.end(succeeded: false, step: trainer.state.step) }
      throw fault
    }
  }

  private func validating() -> PeriodicWork {
    PeriodicWork(every: settings.validationInterval) { [network, heldOut, workspace, loss = task.measures.loss] state in
      guard let heldOut else { return [] }
      let raw = try heldOut.bitsPerSample(of: network, state.parameters, workspace: workspace)
      let average = try state.average.map {
        try heldOut.bitsPerSample(of: network, $0.parameters, workspace: workspace)
      }
      return [
        .validation(
          ValidationReport(
            step: state.step, weights: [MeasuredValue(loss, raw)],
            average: average.map { [MeasuredValue(loss, $0)] } ?? []))
      ]
    }
  }

  /// The conditions of a sample of audio, and its length: labels in turn, or the features of the start of a recording,
  /// a validation recording where there are any, which the sample then copies.
  private func sample(number: Int) throws -> (conditions: Conditions, samples: Int) {
    let samples = Int(settings.sampleSeconds * Double(sampleRate))
    guard let features else { return (sampleConditions[number % sampleConditions.count], samples) }
    let (recordings, conditions) = heldOut.map { ($0.recordings, $0.conditions) } ?? (training, task.conditions)
    let recording = number % recordings.count
    let length = min(samples, recordings.frames(of: recording))
    let sequence = try (heldOut?.features ?? features).sequence(of: recording, samples: length)
    return (conditions[recording].with(sequence), length)
  }

  private func sampling() -> PeriodicWork {
    PeriodicWork(every: settings.sampleInterval) { [self, network, run, settings, sampleRate] state in
      let (conditions, samples) = try sample(number: state.step / settings.sampleInterval)
      let path = try run.samplePath(
        step: state.step, labels: network.configuration.conditioning.names(of: conditions))
      let model = WaveNetModel(
        sampleRate: sampleRate, configuration: network.configuration, parameters: state.bestParameters)
      // Another seed for each sample, so that an unlucky one, such as a long pause, is not repeated.
      let seed = settings.plan.seed &+ UInt64(state.step)
      try GenerationJob(
        model: model, seed: seed, samples: samples, conditions: [conditions]
      ).write(to: [path], existing: .replace)
      return [.sample(step: state.step, path: path)]
    }
  }
}

extension TrainingSettings {
  /// All settings that have a value, for TensorBoard.
  fileprivate var hyperparameters: [Hyperparameter] {
    SettingsDocument(self).values.compactMap { Hyperparameter($0.key, $0.value) }
  }
}

extension Parameters {
  fileprivate var shapes: [String: Shape] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, self[$0].shape) })
  }
}

extension [ParameterDeclaration] {
  fileprivate var shapes: [String: Shape] { Dictionary(uniqueKeysWithValues: map { ($0.name, $0.shape) }) }
}
