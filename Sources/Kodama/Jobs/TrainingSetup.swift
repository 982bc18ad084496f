import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaDistributed
import KodamaFeatures
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

/// Everything that a training run has before it starts: recordings, split, network and plan. Nothing is written.
public final class TrainingSetup {
  /// The settings: those given, with the labels and features of the corpus, and the plan fitted to the time where there
  /// is one.
  public private(set) var settings: TrainingSettings
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
  /// The time of a step in seconds, where the plan was fitted to a time; else nil.
  public private(set) var fittedStepSeconds: Double?

  let workspace: Workspace
  /// The processes that train together; nil for one.
  let group: ProcessGroup?
  /// Of the recordings, with blank targets where there are to be such: to measure the time of steps with.
  let crops: CropBatches
  let heldOut: HeldOutScore?
  /// The features of the training recordings; nil where the network is not conditioned on features.
  let features: FeatureReader?
  /// The labels of each training recording.
  let conditions: [Conditions]
  let initialParameters: Parameters<Float>?
  let fingerprints: (corpus: StableHash, validation: StableHash?)
  private let trainedRows: TrainedRows?
  let teacher: Teacher?
  /// Nil where this process has all of the network.
  let divided: DividedWaveNet?

  /// Scans the recordings, and measures steps where the plan is to be fitted to a time.
  ///
  /// - Parameters:
  ///   - corpus: a folder of recordings.
  ///   - validationFolder: a folder of validation recordings; nil holds out a share of the corpus.
  ///   - initialModel: a model whose weights training starts with, of the settings' architecture and rate.
  ///   - labels: the source of the labels of recordings; a list applies to both folders.
  ///   - plan: fits the plan to a time; nil keeps that of the settings.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - group: the processes that train together; nil for one.
  ///   - earlier: an earlier index of the corpus: unchanged files are not read again.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `TrainingFault`, `AudioFault`, `FileFault`, `CheckpointFault`, `WaveNetFault`, `ResourceFault`.
  public init(
    corpus: String, validationFolder: String? = nil, settings: TrainingSettings, initialModel: WaveNetModel? = nil,
    labels: CorpusLabels = .folders, plan timed: TimedPlan? = nil, strict: Bool = false, group: ProcessGroup? = nil,
    reusing earlier: CorpusIndex? = nil, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try settings.validate()
    self.group = group
    if group != nil { try Self.checkTogether(settings) }
    workspace = try Workspace(forProductsOn: workers, products: settings.plan.precision)
    // What is wrong in itself is reported before a long scan.
    if let pruning = settings.plan.training.pruning {
      if pruning.lastStep == 0 && settings.steps == nil && timed == nil {
        throw TrainingFault.badPlan(
          field: "pruning", problem: "its end follows from the number of steps; give that, or last_step")
      }
      if settings.trainedLabels != nil {
        throw TrainingFault.badPlan(
          field: "pruning", problem: "labels that are trained alone leave all other weights as they are; leave one out")
      }
    }
    if settings.plan.training.rounding != nil && settings.trainedLabels != nil {
      throw TrainingFault.badPlan(
        field: "rounding", problem: "labels that are trained alone leave all other weights as they are; leave one out")
    }
    if let distillation = settings.distillation, distillation.hint > 0, settings.trainedLabels != nil {
      throw TrainingFault.badPlan(
        field: "hint", problem: "labels that are trained alone leave all other weights as they are; leave one out")
    }
    for folder in [corpus] + (validationFolder.map { [$0] } ?? []) { try CorpusIndex.check(folder) }
    let index = try CorpusIndex.scan(
      corpus, labels: labels, options: settings.recordingOptions, elsewhere: validationFolder, reusing: earlier,
      strict: strict, workers: workers, progress: progress)
    let other = try validationFolder.map {
      try CorpusIndex.scan(
        $0, labels: labels, options: settings.recordingOptions, elsewhere: corpus, strict: strict, workers: workers)
    }
    let split =
      try other.map { Split(training: try index.sounding(), validation: try $0.sounding()) }
      ?? Split(
        index.sounding(), validationPercent: settings.validationPercent, labelSets: settings.conditionedSets,
        dividing: settings.allowsPartsOfFiles)
    let rate = try settings.sampleRate ?? settings.featureRate() ?? index.modelSampleRate
    let hearing = try settings.conditionedOnFeatures(
      sampleRate: rate, recording: split.training.entries.first?.path ?? "")
    func recordings(_ index: CorpusIndex) throws -> Recordings {
      try Recordings(
        index, sampleRate: rate, trimming: settings.trimming, preemphasis: settings.architecture.preemphasis,
        workers: workers)
    }
    let training = try recordings(split.training)
    var validation: Recordings?
    do {
      if !split.validation.entries.isEmpty { validation = try recordings(split.validation) }
    } catch AudioFault.noUsableAudio where other == nil && settings.trimming != nil {
      // What is held out is trimmed away: silence at the ends of files.
    }
    (self.index, self.training, self.validation) = (index, training, validation)
    var resolved = try hearing.conditioned(onLabelsOf: training)
    let conditioning = resolved.architecture.conditioning
    conditions = try conditioning.conditions(of: training)
    features = try resolved.reader(beside: training, workers: workers)
    let heldBackFeatures = try validation.flatMap {
      try other == nil
        ? resolved.reader(beside: $0, workers: workers) : resolved.validationReader(beside: $0, workers: workers)
    }
    heldOut = try validation.map {
      try HeldOutScore(
        $0, conditioning: conditioning, features: heldBackFeatures,
        seconds: resolved.heldOutSeconds(sampleRate: rate, steps: resolved.steps))
    }
    let heldBack = validation.map { [$0] } ?? []
    warnings =
      other.map { CorpusRemarks.list(index, [training]) + CorpusRemarks.list($0, heldBack) }
      ?? CorpusRemarks.list(index, [training] + heldBack)

    network = WaveNet(resolved.architecture)
    fingerprints = (
      Self.fingerprint(split.training, conditions, conditioning),
      validation == nil ? nil : split.validation.fingerprint
    )
    trainedRows = try resolved.trainedLabels.map { labels in
      for text in labels
      where !training.items.contains(where: { item in item.labels.contains { text == "\($0)=\($1)" } }) {
        throw TrainingFault.badPlan(
          field: text, problem: "no recording has this trained label; give recordings that have it")
      }
      return TrainedRows(try resolved.architecture.embeddingRows(of: labels))
    }
    teacher = try resolved.distillation.map { try Teacher($0, student: resolved.architecture, sampleRate: rate) }
    try resolved.plan.training.validate(for: network.declarations)
    if let initialModel,
      initialModel.sampleRate != rate || initialModel.parameters.shapes != network.declarations.shapes
    {
      throw TrainingFault.badPlan(
        field: "architecture", problem: "it differs from that of the initial model; give its architecture and rate")
    }
    initialParameters = initialModel?.parameters
    let passes = WaveNetPlan.cropsPerPass(ofSamples: resolved.plan.cropSamples)
    let sharing = Self.sharing(group, resolved)
    divided = try DividedWaveNet(group, resolved)
    if group?.processes == 1 && resolved.plan.training.cooperation?.mode == .asynchronous {
      throw DistributedFault.noWorker
    }
    try sharing?.divide(&resolved.plan.training, examplesPerPass: passes)
    // Stages work side by side on different parts of a batch.
    if group?.division == .layers {
      resolved.plan.training.divide(examplesPerPass: passes, among: resolved.plan.training.batchSize)
    }
    crops = Self.crops(
      training, sounds: nil, resolved, features,
      resolved.distillation?.targets.map { _ in BlankTargets(classes: resolved.architecture.classes) }, sharing)
    guard let timed else {
      if let steps = resolved.steps {
        resolved.plan.training.complete(forSteps: steps)
        try resolved.plan.training.validateCompression(steps: steps)
      }
      self.settings = resolved
      return
    }

    let clock = ContinuousClock()
    let start = clock.now
    let task = WaveNetTask(
      network: divided?.network ?? network,
      record: Self.record(resolved, rate: rate, fingerprints, features, teacher), conditions: conditions,
      trainedRows: trainedRows, teacher: teacher)
    let state = Self.initialState(resolved, task, initialModel?.parameters)
    let own = try StepTiming.measure(
      task, crops, plan: resolved.plan.training, state: state, workspace: workspace, seconds: timed.measuringSeconds,
      reduction: sharing, division: divided?.processes)
    // The slowest process has its way. Asynchronous steps are computed side by side by all but the first.
    let isAsynchronous = resolved.plan.training.cooperation?.mode == .asynchronous
    let step =
      (group?.communicator.all(own).max() ?? own) / (isAsynchronous ? Double((group?.processes ?? 2) - 1) : 1)
    let spent = start.duration(to: clock.now).inSeconds
    let fitted = try timed.fitted(
      resolved, stepSeconds: step, remaining: timed.seconds - (group?.communicator.all(spent).max() ?? spent),
      sampleRate: rate, validates: validation != nil, isNew: initialModel == nil)
    try fitted.validate()
    try fitted.plan.training.validateCompression(steps: fitted.steps ?? 0)
    (self.settings, fittedStepSeconds) = (fitted, step)
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

  private static func record(
    _ settings: TrainingSettings, rate: Int, _ fingerprints: (corpus: StableHash, validation: StableHash?),
    _ features: FeatureReader?, _ teacher: Teacher?, sound: StableHash? = nil
  ) -> RunRecord {
    RunRecord(
      settings: settings, sampleRate: rate, corpus: fingerprints.corpus, validation: fingerprints.validation,
      features: features?.source.fingerprint, teacher: teacher?.fingerprint, sound: sound)
  }

  private static func initialState(
    _ settings: TrainingSettings, _ task: WaveNetTask, _ parameters: Parameters<Float>?
  ) -> TrainingState {
    if let share = task.network.part?.share {
      return TrainingState(
        parameters: parameters.map { whole in share.parameters { whole[$0] } }
          ?? share.initialParameters(seed: settings.plan.seed), plan: settings.plan.training)
    }
    let initial = Parameters<Float>(task.declarations, seed: settings.plan.seed)
    return TrainingState(
      parameters: parameters?.joined(with: initial.auxiliary) ?? initial, plan: settings.plan.training)
  }

  private static func crops(
    _ training: Recordings, sounds: Recordings?, _ settings: TrainingSettings, _ features: FeatureReader?,
    _ targets: (any CropTargets)?, _ group: ProcessGroup?
  ) -> CropBatches {
    let frames = (0..<training.count).map(training.frames) + (sounds.map { (0..<$0.count).map($0.frames) } ?? [])
    let sampler = CropSampler(
      frames: frames, cropLength: settings.plan.cropSamples,
      alignment: settings.architecture.conditioning.features?.hopLength ?? 1, seed: settings.plan.seed)
    return CropBatches(
      training, sounds: sounds, sampler: sampler, features: features, targets: targets,
      runs: group.map { group in
        let passes = WaveNetPlan.cropsPerPass(ofSamples: settings.plan.cropSamples)
        return CropRuns(
          group.share(of: settings.plan.training, examplesPerPass: passes),
          every: settings.plan.training.examplesPerStep)
      } ?? CropRuns(),
      // Of asynchronous steps the next ones are another process's.
      ahead: settings.plan.training.cooperation?.mode == .asynchronous ? settings.plan.training.examplesPerStep : 32)
  }

  /// The rate of the model in Hz.
  public var sampleRate: Int { training.sampleRate }

  /// Crops that make one pass over the corpus.
  public var cropsPerEpoch: Int { crops.examplesPerEpoch }

  /// Samples of the training recordings, and of the sound of the teacher.
  public var samplesPerEpoch: Int {
    training.totalFrames + Int((settings.distillation?.soundSeconds ?? 0) * Double(sampleRate))
  }

  /// Numbers in all parameters of the network.
  public var parameterCount: Int { network.declarations.reduce(0) { $0 + $1.shape.count } }

  /// The record of the run.
  var record: RunRecord { Self.record(settings, rate: sampleRate, fingerprints, features, teacher) }

  /// The task.
  var task: WaveNetTask { task(nil) }

  /// The task with the sound of the teacher.
  func task(_ sound: TeacherSound.Files?) -> WaveNetTask {
    WaveNetTask(
      network: ownNetwork,
      record: Self.record(settings, rate: sampleRate, fingerprints, features, teacher, sound: sound?.fingerprint),
      conditions: conditions, trainedRows: trainedRows, teacher: teacher, sounds: sound?.conditions ?? [])
  }

  /// The crops of the recordings and of the sound of the teacher, in proportion to their lengths.
  func crops(_ sound: TeacherSound.Files?, _ targets: TeacherTargets? = nil) -> CropBatches {
    sound == nil && targets == nil
      ? crops : Self.crops(training, sounds: sound?.recordings, settings, features, targets, sharing)
  }

  /// The bytes of the teacher's stored probabilities; 0 where none are stored.
  public var targetBytes: Int {
    settings.distillation?.targets == nil ? 0 : samplesPerEpoch * settings.architecture.classes
  }

  /// The teacher's stored probabilities, of which those that are missing are computed; nil where it was stopped.
  func targets(
    _ store: TargetStore, _ sound: TeacherSound.Files?, progress: (_ share: Double) throws -> Void,
    shouldStop: () -> Bool
  ) throws -> TeacherTargets? {
    var parts: [(recordings: Recordings, conditions: [Conditions], features: FeatureReader?)] = [
      (training, conditions, features)
    ]
    if let sound { parts.append((sound.recordings, sound.conditions, nil)) }
    return try store.targets(of: parts, progress: progress, shouldStop: shouldStop)
  }

  /// Where the teacher's probabilities are stored; nil where none are.
  var targetStore: TargetStore? { teacher.flatMap { TargetStore($0, workspace: workspace) } }

  /// The sound that the teacher is to generate; nil for none.
  func teacherSound(run: RunFolder) -> TeacherSound? {
    guard let teacher, let seconds = teacher.distillation.soundSeconds else { return nil }
    var seen = Set<Conditions>()
    let combinations = conditions.filter { seen.insert($0).inserted }
    return TeacherSound(
      of: teacher.model, combinations: combinations, seconds: seconds, seed: settings.plan.seed, run: run,
      workers: workspace.workers)
  }

  /// The state before the first step.
  func initialState() -> TrainingState { Self.initialState(settings, task, initialParameters) }

  /// Records how much is validated on, so that a run that is given more steps later still measures the same.
  func fixValidation() {
    if heldOut == nil || settings.validationSeconds != nil || settings.steps == nil { return }
    settings.validationSeconds = settings.heldOutSeconds(sampleRate: sampleRate, steps: settings.steps)
  }

  /// Divides the zeros of pruning among the layers by what each costs; see `TrainingJob.dividePruning`.
  func dividePruning(progress: (Double) throws -> Void, shouldStop: () -> Bool) throws -> Bool {
    guard let pruning = settings.plan.training.pruning else { return true }
    guard
      let layers = try PruningSensitivity.layers(
        Pruner(pruning, network.declarations), task, crops, examplesPerStep: settings.plan.training.examplesPerStep,
        parameters: initialState().parameters, workspace: workspace, progress: progress, shouldStop: shouldStop)
    else { return false }
    settings.plan.training.pruning?.layers = layers
    return true
  }

  /// Measures the time of a step in seconds: the median of three steps.
  ///
  /// - Throws: what reading recordings throws.
  public func measureStep() throws -> Double {
    if let fittedStepSeconds { return fittedStepSeconds }
    return try StepTiming.measure(
      task, crops, plan: settings.plan.training, state: initialState(), workspace: workspace, seconds: 0,
      reduction: sharing, division: division)
  }
}

extension Parameters {
  fileprivate var shapes: [String: Shape] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, self[$0].shape) })
  }
}

extension [ParameterDeclaration] {
  /// The shape of each parameter by name.
  var shapes: [String: Shape] { Dictionary(uniqueKeysWithValues: map { ($0.name, $0.shape) }) }
}
