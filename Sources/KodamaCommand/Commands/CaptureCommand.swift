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
      """,
    discussion: """
      The dry recording is what went into the box, the wet one what came out: of one sample rate, some minutes long, with \
      everything that is to be played. Latency and polarity are found, and recordings that do not fit are refused with \
      the reason; pair.png in the run folder shows both. The end of the recordings is for validation, by the \
      error-to-signal ratio: 0.01 is good, 0.001 excellent. The run folder is as that of kodama train; kodama process \
      plays it, and kodama export writes a .nam file. Ctrl-C saves and ends; --resume continues to the same result as \
      without the interruption.
      """)

  @Argument(help: "The recording of what went into the box.", completion: .file()) var dry: String
  @Argument(help: "The recording of what came out.", completion: .file()) var wet: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String?
  @Option(help: "The size of the network. (default: amp)") var preset: AmplifierPreset?
  @Option(help: ArgumentHelp("Passes over the recordings. (default: 100)", valueName: "n")) var epochs: Double?
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
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if output == nil && !dryRun { throw ValidationError("Missing expected argument '--output <output>'") }
    if dryRun && resume { throw ValidationError("--dry-run checks recordings and resumes nothing; leave --resume out") }
  }

  /// The settings: those of the run that is resumed, or the defaults, with what is given.
  private func settings() throws -> CaptureSettings {
    var settings = CaptureSettings(preset ?? .standard)
    if resume, let output {
      settings = try CaptureJob.settings(ofRun: output)
      if let preset { settings.preset = preset }
    }
    if let epochs { settings.epochs = epochs }
    if let batch { settings.plan.batchSize = batch }
    if let crop { settings.cropSamples = crop }
    if let learningRate { settings.plan.learningRate = learningRate }
    if let schedule { settings.plan.schedule = schedule }
    if let validationSeconds { settings.validationSeconds = validationSeconds }
    if let patience { settings.patience = patience }
    if let seed { settings.plan.seed = seed }
    return settings
  }

  func run() throws {
    if dryRun {
      let analysis = try RecordingPair(dry: dry, wet: wet, channel: channel).analysis(workers: threads.workers)
      return try Terminal.text(analysis.lines.joined(separator: "\n"))
    }
    guard let output else { return }
    let job = try CaptureJob(
      dry: dry, wet: wet, channel: channel, run: output, settings: settings(), resuming: resume,
      allowChanges: allowChanges, workers: threads.workers)
    if !quiet { describe(job) }
    let progress = TrainingProgress(
      limit: .steps(job.steps), firstStep: job.firstStep, validationInterval: job.interval, quiet: quiet)
    Interruption.listen()
    let outcome = try job.train(writesTensorBoard: !noTensorboard, observers: [progress]) { Interruption.isRequested }
    progress.finish()
    if outcome == .interrupted {
      if !quiet { Terminal.note("interrupted; saved. kodama capture … --resume continues from here") }
      throw Interruption.exitStatus
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
        + "\(Format.count(job.settings.cropSamples)) samples each")
  }
}
