import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaReinforcement
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

/// Chooses settings of a training by successive halving on held-out recordings, as `kodama train --try` does.
///
/// ```swift
/// let tried = try TriedSettings(["learning_rate=0.001,0.003,0.01"], of: settings)
/// let trials = try SettingsTrialsJob(corpus: "recordings", run: "runs/first", settings: settings, tried: tried)
/// if let chosen = try trials.choose() {
///   try TrainingJob(corpus: "recordings", run: "runs/first", settings: chosen).train()
/// }
/// ```
///
/// Every candidate is trained in a folder of its own, `trials/1` and so on in the folder of the run. In each round the
/// trials that are left are trained further, all for as many steps, and measured; the half with fewer bits per sample,
/// rounded up, stays (see `SuccessiveHalving`). A trial is the run in short: what its plan counts in steps, such as a
/// cosine schedule and its warm-up, is shortened in proportion, so that it ends with the last round. Steps count alike
/// whatever a candidate's step costs. The result does not depend on interruptions, workers or time.
public final class SettingsTrialsJob {
  /// What happens.
  public enum Event: Sendable, Equatable {
    /// An event of the training of a trial, by its number, that is trained to a step; `share` of all steps are taken.
    case training(trial: Int, TrainingEvent, until: Int, share: Double)
    /// A trial was measured at the end of a round.
    case measured(SettingsTrial)
  }

  /// The rounds, whose pulls are steps.
  public let halving: SuccessiveHalving
  /// The time of a step of the run in seconds, before the choice.
  public var stepSeconds: Double { get throws { try setup.measureStep() } }
  /// The index of the corpus.
  public var index: CorpusIndex { setup.index }
  /// The trials so far.
  public var trials: [SettingsTrial] { record.trials }

  private let setup: TrainingSetup
  private let run: String
  private let corpus: String
  private let validationFolder: String?
  private let initialModel: WaveNetModel?
  private let labels: CorpusLabels
  private let strict: Bool
  private let workers: Workers
  private var record: SettingsTrialsRecord

  /// Scans the recordings, and reads the record of earlier trials where they are resumed.
  ///
  /// - Parameters:
  ///   - run: the folder of the run, which must be new unless `resuming`.
  ///   - tried: what is tried; nil with `resuming`: as before.
  ///   - effort: the steps of all trials together as a share of those of the run. Of few steps every trial takes at least
  ///     one in each round.
  ///   - resuming: whether trials are resumed, whose effort stays as it was.
  ///   - plan: fits the plan of the run, before the choice, to a time; nil keeps that of the settings.
  ///
  /// Others as of `TrainingJob`.
  /// - Throws: `JobFault.nothingHeldOut`, `.badTrials`, `.trialsChanged`; `TrainingFault.runExists`, `.noRun`, and
  ///   `.badPlan` where a run has no steps; what `TrainingSetup` throws.
  public init(
    corpus: String, validationFolder: String? = nil, run: String, settings: TrainingSettings, tried: TriedSettings?,
    effort: Double = 1.0 / 3, resuming: Bool = false, initialModel: WaveNetModel? = nil,
    labels: CorpusLabels = .folders, plan: TimedPlan? = nil, strict: Bool = false, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let earlier = resuming ? try SettingsTrialsRecord(ofRun: run) : nil
    if try !resuming && (!RunFolder(run).steps().isEmpty || Self.exist(inRun: run)) {
      throw TrainingFault.runExists(run: run)
    }
    guard let tried = tried ?? earlier?.tried else { preconditionFailure("no settings to try are given") }
    // A wrong name is reported before the recordings are scanned.
    if run.isEmpty { throw FileFault.cannotCreate(path: run, reason: "the name is empty") }
    try Folder.create(SettingsTrialsRecord.folder(ofRun: run))
    setup = try TrainingSetup(
      corpus: corpus, validationFolder: validationFolder, settings: settings, initialModel: initialModel,
      labels: labels, plan: resuming ? nil : plan, strict: strict, workers: workers, progress: progress)
    if setup.heldOut == nil { throw JobFault.nothingHeldOut }
    guard let steps = setup.settings.steps, steps > 0 else {
      throw TrainingFault.badPlan(field: "steps", problem: "a run without any leaves none to try settings in")
    }
    let record = SettingsTrialsRecord(
      setup.record, initialWeights: initialModel?.parameters.fingerprint, tried: tried,
      budget: earlier?.budget ?? Self.budget(steps: steps, effort: effort))
    if let changes = earlier?.changes(to: record), !changes.isEmpty {
      throw JobFault.trialsChanged(run: run, what: changes)
    }
    self.record = earlier ?? record
    halving = try SuccessiveHalving(arms: record.trials.count, budget: record.budget)
    (self.run, self.corpus, self.validationFolder, self.initialModel) = (run, corpus, validationFolder, initialModel)
    (self.labels, self.strict, self.workers) = (labels, strict, workers)
    if earlier == nil { try record.write(ofRun: run) }
  }

  /// The steps of all trials together.
  ///
  /// - Parameters:
  ///   - steps: those of the run.
  ///   - effort: the share of them.
  public static func budget(steps: Int, effort: Double) -> Int { max(1, Int(min(1e12, Double(steps) * effort))) }

  /// Whether a run has trials, begun or ended.
  public static func exist(inRun run: String) -> Bool {
    AtomicFile.exists(SettingsTrialsRecord.path(ofRun: run))
  }

  /// Whether a run has trials, and no step of its own yet.
  public static func areUnderWay(inRun run: String) -> Bool {
    exist(inRun: run) && ((try? RunFolder(run).steps())?.isEmpty ?? false)
  }

  /// The settings of a run before the choice.
  ///
  /// - Throws: `TrainingFault.noRun`, `JobFault.badTrials`.
  public static func settings(ofRun run: String) throws -> TrainingSettings {
    try SettingsTrialsRecord(ofRun: run).run.settings
  }

  /// What a run has tried.
  ///
  /// - Throws: `TrainingFault.noRun`, `JobFault.badTrials`.
  public static func tried(ofRun run: String) throws -> TriedSettings { try SettingsTrialsRecord(ofRun: run).tried }

  /// Trains and measures the trials, and chooses. `trials/trials.json` is written after every measurement.
  ///
  /// - Parameters:
  ///   - progress: called with what happens.
  ///   - shouldStop: called between steps; true saves the state and ends.
  /// - Returns: the settings of the run with those that were chosen, in which its number of steps is fixed; nil where it
  ///   was stopped.
  /// - Throws: `JobFault.trialsDiverged` where the training of every trial diverged; what training throws.
  public func choose(
    progress: @escaping (Event) throws -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> TrainingSettings? {
    let result = try halving.run { arm, steps in
      if let known = record.trials[arm].measurements.first(where: { $0.steps == steps }) {
        return known.bitsPerSample ?? .infinity
      }
      if shouldStop() { return nil }
      guard let bits = try bits(ofTrial: arm, after: steps, progress, shouldStop: shouldStop) else { return nil }
      record.trials[arm].measurements.append(.init(steps: steps, bitsPerSample: bits.isFinite ? bits : nil))
      try record.write(ofRun: run)
      try progress(.measured(record.trials[arm]))
      return bits
    }
    guard let result else { return nil }
    guard let best = result.best else { throw JobFault.trialsDiverged(count: record.trials.count) }
    if !record.trials[best].isChosen {
      record.trials[best].isChosen = true
      try record.write(ofRun: run)
    }
    return try candidate(best)
  }

  private var runSteps: Int { record.run.settings.steps ?? 1 }

  private func candidate(_ arm: Int) throws -> TrainingSettings {
    try record.tried.candidate(arm, of: record.run.settings, steps: runSteps)
  }

  /// The settings of the training of a trial: the run in short.
  private func settings(ofTrial arm: Int) throws -> TrainingSettings {
    var settings = try candidate(arm)
    let (first, last) = (halving.rounds.first?.pulls ?? 1, halving.rounds.last?.pulls ?? 1)
    settings.plan.training.shorten(from: runSteps, to: last)
    settings.steps = last
    settings.patience = nil
    // Alike in all trials, whatever their batches: a tenth of the time of the first round.
    var measured = record.run.settings
    measured.validationInterval = first
    settings.validationSeconds = measured.heldOutSeconds(sampleRate: setup.sampleRate, steps: first)
    settings.validationInterval = last
    settings.keptCheckpoints = 1
    return settings
  }

  /// Bits per sample of a trial after some steps, infinite where its training diverged; nil where it was stopped.
  private func bits(
    ofTrial arm: Int, after steps: Int, _ progress: @escaping (Event) throws -> Void, shouldStop: () -> Bool
  ) throws -> Double? {
    let folder = SettingsTrialsRecord.folder(ofRun: run) + "/\(arm + 1)"
    let taken = record.trials.enumerated().reduce(0) { $0 + ($1.offset == arm ? 0 : $1.element.steps) }
    let total = Double(halving.totalPulls)
    var step = record.trials[arm].steps
    let listener = TrialObserver { event in
      if case .step(let report) = event { step = report.step }
      try progress(
        .training(trial: arm + 1, event, until: steps, share: min(1, Double(taken + step) / total)))
    }
    do {
      let job = try TrainingJob(
        corpus: corpus, validationFolder: validationFolder, run: folder, settings: settings(ofTrial: arm),
        resuming: !RunFolder(folder).steps().isEmpty, initialModel: initialModel, labels: labels, index: index,
        strict: strict, workers: workers)
      let outcome = try job.train(
        until: .steps(steps), writesTensorBoard: false, writesSamples: false, observers: [listener],
        shouldStop: shouldStop)
      if outcome == .interrupted { return nil }
    } catch TrainingFault.diverged { return .infinity }
    // From the log, which also has what an earlier session measured last.
    let history = try TrainingHistory(run: folder)
    let report = history.validations.last { $0.step == steps }
    let values = ((report?.weights ?? []) + (report?.average ?? [])).filter {
      $0.measure == history.measures.criterion && $0.value.isFinite
    }
    return values.map(\.value).min() ?? .infinity
  }
}

/// Passes the events of a training on.
private final class TrialObserver: TrainingObserver {
  private let pass: (TrainingEvent) throws -> Void

  init(_ pass: @escaping (TrainingEvent) throws -> Void) { self.pass = pass }

  func trainingDid(_ event: TrainingEvent) throws { try pass(event) }
}
