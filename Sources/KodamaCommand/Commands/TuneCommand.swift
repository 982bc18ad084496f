import ArgumentParser
import Kodama

/// Tunes a WaveNet towards rewards of what it generates.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Tune a WaveNet towards a reward of the sounds it generates.",
    usage: "kodama tune <model> --output <output> --reward <reward> ... [<options>]",
    discussion: """
      The model generates sounds, each is rewarded, and what made the better ones becomes more likely (a policy gradient). \
      No recordings are needed. So that it stays a model of those it was trained on, it is held near the original model; \
      --validation shows what that costs in bits. The run folder is as that of kodama train, with the weights of the last \
      step. Ctrl-C saves and ends; --resume continues to the same result as without the interruption.

      Rewards, of which several are added, each with a weight before it as in 0.5*hnr or -1*silence:
        voiced-share, hnr, loudness, …   a metric of kodama evaluate for single sounds; with =TARGET how near it is
        ltas=FOLDER, …                   a metric for sets: how near a sound is to the recordings of a folder
        pitch=HZ, scale=c-major          how near the pitch of every frame is to a frequency, or to a note of a scale
        brightness, brightness=HZ        the spectral centroid, or how near it is to a frequency
        silence                          the share of silent frames in percent; usually with a negative weight
        label=SET=LABEL, label=SET       the probability of a label, or of that a sound is generated with, by --classifier
        program=COMMAND                  a program that is given WAV files and prints a number for each
      """)

  @Argument(help: "A model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    name: .customLong("reward"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A reward, as above; can be repeated. (default: none; of a resumed run those it has)", valueName: "reward"),
    completion: .list(RewardTerm.names))
  var rewards: [String] = []
  @Option(help: "A classifier for rewards of labels. (default: none)", completion: .directory) var classifier: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Length of a generated sound. (default: 1)", valueName: "seconds"))
  var seconds: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sounds of a step, which are compared with each other. (default: 32)", valueName: "n"))
  var sounds: Int?
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp(
      "Labels to generate with, as digit=7 or digit=6/7; once for every label set. (default: all, in turn)",
      valueName: "set=label"), completion: .labels)
  var labels: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Discount of the rewards of frames, from each to the next: below 1 a sample is judged by what follows soon. (default: 1)",
      valueName: "number"))
  var discount: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The divergence from the original model to aim at, in bits per sound; none: whatever the reward asks for. (default: 20)",
      valueName: "bits"), completion: .list(["none", "10", "20", "50"]))
  var divergence: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Steps in total. (default: 500)", valueName: "n"))
  var steps: Int?
  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp("How long to tune, instead of --steps: 90s, 15m, 2h.", valueName: "time"))
  var time: String?
  @Option(help: "The optimizer. (default: adam)") var optimizer: TrainingPlan.OptimizerName?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The learning rate. (default: 0.0001)", valueName: "rate"))
  var learningRate: Double?
  @Option(help: "Seed of the generated sounds. (default: 1)") var seed: UInt64?
  @Option(
    name: .customLong("program-limit"), parsing: .unconditional,
    help: ArgumentHelp(
      "The longest that a program may take for the sounds of a step. (default: 60s)", valueName: "time"))
  var programLimit: String?
  @Option(
    help: ArgumentHelp("A folder of recordings whose bits per sample are shown. (default: none)", valueName: "folder"),
    completion: .directory)
  var validation: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between two measurements of the recordings, samples of audio, and checkpoints. (default: 50)",
      valueName: "steps"))
  var every: Int?
  @Flag(help: "Resume the run in the folder.") var resume = false
  @Flag(help: "Resume although the settings changed.") var allowChanges = false
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup var weights: WeightOptions
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if rewards.isEmpty && !resume { throw ValidationError("give a --reward, such as voiced-share") }
    if steps != nil && time != nil { throw ValidationError("give --steps or --for, not both") }
    if let time, try Duration(ofOption: "--for", time) <= .zero {
      throw ValidationError("--for \(time) is no time to tune; give at least 1s")
    }
    _ = try target
  }

  /// The divergence that is given: nil where none is to be aimed at.
  private var target: Double? {
    get throws {
      guard let divergence, divergence != "none" else { return nil }
      guard let bits = Double(divergence), bits > 0, bits.isFinite else {
        throw ValidationError("--divergence is \(divergence); give a number of bits above 0, or none")
      }
      return bits
    }
  }

  /// The settings: those of the run that is resumed, or the defaults, with what is given.
  private func settings() throws -> TuningSettings {
    var settings = try resume ? TuningJob.settings(ofRun: output) : TuningSettings(rewards: rewards)
    if !rewards.isEmpty { settings.rewards = rewards }
    if let classifier { settings.classifier = classifier }
    if let seconds { settings.soundSeconds = seconds }
    if let sounds { settings.plan.batchSize = sounds }
    if !labels.isEmpty { settings.labels = labels }
    if let discount { settings.discount = discount }
    if divergence != nil { settings.divergenceTarget = try target }
    if let steps { settings.steps = steps }
    if let optimizer {
      let rate = settings.plan.learningRate * optimizer.recommendedLearningRate
      settings.plan.learningRate = rate / settings.plan.optimizer.recommendedLearningRate
      settings.plan.optimizer = optimizer
    }
    if let learningRate { settings.plan.learningRate = learningRate }
    if let seed { settings.plan.seed = seed }
    if let programLimit {
      settings.programSeconds = try Duration(ofOption: "--program-limit", programLimit).inSeconds
    }
    if let every {
      (settings.validationInterval, settings.sampleInterval, settings.checkpointInterval) = (every, every, every)
    }
    return settings
  }

  func run() throws {
    Interruption.listen()
    let job = try TuningJob(
      model: model, weights: weights.weights, run: output, settings: settings(), validationFolder: validation,
      resuming: resume, allowChanges: allowChanges, labels: corpusOptions.labels, options: recordings.options,
      workers: threads.workers)
    if !quiet { describe(job) }
    let limit =
      time.flatMap { Duration(argument: $0) }.map { TrainingLimit.duration($0) }
      ?? .steps(job.settings.steps ?? TuningJob.defaultSteps)
    if !quiet, job.firstStep == 0, let before = try measured(job) { Terminal.note("held out    \(before.text)") }
    let measures = TaskMeasures.ofTuning
    let progress = TrainingProgress(
      limit: limit, firstStep: job.firstStep,
      validationInterval: job.validation == nil ? 0 : job.settings.validationInterval, named: measures.all, quiet: quiet
    )
    let outcome = try job.tune(until: limit, writesTensorBoard: !noTensorboard, observers: [progress]) {
      Interruption.isRequested
    }
    progress.finish()
    if outcome == .interrupted {
      if !quiet { Terminal.note("interrupted; saved. kodama tune … --resume continues from here") }
      throw Interruption.exitStatus
    }
    if !quiet { Terminal.note("tuned       kodama generate \(output) uses the weights of the last step") }
  }

  /// Measures the original model, with progress.
  private func measured(_ job: TuningJob) throws -> MeasuredValue? {
    let line = ProgressLine(quiet: quiet)
    defer { line.close() }
    return try job.validateStart { line.update(share: $0, "validation of the model before") }
  }

  /// Prints the plan.
  private func describe(_ job: TuningJob) {
    let (settings, plan) = (job.settings, job.settings.plan)
    for warning in job.warnings { Terminal.warning(warning) }
    Terminal.note("rewards     \(settings.rewards.joined(separator: " + "))".excerpt(400))
    Terminal.note(
      "sounds      \(Plural.text(plan.batchSize, "sound")) of \(Format.decimal(settings.soundSeconds, 2)) s in a step, at "
        + "\(Format.count(job.model.sampleRate)) Hz"
        + (settings.labels.isEmpty ? "" : ", with \(settings.labels.joined(separator: ", "))"))
    Terminal.note(
      "divergence  "
        + (settings.divergenceTarget.map { "\($0) bits per sound aimed at" } ?? "not limited"))
    Terminal.note(
      "plan        \(plan.optimizer.rawValue), learning rate \(plan.learningRate) \(plan.schedule.rawValue), seed "
        + "\(plan.seed)")
  }
}
