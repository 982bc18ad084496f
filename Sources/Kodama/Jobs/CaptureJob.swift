import KodamaAmplifierTraining
import KodamaAmplifiers
import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaReports
import KodamaTensors
import KodamaTraining
import KodamaTrainingReports
import KodamaWaveNetTraining

/// Trains a model of a box on a dry recording and what the box made of it into a run folder, as `kodama capture` does.
///
/// ```swift
/// let job = try CaptureJob(dry: "dry.wav", wet: "wet.wav", run: "runs/amp")
/// try job.train()
/// ```
///
/// The result is bit-identical for the same seed, whatever the workers.
public final class CaptureJob {
  /// The settings.
  public let settings: CaptureSettings
  /// What was found about the recordings.
  public let analysis: PairAnalysis
  /// The steps of the run.
  public let steps: Int
  /// The steps taken before: 0 for a new run.
  public let firstStep: Int
  /// Numbers in all parameters of the network.
  public var parameterCount: Int { state.parameters.count }
  /// The best checkpoint so far on held-out recordings, by its error-to-signal ratio; nil where nothing was measured.
  public var best: BestCheckpoint? { run.best }
  /// Steps between two validations, and between two checkpoints: those of an epoch, or a 50th of the run where that is
  /// more.
  public let interval: Int
  /// Steps between two samples of what the model plays: those between validations, or a tenth of the run where that is more.
  public var sampleInterval: Int { interval * max(1, steps / interval / 10) }

  private let run: TrainingRun
  private let state: TrainingState
  private let task: CaptureTask
  private let crops: PairCrops
  private let heldOut: HeldOutPair
  private let validations: [ValidationReport]
  private let workspace: Workspace

  /// The picture of the recordings in a run folder.
  public static let pictureName = "pair.png"

  /// Reads and checks the recordings, and opens the run folder.
  ///
  /// - Parameters:
  ///   - dry: what went into the box.
  ///   - wet: what came out.
  ///   - channel: the channel of files that have several; nil where they must have one.
  ///   - run: the run folder, which must be new unless `resuming`.
  ///   - resuming: whether to resume from the newest checkpoint of the run.
  ///   - allowChanges: whether a run may be resumed with other recordings or settings than before.
  ///   - initialModel: a model whose weights a new run starts with, of the settings' network and the recordings' rate.
  ///   - plan: fits a new run to a time; nil keeps the steps of the settings.
  /// - Throws: `PairFault`, `TrainingFault`, `AudioFault`, `FileFault`, `CheckpointFault`, `ResourceFault`.
  public init(
    dry: String, wet: String, channel: ChannelChoice? = nil, run: String,
    settings: CaptureSettings = CaptureSettings(), resuming: Bool = false, allowChanges: Bool = false,
    initialModel: AmplifierModel? = nil, plan: TimedCapture? = nil, workers: Workers = .all
  ) throws {
    try settings.validate()
    workspace = try Workspace(forProductsOn: workers)
    let recordings = try RecordingPair(dry: dry, wet: wet, channel: channel)
    analysis = try recordings.analysis(workers: workers)
    let start = ContinuousClock.now
    let pair = AlignedPair(recordings, analysis)
    // What depends on the steps is not known yet.
    let sizes = CaptureTask(
      settings.preset, record: CaptureRecord(settings: settings, steps: 0, pair: StableHash("")),
      sampleRate: pair.sampleRate)
    let lookback = sizes.lookback
    let (training, validation) = try pair.split(
      validationSeconds: settings.validationSeconds, samples: settings.cropSamples, lookback: lookback)
    crops = PairCrops(
      pair, outputs: training, samples: settings.cropSamples, lookback: lookback, seed: settings.plan.seed)
    heldOut = HeldOutPair(
      pair, outputs: validation, lookback: lookback, preEmphasis: settings.loss.preEmphasis)
    let parameters =
      try initialModel.map { try Self.parameters(of: $0, settings, sampleRate: pair.sampleRate) }
      ?? Parameters<Float>(sizes.declarations, seed: settings.plan.seed)
    let perStep = settings.plan.examplesPerStep
    let epoch = max(1, (crops.examplesPerEpoch + perStep - 1) / perStep)
    var complete = settings
    if let plan, !resuming {
      var trial = settings.plan
      trial.complete(forSteps: 1)
      let step = try StepTiming.measure(
        sizes, crops, plan: trial, state: TrainingState(parameters: parameters, plan: trial), workspace: workspace,
        seconds: plan.measuringSeconds)
      let validated = ContinuousClock.now
      _ = heldOut.ratios(of: sizes.model(parameters))
      let now = ContinuousClock.now
      complete = try plan.fitted(
        settings, stepSeconds: step,
        validationSeconds: validated.duration(to: now).inSeconds * (settings.plan.averageDecay > 0 ? 2 : 1),
        epochSteps: epoch, remaining: plan.seconds - start.duration(to: now).inSeconds)
      try complete.validate()
    }
    let examples = complete.epochs * Double(crops.examplesPerEpoch)
    steps = complete.steps ?? max(1, Int((examples / Double(perStep)).rounded(.up)))
    interval = max(1, epoch, steps / TimedCapture.mostValidations)
    if complete.plan.schedule == .exponential { complete.plan.decaySteps = epoch }
    complete.plan.complete(forSteps: steps)
    let record = CaptureRecord(settings: complete, steps: steps, pair: Self.fingerprint(of: pair))
    task = CaptureTask(settings.preset, record: record, sampleRate: pair.sampleRate)
    try complete.plan.validate(for: task.declarations)
    self.settings = complete

    let opened = try TrainingRun(run, resuming: resuming)
    self.run = opened
    guard resuming else {
      (state, validations) = (TrainingState(parameters: parameters, plan: complete.plan), [])
      firstStep = 0
      try PairPicture(recordings, analysis).write(to: run + "/" + Self.pictureName, existing: .replace)
      try heldOut.write(toFolder: HeldOutPair.folder(run: run))
      return
    }
    let checkpoint = try opened.folder.newestCheckpoint()
    let changes = record.changes(since: try CaptureRecord(checkpoint: checkpoint))
    if !changes.isEmpty {
      if !allowChanges { throw TrainingFault.changed(run: run, what: changes) }
      try heldOut.write(toFolder: HeldOutPair.folder(run: run))
    }
    let resumed = try TrainingState(checkpoint: checkpoint, declarations: task.declarations, plan: complete.plan)
    (state, firstStep) = (resumed, resumed.step)
    validations = (try? TrainingHistory(run: run))?.validations.filter { $0.step <= resumed.step } ?? []
  }

  /// The weights of a model that a run starts with.
  ///
  /// - Throws: `TrainingFault.badPlan` where its network or its rate is another.
  private static func parameters(
    of model: AmplifierModel, _ settings: CaptureSettings, sampleRate: Int
  ) throws -> Parameters<Float> {
    guard model.architecture == settings.preset.architecture, let parameters = model.parameters else {
      throw TrainingFault.badPlan(
        field: "preset",
        problem: "\(settings.preset.rawValue) is another network than that of the initial model; give its own")
    }
    if let rate = model.sampleRate, rate != Double(sampleRate) {
      throw TrainingFault.badPlan(
        field: "sample rate",
        problem:
          "that of the initial model is \(Int(rate)) Hz, and that of the recordings \(sampleRate) Hz; start from a "
          + "model of their rate, or from none")
    }
    return parameters
  }

  /// The settings of a run.
  ///
  /// - Throws: `TrainingFault.noRun`, `.badCheckpoint`; `CheckpointFault.noModel` where no checkpoint is complete.
  public static func settings(ofRun run: String) throws -> CaptureSettings {
    let folder = RunFolder(run)
    if try folder.steps().isEmpty { throw TrainingFault.noRun(run: run) }
    return try folder.withNewestCheckpoint { try CaptureRecord(checkpoint: $0).settings }
  }

  /// Trains until the last step, saves the state and notifies observers.
  ///
  /// - Parameters:
  ///   - writesTensorBoard: whether event files for TensorBoard are written, besides `metrics.jsonl`.
  ///   - writesSamples: whether samples of what the model plays are written.
  ///   - observers: receive every event, after the logs.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`, and what writing throws.
  @discardableResult public func train(
    writesTensorBoard: Bool = true, writesSamples: Bool = true, observers: [any TrainingObserver] = [],
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let logInterval = max(1, min(10, steps / 200))
    var logs: [any TrainingObserver] = [
      try MetricsLog(run: run.path, step: state.step, interval: logInterval, measures: task.measures)
    ]
    if writesTensorBoard {
      logs.append(
        try TensorBoardLog(run: run.path, step: state.step, interval: logInterval, workers: workspace.workers))
    }
    let best = run.best
    let trainer = Trainer(
      task: task, source: crops, plan: settings.plan, state: state, run: run, checkpointInterval: interval,
      work: [validating()] + (writesSamples ? [sampling()] : []), patience: settings.patience,
      laterValidations: validations.filter { $0.step > best?.step ?? .max }.map(\.step),
      observers: logs + observers, workspace: workspace)
    return try trainer.train(until: .steps(steps), shouldStop: shouldStop)
  }

  /// Measures the weights and their average on the end of the recordings.
  private func validating() -> PeriodicWork {
    let (task, heldOut) = (task, heldOut)
    return PeriodicWork(every: interval, lastStep: validations.last?.step ?? 0) { state, notify in
      let parts = [state.parameters] + (state.average.map { [$0.parameters] } ?? [])
      let reports = parts.map { parameters in
        zip(task.measures.heldOut, heldOut.ratios(of: task.model(parameters))).map(MeasuredValue.init)
      }
      try notify(
        .validation(
          ValidationReport(step: state.step, weights: reports[0], average: reports.count > 1 ? reports[1] : [])))
    }
  }

  /// Writes what the model plays of the end of the recordings.
  private func sampling() -> PeriodicWork {
    let steps = ((try? TrainingSample.all(run: run.path)) ?? []).map(\.step)
    let (task, heldOut, run) = (task, heldOut, run)
    return PeriodicWork(every: sampleInterval, lastStep: steps.filter { $0 <= state.step }.max() ?? 0) {
      state, notify in
      let path = try run.samplePath(step: state.step)
      let parameters = run.best?.weights == .raw ? state.parameters : state.bestParameters
      try AudioWriter.write(heldOut.played(by: task.model(parameters)), to: path, existing: .replace)
      try notify(.sample(SampleReport(step: state.step), path: path))
    }
  }

  private static func fingerprint(of pair: AlignedPair) -> StableHash {
    var state = StableHash.State()
    for samples in [pair.dry, pair.wet] { state.combine(samples) }
    return state.hash
  }
}
