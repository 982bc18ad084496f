import ArgumentParser
import Kodama

/// Trains a WaveNet on a folder of recordings.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a WaveNet on a folder of recordings.",
    discussion: """
      The run folder contains checkpoints/step-N/ (each a model for generate), latest, metrics.jsonl, samples/ and, \
      for TensorBoard, events.out.tfevents.*. Ctrl-C saves and ends; --resume continues to the same result as without the interruption.
      """)

  @Argument(
    help: "A folder of recordings: any files libsndfile reads, any rates, any number of channels.",
    completion: .directory)
  var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    help: ArgumentHelp("A folder of recordings to validate on. (default: a share of CORPUS)", valueName: "folder"),
    completion: .directory)
  var validation: String?
  @OptionGroup var validationOrigin: ValidationOriginOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps in total, including those of a resumed run. (default: 10,000, unless --for is given)", valueName: "n"))
  var steps: Int?
  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp(
      "How long to train from now, instead of --steps: 90s, 15m, 2h, 1h30m, 1d.", valueName: "time"))
  var time: String?
  @Option(
    help: ArgumentHelp(
      "Start with the weights of a model, and with its architecture, rate and labels. (default: random weights)",
      valueName: "model"), completion: .directory)
  var from: String?
  @Option(
    name: .customLong("add-label"),
    help: ArgumentHelp(
      "With --from: a label to add to one of the model's sets; can be repeated. (default: none)",
      valueName: "set=label"), completion: .newLabels)
  var addedLabels: [String] = []
  @Flag(help: "With --add-label: train only the embeddings of the added labels.")
  var freeze = false
  @Flag(help: "Resume the run in the folder.") var resume = false
  @Flag(help: "Resume although the corpus or the settings changed.") var allowChanges = false
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @OptionGroup(title: "Settings") var options: TrainingOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if steps != nil && time != nil { throw ValidationError("give --steps or --for, not both") }
    try validationOrigin.check(validation: validation)
    if !addedLabels.isEmpty && from == nil { throw ValidationError("--add-label needs --from, the model to add it to") }
    if freeze && addedLabels.isEmpty { throw ValidationError("--freeze needs --add-label, the labels to train") }
    if from != nil && resume {
      throw ValidationError("--resume continues with the weights of the run; leave --from out")
    }
    if from != nil && options.preset != nil {
      throw ValidationError("--from uses the model's own architecture; leave --preset out")
    }
    if let steps, steps < 0 { throw ValidationError("--steps must not be negative, and is \(steps)") }
    if let time { _ = try Duration(ofOption: "--for", time) }
  }

  private var limit: TrainingLimit {
    time.flatMap { Duration(argument: $0) }.map { .duration($0) } ?? .steps(steps ?? 10_000)
  }

  func run() throws {
    let total: Int? = if case .steps(let count) = limit { count } else { nil }
    let initialModel = try from.map { try WaveNetModel.load($0).adding(labels: addedLabels) }
    let base = resume ? try TrainingJob.settings(ofRun: output) : initialModel.map(TrainingSettings.init(of:))
    var settings = try options.settings(from: base, steps: total)
    if let channel = recordings.channels.channel { settings.channel = channel }
    if let silence = recordings.silence { settings.silence = silence }
    if freeze { settings.trainedLabels = addedLabels }
    if let folder = validationOrigin.validationFeatures { settings.validationFeatures = folder }
    if let folder = validationOrigin.validationSignal { settings.validationSignal = folder }
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try TrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings, resuming: resume,
      allowChanges: allowChanges, initialModel: initialModel, labels: corpusOptions.labels,
      strict: corpusOptions.strict,
      workers: threads.workers
    ) { done, total in reading.update(done, total) }
    scan.close()
    let progress = TrainingProgress(limit: limit, firstStep: job.firstStep, quiet: quiet)
    if !quiet { try describe(job) }
    Interruption.listen()
    let outcome = try job.train(until: limit, writesTensorBoard: !noTensorboard, observers: [progress]) {
      Interruption.isRequested
    }
    progress.finish()
    if outcome == .interrupted {
      if !quiet { Terminal.note("interrupted; saved. kodama train … --resume continues from here") }
      throw Interruption.exitStatus
    }
  }

  /// Prints the plan, and the estimated time.
  private func describe(_ job: TrainingJob) throws {
    let (settings, plan) = (job.settings, job.settings.plan)
    let rate = Double(job.sampleRate)
    let field = settings.architecture.receptiveField
    for warning in job.warnings { Terminal.warning(warning) }
    Terminal.note(
      "corpus      \(Plural.grouped(job.training.count, "recording")), \(Format.duration(Double(job.training.totalFrames) / rate)), at "
        + "\(Format.count(job.sampleRate)) Hz; validation \(job.validation.map { Plural.grouped($0.count, "recording") } ?? "none")"
    )
    Terminal.note(
      "network     \(Format.count(job.parameterCount)) parameters, receptive field \(Plural.grouped(field, "sample")) = "
        + "\(Format.decimal(1000 * Double(field) / rate, 0)) ms")
    Terminal.note(
      "plan        \(Plural.text(plan.batchSize, "crop")) of \(Plural.grouped(plan.cropSamples, "sample")) a step, "
        + "\(plan.optimizer.rawValue), learning rate \(plan.learningRate) \(plan.schedule.rawValue), seed \(plan.seed)")
    let conditioning = settings.architecture.conditioning
    if !conditioning.labels.isEmpty {
      let share = settings.trainedLabels.map { "; trained alone: \($0.joined(separator: ", "))" } ?? ""
      Terminal.note("labels      \(conditioning.labelText)\(share)")
    }
    if let features = conditioning.features {
      let place = settings.signal ?? settings.featureFolder
      Terminal.note("features    \(features.text); \(place ?? "computed while training")")
    }
    let step = try job.measureStep()
    switch limit {
    case .steps(let count):
      let rest = max(0, count - job.firstStep)
      Terminal.note(
        "time        \(Plural.grouped(rest, "step")) of about \(Format.decimal(step, 2)) s: "
          + "\(Format.duration(Double(rest) * step)) and validation")
    case .duration(let duration):
      let count = duration.inSeconds / step
      Terminal.note(
        "time        \(Format.duration(duration.inSeconds)): about \(Format.count(count)) "
          + "\(Plural.word(Int(min(count, 1e9)), "step")) of \(Format.decimal(step, 2)) s")
    }
  }
}
