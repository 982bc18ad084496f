import ArgumentParser
import Kodama

extension ClassifierNetwork.Kind: ExpressibleByArgument {}

/// Trains a classifier on a folder of labelled recordings.
struct ClassifyTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a classifier on a folder of labelled recordings.",
    usage: "kodama classify train <corpus> --output <output> --label <sets> [<options>]",
    discussion: """
      Log-mel features of random windows of the recordings, a network with a head for each label set, and random changes \
      of each example: of its place, loudness and noise, masks over time and frequency, and mixtures with another. The run \
      folder is as that of kodama train; best.json names the checkpoint with the fewest wrong labels on held-out \
      recordings. Ctrl-C saves and ends; --resume continues to the same result as without the interruption.
      """)

  @Argument(help: "A folder of recordings.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp(
      "The label sets to learn, such as digit or speaker,digit; of a resumed run those it has. (default: label, the first folder of a file)",
      valueName: "sets"), completion: .labelSets)
  var sets: String?
  @Option(
    help: ArgumentHelp("A folder of recordings to validate on. (default: a share of CORPUS)", valueName: "folder"),
    completion: .directory)
  var validation: String?
  @Option(help: "The network. (default: mobile)") var network: ClassifierNetwork.Kind?
  @Option(help: ArgumentHelp("The factor of all numbers of channels. (default: 1)", valueName: "number"))
  var width: Double?
  @Option(
    help: ArgumentHelp(
      "The length of a window in seconds. (default: that of most recordings, 0.5 to 4)", valueName: "seconds"))
  var window: Double?
  @Option(
    help: ArgumentHelp(
      "Model rate in Hz. (default: the corpus's if one of at most 16,000, else 16,000)", valueName: "Hz"))
  var sampleRate: Int?
  @Option(help: ArgumentHelp("Passes over the recordings. (default: 40)", valueName: "n")) var epochs: Double?
  @Option(help: ArgumentHelp("Examples in a batch. (default: 32)", valueName: "n")) var batch: Int?
  @Option(help: ArgumentHelp("The highest learning rate. (default: 0.004)", valueName: "rate"))
  var learningRate: Double?
  @Option(
    help: ArgumentHelp(
      "End after this many validations without fewer wrong labels. (default: never)", valueName: "n"))
  var patience: Int?
  @Option(
    help: ArgumentHelp(
      "The share of the recordings' duration that is held out, in percent, without --validation. (default: 10)",
      valueName: "percent"))
  var validationShare: Double?
  @Option(help: "Seed of the initial weights, the order and the changes of examples. (default: 1)") var seed: UInt64?
  @Flag(help: "Change no examples: no augmentation.") var noAugmentation = false
  @Option(
    help: ArgumentHelp(
      "Start with the layers of a classifier, and with its features, window and network; its heads are taken where their labels are the same. (default: random weights)",
      valueName: "model"), completion: .directory)
  var from: String?
  @Option(
    help: ArgumentHelp(
      "Do not train the parameters whose names match this pattern, such as 'features.*'; can be repeated. (default: none)",
      valueName: "pattern"), completion: .list(["features.*"]))
  var freeze: [String] = []
  @OptionGroup var distillation: DistillationOptions
  @Flag(help: "Resume the run in the folder.") var resume = false
  @Flag(help: "Resume although the corpus or the settings changed.") var allowChanges = false
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if from != nil && resume {
      throw ValidationError("--resume continues with the weights of the run; leave --from out")
    }
    for (name, given) in [
      ("--network", network != nil), ("--width", width != nil), ("--window", window != nil),
      ("--sample-rate", sampleRate != nil),
    ] where given && from != nil {
      throw ValidationError("--from has the network, the window and the rate of its model; leave \(name) out")
    }
  }

  /// The settings: those of the run that is resumed, or the defaults, with what is given.
  private func settings() throws -> ClassifierSettings {
    var settings = try resume ? ClassifierTrainingJob.settings(ofRun: output) : ClassifierSettings(labels: ["label"])
    if let sets { settings.labels = sets.split(separator: ",").map(String.init) }
    if let network { settings.network.kind = network }
    if let width { settings.network.width = width }
    if let window { settings.windowSeconds = window }
    if let sampleRate { settings.sampleRate = sampleRate }
    if let epochs { settings.epochs = epochs }
    if let batch { settings.plan.batchSize = batch }
    if let learningRate { settings.plan.learningRate = learningRate }
    if let seed { settings.plan.seed = seed }
    if let patience { settings.patience = patience }
    if let validationShare { settings.validationPercent = validationShare }
    settings.distillation = try distillation.changing(settings.distillation)
    if noAugmentation { settings.augmentation = .none }
    if !freeze.isEmpty { settings.plan.groups = freeze.map { ParameterGroup($0, rateFactor: 0) } }
    if !resume || recordings.silence != nil || recordings.channels.channel != nil {
      settings.recordingOptions = recordings.options
    }
    return settings
  }

  func run() throws {
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try ClassifierTrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings(), resuming: resume,
      allowChanges: allowChanges, initialModel: from.map { try ClassifierModel.load($0) },
      labels: corpusOptions.labels, strict: corpusOptions.strict, workers: threads.workers
    ) { done, total in reading.update(done, total) }
    scan.close()
    if !quiet { describe(job) }
    let progress = TrainingProgress(
      limit: .steps(job.steps), firstStep: job.firstStep,
      validationInterval: job.validation == nil ? 0 : job.interval, quiet: quiet)
    Interruption.listen()
    let outcome = try job.train(writesTensorBoard: !noTensorboard, observers: [progress]) { Interruption.isRequested }
    progress.finish()
    if outcome == .interrupted {
      if !quiet { Terminal.note("interrupted; saved. kodama classify train … --resume continues from here") }
      throw Interruption.exitStatus
    }
    if quiet { return }
    if outcome == .stoppedEarly {
      Terminal.note("ended early: \(job.settings.patience!) validations without fewer wrong labels")
    }
    if let best = job.best {
      Terminal.note(
        "best        step \(Format.count(best.step)), \(best.weights == .average ? "the averaged weights" : "the weights"): "
          + "\(Format.decimal(best.loss, 2)) % wrong; kodama classify run \(output) uses them")
    }
  }

  /// Prints the plan.
  private func describe(_ job: ClassifierTrainingJob) {
    let (configuration, plan) = (job.configuration, job.settings.plan)
    for warning in job.warnings { Terminal.warning(warning) }
    func amount(_ recordings: Recordings) -> String {
      let seconds = Double(recordings.totalFrames) / Double(recordings.sampleRate)
      return "\(Plural.text(recordings.count, "recording")), \(Format.duration(seconds))"
    }
    Terminal.note(
      "corpus      \(amount(job.training)) to train on, at \(Format.count(configuration.sampleRate)) Hz")
    Terminal.note(
      "validation  "
        + (job.validation.map { amount($0) + (self.validation == nil ? " held out" : "") } ?? "none"))
    for set in configuration.labels {
      Terminal.note("labels      \(set.name): \(set.values.joined(separator: ", "))".excerpt(400))
    }
    Terminal.note(
      "network     \(configuration.network.kind.rawValue), \(Format.count(job.parameterCount)) parameters, windows of "
        + "\(Format.decimal(configuration.windowSeconds, 2)) s")
    Terminal.note(
      "plan        \(Plural.grouped(job.steps, "step")) of \(Plural.text(plan.batchSize, "example")), \(plan.optimizer.rawValue), "
        + "learning rate \(plan.learningRate) \(plan.schedule.rawValue), seed \(plan.seed)")
    if let distillation = job.settings.distillation {
      Terminal.note("teacher     \(distillation.text) at temperature \(distillation.temperature)")
    }
  }
}
