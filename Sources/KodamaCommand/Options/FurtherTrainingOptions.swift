import ArgumentParser
import Kodama

/// A model that is trained further, to make it smaller, and how.
struct FurtherTrainingOptions: ParsableArguments {
  @Argument(help: "A WaveNet or a classifier: a model folder, a checkpoint or a run.", completion: .directory)
  var model: String
  @Argument(help: "A folder of recordings to train on.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    help: ArgumentHelp("A folder of recordings to validate on. (default: a share of CORPUS)", valueName: "folder"),
    completion: .directory)
  var validation: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Steps of a WaveNet. (default: 10,000)", valueName: "n"))
  var steps: Int?
  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp("How long to train a WaveNet, instead of --steps: 90s, 15m, 2h.", valueName: "time"))
  var time: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Passes of a classifier over the recordings. (default: 20)", valueName: "n"))
  var epochs: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Examples in a batch. (default: as of training)", valueName: "n"))
  var batch: Int?
  @Option(help: "The optimizer. (default: muon; of models with features adam, of classifiers adamw)")
  var optimizer: TrainingPlan.OptimizerName?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The highest learning rate. (default: of muon 0.002, of adam and adamw 0.001, or that recommended for the optimizer)",
      valueName: "rate"))
  var learningRate: Double?
  @Option(help: "Seed of the order of examples and of dropout.") var seed: UInt64 = 1
  @OptionGroup var weights: WeightOptions
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if steps != nil && time != nil { throw ValidationError("give --steps or --for, not both") }
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, and is \(steps)") }
    if let time, try Duration(ofOption: "--for", time) <= .zero {
      throw ValidationError("--for \(time) is no time to train; give at least 1s")
    }
  }

  /// Trains the model of either kind, and exits where that is interrupted.
  ///
  /// - Parameters:
  ///   - dividesPruning: whether zeros are divided among the layers by what each costs.
  ///   - waveNet: changes the settings of a WaveNet's training; the result is the model that training starts from, and an
  ///     index of the corpus where there is one.
  ///   - classifier: changes the plan of a classifier.
  /// - Returns: the declarations of the network's parameters.
  @discardableResult func train(
    dividesPruning: Bool = false,
    waveNet: (inout TrainingSettings, WaveNetModel) throws -> (WaveNetModel, CorpusIndex?),
    classifier: (inout TrainingPlan, ClassifierModel) throws -> Void
  ) throws -> [ParameterDeclaration] {
    let location = try weights.location(of: model, quiet: quiet)
    let isClassifier = try ModelKinds.standard.kind(of: location) is ClassifierKind
    if isClassifier && (steps != nil || time != nil) {
      throw ValidationError("a classifier is trained for --epochs; leave --steps and --for out")
    }
    if !isClassifier && epochs != nil {
      throw ValidationError("a WaveNet is trained for --steps or --for, not --epochs")
    }
    let declarations: [ParameterDeclaration]
    let outcome: TrainingOutcome
    let (before, best): (MeasuredValue?, BestCheckpoint?)
    if isClassifier {
      let job = try classifierJob(.load(location), classifier)
      declarations = job.configuration.layers.declarations
      before = try measured { try job.validateStart(progress: $0) }
      if dividesPruning { try divide(job.dividePruning) }
      outcome = try follow(
        job.warnings, limit: .steps(job.steps), validationInterval: job.validation == nil ? 0 : job.interval
      ) { try job.train(observers: [$0]) { Interruption.isRequested } }
      best = job.best
    } else {
      let job = try waveNetJob(.load(location), waveNet)
      declarations = job.network.declarations
      let limit = TrainingLimit.steps(job.settings.steps ?? Self.defaultSteps)
      before = try measured { try job.validateStart(until: limit, progress: $0) }
      if dividesPruning { try divide(job.dividePruning) }
      outcome = try follow(
        job.warnings, limit: limit,
        validationInterval: job.validation == nil ? 0 : job.settings.validationInterval
      ) { try job.train(until: limit, observers: [$0]) { Interruption.isRequested } }
      best = job.best
    }
    if outcome == .interrupted {
      let command = isClassifier ? "kodama classify train" : "kodama train"
      if !quiet { Terminal.note("interrupted; saved. \(command) … --resume continues from here") }
      throw Interruption.exitStatus
    }
    if let before, let best, !quiet {
      let after = MeasuredValue(before.measure, best.loss)
      Terminal.note("held out    \(before.text) before training, \(after.textWithoutUnit) after")
    }
    return declarations
  }

  /// Measures the model before it is trained, with progress.
  private func measured(
    _ measure: (_ progress: (Double) throws -> Void) throws -> MeasuredValue?
  ) throws -> MeasuredValue? {
    if quiet { return nil }
    let line = ProgressLine(quiet: quiet)
    defer { line.close() }
    return try measure { line.update(share: $0, "validation of the model before") }
  }

  /// Divides zeros among layers with progress and until Ctrl-C.
  private func divide(
    _ work: (_ progress: (Double) throws -> Void, _ shouldStop: () -> Bool) throws -> Bool
  ) throws {
    let line = ProgressLine(quiet: quiet)
    Interruption.listen()
    let isDone = try work({ line.update(share: $0, "measuring the loss of each layer") }) { Interruption.isRequested }
    line.close()
    if !isDone { throw Interruption.exitStatus }
  }

  private static let defaultSteps = 10_000

  private func waveNetJob(
    _ model: WaveNetModel, _ change: (inout TrainingSettings, WaveNetModel) throws -> (WaveNetModel, CorpusIndex?)
  ) throws -> TrainingJob {
    var settings = TrainingSettings(of: model)
    // Measured on spoken digits, `small` at 5.07 bits per sample: after 200 steps that make 80 % of its blocks 0, Adam is at
    // 6.03, Muon at 5.44.
    apply(to: &settings.plan.training, optimizer: model.configuration.conditioning.features == nil ? .muon : .adam)
    (settings.plan.schedule, settings.steps) = (.cosine, time == nil ? steps ?? Self.defaultSteps : nil)
    settings.plan.cosineSteps = settings.steps ?? 1
    if let channel = recordings.channels.channel { settings.channel = channel }
    if let silence = recordings.silence { settings.silence = silence }
    let (start, index) = try change(&settings, model)
    return try scanning { progress in
      try TrainingJob(
        corpus: corpus, validationFolder: validation, run: output, settings: settings, initialModel: start,
        labels: corpusOptions.labels, plan: time.flatMap { Duration(argument: $0) }.map { TimedPlan($0) }, index: index,
        strict: corpusOptions.strict, workers: threads.workers, progress: progress)
    }
  }

  private func classifierJob(
    _ model: ClassifierModel, _ change: (inout TrainingPlan, ClassifierModel) throws -> Void
  ) throws -> ClassifierTrainingJob {
    var settings = ClassifierSettings(labels: model.configuration.labels.map(\.name))
    apply(to: &settings.plan, optimizer: nil)
    (settings.epochs, settings.recordingOptions) = (epochs ?? 20, recordings.options)
    try change(&settings.plan, model)
    return try scanning { progress in
      try ClassifierTrainingJob(
        corpus: corpus, validationFolder: validation, run: output, settings: settings, initialModel: model,
        labels: corpusOptions.labels, strict: corpusOptions.strict, workers: threads.workers, progress: progress)
    }
  }

  /// Shows the progress of scanning a corpus.
  func scanning<Job>(_ make: (@escaping @Sendable (_ done: Int, _ total: Int) -> Void) throws -> Job) rethrows -> Job {
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    defer { scan.close() }
    return try make { done, total in reading.update(done, total) }
  }

  private func apply(to plan: inout TrainingPlan, optimizer usual: TrainingPlan.OptimizerName?) {
    plan.seed = seed
    // The plan of a classifier has a weight decay of its own, and a rate for the start of training.
    if let name = optimizer ?? usual { plan.use(name) } else { plan.learningRate = 1e-3 }
    if let learningRate { plan.learningRate = learningRate }
    if let batch { plan.batchSize = batch }
  }

  /// Trains with progress and until Ctrl-C.
  private func follow(
    _ warnings: [String], limit: TrainingLimit, validationInterval: Int,
    _ train: (TrainingProgress) throws -> TrainingOutcome
  ) throws -> TrainingOutcome {
    for warning in warnings where !quiet { Terminal.warning(warning) }
    let progress = TrainingProgress(limit: limit, firstStep: 0, validationInterval: validationInterval, quiet: quiet)
    Interruption.listen()
    let outcome = try train(progress)
    progress.finish()
    return outcome
  }
}
