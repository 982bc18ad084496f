import ArgumentParser
import Kodama
import KodamaCore

extension AmplifierPreset: ExpressibleByArgument {}

/// Trains a model of a box on a pair of recordings.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture", abstract: "Train a model of an amplifier or another box on a dry and a wet recording.",
    usage: """
      kodama capture <dry> <wet> --output <output> [<options>]
      kodama capture <dry> <wet> --dry-run
      kodama capture --settings
      """,
    discussion: """
      The dry recording is what went into the box, the wet one what came out: of one sample rate, some minutes long, with \
      everything that is to be played. Latency and polarity are found, and recordings that do not fit are refused with \
      the reason; pair.png in the run folder shows both. The end of the recordings is for validation, by the \
      error-to-signal ratio: 0.01 is good, 0.001 excellent. The run folder is as that of kodama train; kodama process \
      plays it, and kodama export writes a .nam file. Ctrl-C saves and ends; --resume continues to the same result as \
      without the interruption.

      With --for the number of steps is fitted to the time, and the learning rate falls along a cosine that ends with them.
      """)

  @Argument(help: "The recording of what went into the box.", completion: .file()) var dry: String?
  @Argument(help: "The recording of what came out.", completion: .file()) var wet: String?
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String?
  @Option(help: "The size of the network. (default: amp)") var preset: AmplifierPreset?
  @Option(
    help: ArgumentHelp(
      "A JSON file with any part of the settings, in the format of \"settings\" in capture.json of a checkpoint.",
      valueName: "file"), completion: .file())
  var config: String?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "One setting, such as plan.clip_norm=1 or error_to_signal=1; can be repeated.", valueName: "key=value"),
    completion: .captureSettings)
  var assignments: [String] = []
  @Option(help: ArgumentHelp("Passes over the recordings. (default: 100)", valueName: "n")) var epochs: Double?
  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp(
      "How long to train from now, instead of --epochs: 90s, 15m, 2h. The number of steps is fixed from the speed at the start; where the machine is slower later, they take longer. A resumed run is interrupted after that time at the latest.",
      valueName: "time"))
  var time: String?
  @Option(
    help: ArgumentHelp(
      "Start with the weights of a model: a .nam file, a model folder, a checkpoint or a run, of a network that --preset lists. (default: random weights)",
      valueName: "model"), completion: .file(extensions: ["nam"]))
  var from: String?
  @Option(help: ArgumentHelp("Crops in a batch. (default: 16)", valueName: "n")) var batch: Int?
  @Option(help: ArgumentHelp("Outputs of a crop, in samples. (default: 8192)", valueName: "n")) var crop: Int?
  @Option(help: ArgumentHelp("The highest learning rate. (default: 0.004; 0.01 of amp-lstm)", valueName: "rate"))
  var learningRate: Double?
  @Option(help: "The schedule of the learning rate. (default: exponential, by 0.7 % in an epoch; 0.5 % of amp-lstm)")
  var schedule: TrainingPlan.ScheduleName?
  @Option(
    help: ArgumentHelp("Seconds at the end of the recordings to validate on. (default: 9)", valueName: "s"))
  var validationSeconds: Double?
  @Option(
    help: ArgumentHelp(
      "End after this many validations without a smaller error. (default: never)", valueName: "n"))
  var patience: Int?
  @Option(
    help: ArgumentHelp(
      "The channel of files with several: left, right, or a number from 1; mix is the mean of all. (default: files have one)",
      valueName: "channel"), completion: .list(["mix", "left", "right", "1", "2"]))
  var channel: ChannelChoice?
  @Option(help: "Seed of the initial weights and the order of crops. (default: 1)") var seed: UInt64?
  @Flag(help: "Check the recordings, print what was found, and end.") var dryRun = false
  @Flag(help: "Resume the run in the folder.") var resume = false
  @Flag(help: "Resume although the recordings or the settings changed.") var allowChanges = false
  @Flag(name: .customLong("settings"), help: "List all settings with defaults and valid values, and end.")
  var listsSettings = false
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if listsSettings { return }
    if dry == nil || wet == nil { throw ValidationError("Missing expected arguments '<dry> <wet>'") }
    if output == nil && !dryRun { throw ValidationError("Missing expected argument '--output <output>'") }
    if dryRun && resume { throw ValidationError("--dry-run checks recordings and resumes nothing; leave --resume out") }
    if epochs != nil && time != nil { throw ValidationError("give --epochs or --for, not both") }
    if let time, try Duration(ofOption: "--for", time) <= .zero {
      throw ValidationError("--for \(time) is no time to train; give at least 1s")
    }
    if from != nil && resume {
      throw ValidationError("--resume continues with the weights of the run; leave --from out")
    }
    if from != nil && preset != nil {
      throw ValidationError("--from uses the model's own network; leave --preset out")
    }
  }

  private var duration: Duration? { time.flatMap { Duration(argument: $0) } }

  /// The settings: those of the run that is resumed, or the defaults, with what is given.
  private func settings(of initialModel: AmplifierModel?) throws -> CaptureSettings {
    if resume, let output {
      var settings = try CaptureJob.settings(ofRun: output)
      if epochs != nil { settings.steps = nil }
      try change(&settings)
      return settings
    }
    var own = preset
    if let from, let initialModel {
      guard let found = AmplifierPreset(initialModel.architecture) else {
        throw ValidationError(
          "--from \(from): its network is not one of those that are trained, which --preset lists; take a model of one")
      }
      own = found
    }
    var settings = CaptureSettings(own ?? .standard)
    try change(&settings)
    if own == nil && settings.preset != .standard {
      // Each network has a plan of its own.
      settings = CaptureSettings(settings.preset)
      try change(&settings)
    }
    return settings
  }

  /// Replaces what is given: settings of the file, single ones, and options.
  private func change(_ settings: inout CaptureSettings) throws {
    var document = FieldDocument(settings, CaptureSettings.fields)
    try document.apply(config: config, assignments: assignments)
    settings = document.settings
    if let preset { settings.preset = preset }
    if let epochs { settings.epochs = epochs }
    if let batch { settings.plan.batchSize = batch }
    if let crop { settings.cropSamples = crop }
    if let learningRate { settings.plan.learningRate = learningRate }
    if let schedule { settings.plan.schedule = schedule }
    if let validationSeconds { settings.validationSeconds = validationSeconds }
    if let patience { settings.patience = patience }
    if let seed { settings.plan.seed = seed }
    if let steps = settings.steps, epochs != nil {
      throw TrainingFault.badPlan(
        field: "steps", problem: "they are \(steps), and --epochs gives them too; give one of the two")
    }
  }

  /// Fits a new run to the time.
  private func timedPlan(_ settings: CaptureSettings) throws -> TimedCapture? {
    guard let duration, !resume else { return nil }
    if let steps = settings.steps {
      throw TrainingFault.badPlan(
        field: "steps", problem: "they are \(steps), and --for has them fitted to the time; give one of the two")
    }
    return TimedCapture(duration, adjust: change)
  }

  func run() throws {
    if listsSettings {
      let document = FieldDocument(CaptureSettings(preset ?? .standard), CaptureSettings.fields)
      return try Terminal.data(ChosenSettings.list(document.list))
    }
    guard let dry, let wet else { return }
    if dryRun {
      let analysis = try RecordingPair(dry: dry, wet: wet, channel: channel).analysis(workers: threads.workers)
      return try Terminal.text(analysis.lines.joined(separator: "\n"))
    }
    guard let output else { return }
    let initialModel = try from.map { try AmplifierModel.load($0) }
    let settings = try settings(of: initialModel)
    // A run that is resumed is interrupted when the time is over.
    let end = resume ? duration.map { ContinuousClock.now + $0 } : nil
    let job = try CaptureJob(
      dry: dry, wet: wet, channel: channel, run: output, settings: settings, resuming: resume,
      allowChanges: allowChanges, initialModel: initialModel, plan: timedPlan(settings), workers: threads.workers)
    if !quiet { describe(job) }
    let progress = TrainingProgress(
      limit: .steps(job.steps), firstStep: job.firstStep, validationInterval: job.interval, quiet: quiet)
    Interruption.listen()
    let outcome = try job.train(writesTensorBoard: !noTensorboard, observers: [progress]) { TrainCommand.isOver(end) }
    progress.finish()
    if outcome == .interrupted {
      let isRequested = Interruption.isRequested
      if !quiet {
        Terminal.note(
          "\(isRequested ? "interrupted" : "the time is over"); saved. kodama capture … --resume continues from here")
      }
      if isRequested { throw Interruption.exitStatus }
      return
    }
    if quiet { return }
    if outcome == .stoppedEarly {
      Terminal.note("ended early: \(job.settings.patience!) validations without a smaller error")
    }
    if let best = job.best {
      Terminal.note(
        "best        step \(Format.count(best.step)), \(best.weights == .average ? "the averaged weights" : "the weights"): "
          + "error-to-signal \(Format.decimal(best.loss, 5)); kodama process \(output) uses them")
    }
  }

  /// Prints what was found and the plan.
  private func describe(_ job: CaptureJob) {
    for line in job.analysis.lines { Terminal.note(line) }
    Terminal.note(
      "network     \(job.settings.preset.rawValue), \(Format.count(job.parameterCount)) parameters")
    let first = job.firstStep > 0 ? "from step \(Format.count(job.firstStep)) " : ""
    Terminal.note(
      "plan        \(first)to step \(Format.count(job.steps)), \(job.settings.plan.batchSize) crops of "
        + "\(Format.count(job.settings.cropSamples)) samples each, learning rate \(job.settings.plan.learningRate) "
        + "\(job.settings.plan.schedule.rawValue)")
  }
}
