import ArgumentParser
import Kodama

/// Prunes a model while it is trained further.
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Make most of a model's weights 0 while training it further.",
    discussion: """
      The share of weights that are 0 rises over the first three fifths of the steps (Zhu and Gupta 2017); in the rest the \
      others make up for them. Blocks are of 16 outputs by 4 inputs, which generation, scoring and small files leave out. The output is \
      a run folder as of train; compress quantize makes a small file of its model. An interrupted run goes on with \
      kodama train CORPUS -o RUN --resume, a classifier's with kodama classify train.
      """)

  @Argument(help: "A WaveNet or a classifier: a model folder, a checkpoint or a run.", completion: .directory)
  var model: String
  @Argument(help: "A folder of recordings to train on.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of weights that are 0 in the end, from 0 to less than 1.", valueName: "share"))
  var sparsity = 0.8
  @Option(help: "What becomes 0 together.") var structure = PruningStructure.block
  @Option(help: "Where the weights that stay are counted: in each layer, or in all together.")
  var allocation = PruningPlan.Allocation.uniform
  @Option(
    help: ArgumentHelp(
      "Leave the parameters whose names match this pattern whole, such as 'head.*'; can be repeated. (default: none)",
      valueName: "pattern"), completion: .list(["head.*", "heads.*"]))
  var keep: [String] = []
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
  @Option(help: ArgumentHelp("Passes of a classifier over the recordings. (default: 20)", valueName: "n"))
  var epochs: Double?
  @Option(help: ArgumentHelp("Examples in a batch. (default: as of training)", valueName: "n")) var batch: Int?
  @Option(
    help: ArgumentHelp(
      "The highest learning rate. (default: 0.001)", valueName: "rate"))
  var learningRate: Double?
  @Option(help: "Seed of the order of examples and of dropout.") var seed: UInt64 = 1
  @OptionGroup var weights: WeightOptions
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if !(sparsity >= 0 && sparsity < 1) {
      throw ValidationError("--sparsity must be from 0 to less than 1, and is \(sparsity)")
    }
    if steps != nil && time != nil { throw ValidationError("give --steps or --for, not both") }
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, and is \(steps)") }
    if let time, try Duration(ofOption: "--for", time) <= .zero {
      throw ValidationError("--for \(time) is no time to train; give at least 1s")
    }
  }

  func run() throws {
    let location = try weights.location(of: model, quiet: quiet)
    let isClassifier = try ModelKinds.standard.kind(of: location) is ClassifierKind
    if isClassifier && (steps != nil || time != nil) {
      throw ValidationError("a classifier is trained for --epochs; leave --steps and --for out")
    }
    if !isClassifier && epochs != nil {
      throw ValidationError("a WaveNet is trained for --steps or --for, not --epochs")
    }
    guard let sparsity = try isClassifier ? pruneClassifier(location) : pruneWaveNet(location) else {
      let command = isClassifier ? "kodama classify train" : "kodama train"
      if !quiet { Terminal.note("interrupted; saved. \(command) … --resume continues from here") }
      throw Interruption.exitStatus
    }
    if !quiet {
      Terminal.note(
        "pruned      \(Format.decimal(100 * sparsity, 1)) % of the \(structure.rawValue)s are 0; kodama compress quantize "
          + "\(output) makes a small model")
    }
  }

  private var pruning: PruningPlan {
    var plan = PruningPlan()
    (plan.sparsity, plan.structure, plan.allocation, plan.kept) = (sparsity, structure, allocation, keep)
    return plan
  }

  private func apply(to plan: inout TrainingPlan) {
    plan.pruning = pruning
    plan.seed = seed
    plan.learningRate = learningRate ?? 1e-3
    if let batch { plan.batchSize = batch }
  }

  /// The share of units that are 0 in the end; nil where training was interrupted.
  private func pruneWaveNet(_ location: ModelLocation) throws -> Double? {
    let model = try WaveNetModel.load(location)
    var settings = TrainingSettings(of: model)
    apply(to: &settings.plan.training)
    (settings.plan.schedule, settings.steps) = (.cosine, time == nil ? steps ?? 10_000 : nil)
    settings.plan.cosineSteps = settings.steps ?? 1
    if let channel = recordings.channels.channel { settings.channel = channel }
    if let silence = recordings.silence { settings.silence = silence }
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try TrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings, initialModel: model,
      labels: corpusOptions.labels,
      plan: time.flatMap { Duration(argument: $0) }.map { TimedPlan($0) }, strict: corpusOptions.strict,
      workers: threads.workers
    ) { done, total in reading.update(done, total) }
    scan.close()
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let limit = TrainingLimit.steps(job.settings.steps ?? 10_000)
    let progress = TrainingProgress(
      limit: limit, firstStep: 0, validationInterval: job.validation == nil ? 0 : job.settings.validationInterval,
      quiet: quiet)
    Interruption.listen()
    let outcome = try job.train(until: limit, observers: [progress]) { Interruption.isRequested }
    progress.finish()
    if outcome == .interrupted { return nil }
    return Pruner(pruning, job.network.declarations).sparsity(of: try WaveNetModel.load(output).parameters)
  }

  /// As `pruneWaveNet`.
  private func pruneClassifier(_ location: ModelLocation) throws -> Double? {
    let model = try ClassifierModel.load(location)
    var settings = ClassifierSettings(labels: model.configuration.labels.map(\.name))
    apply(to: &settings.plan)
    (settings.epochs, settings.recordingOptions) = (epochs ?? 20, recordings.options)
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try ClassifierTrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings, initialModel: model,
      labels: corpusOptions.labels, strict: corpusOptions.strict, workers: threads.workers
    ) { done, total in reading.update(done, total) }
    scan.close()
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let progress = TrainingProgress(
      limit: .steps(job.steps), firstStep: 0, validationInterval: job.validation == nil ? 0 : job.interval, quiet: quiet
    )
    Interruption.listen()
    let outcome = try job.train(observers: [progress]) { Interruption.isRequested }
    progress.finish()
    if outcome == .interrupted { return nil }
    let declarations = job.configuration.layers.declarations
    return Pruner(pruning, declarations).sparsity(of: try ClassifierModel.load(output).parameters)
  }
}

extension PruningStructure: ExpressibleByArgument {}
extension PruningPlan.Allocation: ExpressibleByArgument {}
