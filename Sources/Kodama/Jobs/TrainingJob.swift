import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaDistributed
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
/// let plan = TimedPlan(.seconds(3600))
/// let job = try TrainingJob(corpus: "recordings", run: "runs/first", settings: TrainingSettings(.tiny), plan: plan)
/// try job.train()
/// ```
///
/// The result is bit-identical for the same seed, whatever the workers; for the same bits on every machine, call
/// `MatrixLibrary.useOneThread()` first.
public final class TrainingJob {
  /// The recordings, the network and the plan.
  public let setup: TrainingSetup
  /// The steps taken before: 0 for a new run.
  public let firstStep: Int

  /// Nil in all of several processes but the first.
  private let run: TrainingRun?
  private let state: TrainingState
  /// The validations of earlier sessions of the run.
  private let validations: [ValidationReport]
  /// The fingerprint of the sound of the teacher in earlier sessions.
  private let earlierSound: StableHash?
  /// The labels of generated samples, in turn.
  private let sampleConditions: [Conditions]
  /// What each process of a divided network did; empty where it is not divided, or before training has ended.
  public private(set) var processReports: [ProcessReport] = []

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
  ///   - plan: fits the plan of a new run to a time; nil keeps that of the settings.
  ///   - index: an earlier index of the corpus for a new run: unchanged files are not read again.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - group: the processes that train together, each of which makes such a job of the same arguments; nil for one.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `TrainingFault`, `AudioFault`, `FileFault`, `CheckpointFault`, `WaveNetFault`, `ResourceFault`.
  public init(
    corpus: String, validationFolder: String? = nil, run: String, settings: TrainingSettings, resuming: Bool = false,
    allowChanges: Bool = false, initialModel: WaveNetModel? = nil, labels: CorpusLabels = .folders,
    plan: TimedPlan? = nil, index: CorpusIndex? = nil, strict: Bool = false, group: ProcessGroup? = nil,
    workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try settings.validate()
    // Too little memory or a wrong name is reported before the run folder is created.
    for folder in [corpus] + (validationFolder.map { [$0] } ?? []) { try CorpusIndex.check(folder) }
    _ = try Workspace(forProductsOn: workers)
    try DividedWaveNet.check(group, settings)
    let opened =
      group?.isFirst == false
      ? nil : try TrainingRun(run, resuming: resuming, keptCheckpoints: settings.keptCheckpoints)
    self.run = opened

    // The index is kept with the run: unchanged files are not read again when it is resumed.
    let kept = run + "/corpus.json"
    setup = try TrainingSetup(
      corpus: corpus, validationFolder: validationFolder, settings: settings, initialModel: initialModel,
      labels: labels, plan: resuming ? nil : plan, strict: strict,
      group: group, reusing: resuming ? try? CorpusIndex.load(kept, folder: corpus) : index, workers: workers,
      progress: progress)
    try group?.communicator.compare(setup.commonFacts)
    if opened != nil { try setup.index.save(to: kept) }
    var seen = Set<Conditions>()
    sampleConditions = setup.conditions.filter { seen.insert($0).inserted }

    guard resuming else {
      setup.fixValidation()
      (state, validations, earlierSound) = (setup.initialState(), [], nil)
      firstStep = 0
      return
    }
    let own = try opened?.folder.newestCheckpoint()
    let checkpoint = try group?.checkpoint(own) ?? own!
    let earlier = try RunRecord(checkpoint: checkpoint)
    let changes = setup.record.changes(since: earlier)
    if WaveNet(earlier.settings.architecture).declarations.shapes != setup.network.declarations.shapes {
      throw TrainingFault.badPlan(
        field: "architecture",
        problem: "a run keeps the shapes of its network, and \(changes.first ?? "they differ"); start a new run, or "
          + "leave the change out")
    }
    if !changes.isEmpty && !allowChanges { throw TrainingFault.changed(run: run, what: changes) }
    earlierSound = changes.isEmpty ? earlier.sound : nil
    // Losses on other recordings, or on more of them, are not comparable.
    let seconds = [earlier.settings, setup.settings].map { [rate = setup.sampleRate] in
      $0.heldOutSeconds(sampleRate: rate, steps: $0.steps)
    }
    // Of larger models neither.
    let isComparable =
      earlier.validation == setup.record.validation && seconds[0] == seconds[1]
      && earlier.settings.plan.training.compresses(like: setup.settings.plan.training)
    if !isComparable { opened?.forgetBest() }
    let resumed = try TrainingState(
      checkpoint: checkpoint, declarations: setup.task.declarations, plan: setup.settings.plan.training,
      share: setup.division?.share)
    try resumed.checkPruning(setup.settings.plan.training, setup.network.declarations)
    (state, firstStep) = (resumed, resumed.step)
    // Without a valid log, validation starts anew.
    let logged = opened == nil ? nil : try? TrainingHistory(run: run)
    validations = !isComparable ? [] : logged?.validations.filter { $0.step <= resumed.step } ?? []
  }

  /// The latest settings of a run.
  ///
  /// - Parameter group: the processes of which the first one has the run; nil for one process.
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel` where no checkpoint is complete.
  public static func settings(ofRun run: String, group: ProcessGroup? = nil) throws -> TrainingSettings {
    let folder = RunFolder(run)
    if let group {
      let isEmpty = try group.isFirst && folder.steps().isEmpty
      if isEmpty { throw TrainingFault.noRun(run: run) }
      return try RunRecord(checkpoint: group.checkpoint(group.isFirst ? folder.newestCheckpoint() : nil)).settings
    }
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try RunRecord(checkpoint: $0).settings }
  }

  /// The settings.
  public var settings: TrainingSettings { setup.settings }
  /// The training recordings.
  public var training: Recordings { setup.training }
  /// The validation recordings; nil where there are none.
  public var validation: Recordings? { setup.validation }
  /// The index of the corpus.
  public var index: CorpusIndex { setup.index }
  /// The network.
  public var network: WaveNet { setup.network }
  /// Warnings about skipped, trimmed, converted and unusable files.
  public var warnings: [String] { setup.warnings }
  /// The rate of the model in Hz.
  public var sampleRate: Int { setup.sampleRate }
  /// Crops that make one pass over the corpus.
  public var cropsPerEpoch: Int { setup.cropsPerEpoch }
  /// Numbers in all parameters of the network.
  public var parameterCount: Int { setup.parameterCount }
  /// The best checkpoint so far on held-out data; nil where nothing was measured.
  public var best: BestCheckpoint? { run?.best }

  /// Divides the zeros of pruning among the layers of a new run by sensitivity: by losses on training recordings of networks
  /// in which one layer alone has zeros. The settings then have the share of each layer.
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
    return try setup.dividePruning(progress: progress, shouldStop: shouldStop)
  }

  /// Trains until the limit, saves the state and notifies observers. Before the first step a teacher generates its sound,
  /// and its probabilities are computed, where the settings have it so.
  ///
  /// - Parameters:
  ///   - limit: nil for the steps of the settings, or 10,000 where they have none.
  ///   - writesTensorBoard: whether event files for TensorBoard are written, besides `metrics.jsonl`.
  ///   - writesSamples: whether samples of audio are generated.
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`, `.changed`; what reading, writing and generating throw.
  @discardableResult public func train(
    until limit: TrainingLimit? = nil, writesTensorBoard: Bool = true, writesSamples: Bool = true,
    observers: [any TrainingObserver] = [], shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let limit = limit ?? .steps(settings.steps ?? 10_000)
    let sounds = try soundOfTeacher(observers, shouldStop: shouldStop)
    var isStopped = run.flatMap { setup.teacherSound(run: $0.folder) } != nil && sounds == nil
    var targets: TeacherTargets?
    if let store = setup.targetStore, !isStopped {
      targets = try setup.targets(
        store, sounds,
        progress: { share in
          for observer in observers { try observer.trainingDid(.working("probabilities of the teacher", share: share)) }
        }, shouldStop: shouldStop)
      isStopped = targets == nil
    }
    let (task, workspace) = (setup.task(sounds), setup.workspace)
    if run == nil, setup.team == nil, let group = setup.group {
      return try work(for: group, task, setup.crops(sounds, targets), shouldStop: shouldStop)
    }
    var logs: [any TrainingObserver] = []
    var tensorBoard: TensorBoardLog?
    if let run {
      logs.append(
        try MetricsLog(run: run.path, step: state.step, interval: settings.logInterval, measures: task.measures))
      if writesTensorBoard {
        let log = try TensorBoardLog(
          run: run.path, step: state.step, interval: settings.logInterval, hyperparameters: settings.hyperparameters,
          workers: workspace.workers)
        tensorBoard = log
        logs.append(log)
      }
    }
    let server = run.flatMap { self.server($0, task) }
    if let run, let server { logs.append(StalenessLog(run: run.path, server: server)) }
    let best = run?.best
    var work = [try validating(until: limit)]
    if writesSamples {
      // At the same intervals in all processes, of which the first one generates.
      work.append(try sampling())
    }
    let trainer = Trainer(
      task: task, source: setup.crops(sounds, targets), plan: settings.plan.training, state: state, run: run,
      checkpointInterval: settings.checkpointInterval,
      work: work,
      patience: settings.patience,
      laterValidations: validations.filter { validation in
        validation.step > best?.step ?? .max && (validation.weights + validation.average).contains { $0.value.isFinite }
      }.map(\.step),
      observers: logs + observers, reduction: setup.sharing, division: setup.division, server: server,
      workspace: workspace)
    do {
      // Stopped before the first step, there is a state to resume.
      let outcome = try trainer.train(until: limit) {
        isStopped || shouldStop() || server?.isStopRequested == true
      }
      if setup.group?.isAbandoned != true { server?.end() }
      processReports = setup.division?.reports() ?? []
      if outcome != .interrupted { try tensorBoard?.end(succeeded: true, step: trainer.state.step) }
      return outcome
    } catch let fault as TrainingFault {
      // After any other error, such as a full disk, the run can be resumed to a good end.
      if case .diverged = fault { try? tensorBoard?.end(succeeded: false, step: trainer.state.step) }
      throw fault
    }
  }

  /// The server of an asynchronous training; nil for any other.
  private func server(_ run: TrainingRun, _ task: WaveNetTask) -> AsynchronousServer? {
    guard let group = setup.group, setup.team == nil else { return nil }
    return AsynchronousServer(
      group.communicator, parameters: state.parameters, examplesPerStep: settings.plan.training.examplesPerStep,
      measures: task.measures.all.count, stalenessCounts: firstStep > 0 ? StalenessLog.counts(run: run.path) : [],
      check: group.check)
  }

  /// Computes gradients for the first process until training is over.
  private func work(
    for group: ProcessGroup, _ task: WaveNetTask, _ crops: CropBatches, shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    let client = AsynchronousClient(group.communicator, measures: task.measures.all.count, slow: group.beginStep)
    try GradientWorker(
      task: task, source: crops, plan: settings.plan.training, parameters: state.parameters, workspace: setup.workspace
    ).run(client, shouldStop: shouldStop)
    return shouldStop() ? .interrupted : .completed
  }

  /// The sound of the teacher; nil where there is none, or it was stopped.
  private func soundOfTeacher(
    _ observers: [any TrainingObserver], shouldStop: () -> Bool
  ) throws -> TeacherSound.Files? {
    guard let run else { return nil }
    let files = try setup.teacherSound(run: run.folder)?.generate(
      progress: { share in
        for observer in observers { try observer.trainingDid(.working("the sound of the teacher", share: share)) }
      }, shouldStop: shouldStop)
    if let files, let earlierSound, files.fingerprint != earlierSound {
      throw TrainingFault.changed(
        run: run.path, what: ["the files in \(run.folder.teacherSoundPath) are not those that the teacher generated"])
    }
    return files
  }

  /// Measures the model that a new run starts from on held-out recordings, as many as during training.
  ///
  /// - Parameters:
  ///   - limit: nil for the steps of the settings, or 10,000 where they have none.
  ///   - progress: called with the share that is done.
  /// - Returns: nil where there are no held-out recordings.
  /// - Throws: what reading recordings throws.
  /// - Precondition: no step has been taken.
  public func validateStart(
    until limit: TrainingLimit? = nil, progress: (Double) throws -> Void = { _ in }
  ) throws -> MeasuredValue? {
    precondition(firstStep == 0, "a run is measured before its first step")
    guard let heldOut = try heldOut(until: limit ?? .steps(settings.steps ?? 10_000)) else { return nil }
    let bits = try heldOut.bitsPerSample(
      of: setup.ownNetwork, state.parameters, workspace: setup.workspace, team: setup.division, progress: progress)
    return MeasuredValue(setup.task.measures.loss, bits)
  }

  /// The held-out recordings that a validation measures; nil where there are none.
  private func heldOut(until limit: TrainingLimit) throws -> HeldOutScore? {
    var steps = settings.steps
    if steps == nil, setup.heldOut != nil {
      switch limit {
      case .steps(let count): steps = count
      // An estimate: such a run is not repeated exactly anyway.
      case .duration(let time):
        let own = try setup.measureStep()
        steps = Int(min(1e12, time.inSeconds / (all(own).max() ?? own)))
      }
    }
    return setup.heldOut?.limited(toSeconds: settings.heldOutSeconds(sampleRate: sampleRate, steps: steps))
  }

  private func validating(until limit: TrainingLimit) throws -> PeriodicWork {
    let heldOut = try heldOut(until: limit)
    let (network, workspace, loss, team) = (setup.ownNetwork, setup.workspace, setup.task.measures.loss, setup.team)
    // What the first process found in its log goes for all.
    let last = common(validations.last?.step ?? 0)
    return PeriodicWork(every: settings.validationInterval, lastStep: last) { state, notify in
      guard let heldOut else { return }
      let parts = [state.parameters] + (state.average.map { [$0.parameters] } ?? [])
      let bits = try parts.enumerated().map { number, parameters in
        try heldOut.bitsPerSample(of: network, parameters, workspace: workspace, team: team) { share in
          try notify(.working("validation", share: (Double(number) + share) / Double(parts.count)))
        }
      }
      try notify(
        .validation(
          ValidationReport(
            step: state.step, weights: [MeasuredValue(loss, bits[0])],
            average: bits.dropFirst().map { MeasuredValue(loss, $0) })))
    }
  }

  /// The conditions of a sample of audio, and its length: labels in turn, or the features of the start of a recording,
  /// a validation recording where there are any, which the sample then copies.
  private func sample(number: Int) throws -> (conditions: Conditions, samples: Int) {
    let samples = Int(settings.sampleSeconds * Double(sampleRate))
    guard let features = setup.features else { return (sampleConditions[number % sampleConditions.count], samples) }
    let heldOut = setup.heldOut
    let (recordings, conditions) = heldOut.map { ($0.recordings, $0.conditions) } ?? (training, setup.conditions)
    let recording = number % recordings.count
    let length = min(samples, recordings.frames(of: recording))
    let sequence = try (heldOut?.features ?? features).sequence(of: recording, samples: length)
    return (conditions[recording].with(sequence), length)
  }

  /// A number of the first process in all that take the same steps.
  private func common(_ own: Int) -> Int { Int(all(Double(own))[0]) }

  /// A number of each process that takes the same steps, in the order of ranks.
  private func all(_ own: Double) -> [Double] {
    setup.team == nil ? [own] : setup.group?.communicator.all(own) ?? [own]
  }

  /// Samples of audio, which the first process generates.
  private func sampling() throws -> PeriodicWork {
    let steps = run.map { (try? TrainingSample.all(run: $0.path)) ?? [] }?.map(\.step) ?? []
    let (recordings, workers, division) = (validation ?? training, setup.workspace.workers, setup.division)
    var earlierMeasures: SampleMeasures?
    return PeriodicWork(every: settings.sampleInterval, lastStep: common(steps.filter { $0 <= state.step }.max() ?? 0))
    {
      [self, run, network, settings, sampleRate] in
      let (state, notify) = ($0, $1)
      let best = run?.best?.weights == .raw ? state.parameters : state.bestParameters
      // Of a divided network those of the average.
      let whole = try division.map { try $0.whole(state.bestParameters, network.declarations) } ?? best
      guard let run, let parameters = whole else { return }
      try notify(.working("a sample of audio", share: 0))
      let (conditions, samples) = try sample(number: state.step / settings.sampleInterval)
      let path = try run.samplePath(
        step: state.step, labels: network.configuration.conditioning.names(of: conditions))
      let model = WaveNetModel(
        sampleRate: sampleRate, configuration: network.configuration, parameters: parameters.ofModel)
      // Another seed for each sample, so that an unlucky one, such as a long pause, is not repeated.
      let seed = settings.plan.seed &+ UInt64(state.step)
      try GenerationJob(
        model: model, seed: seed, samples: samples, conditions: [conditions]
      ).write(to: [path], existing: .replace)
      let measures = try earlierMeasures ?? SampleMeasures(of: recordings, workers: workers)
      earlierMeasures = measures
      try notify(.sample(try measures.report(step: state.step, path: path, workers: workers), path: path))
    }
  }
}

extension TrainingSettings {
  /// All settings that have a value, for TensorBoard.
  fileprivate var hyperparameters: [Hyperparameter] {
    SettingsDocument(self).values.compactMap { Hyperparameter($0.key, $0.value) }
  }
}
