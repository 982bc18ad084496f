import ArgumentParser
import Kodama

/// Prunes a model while it is trained further.
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Make most of a model's weights 0, or remove channels, and train it further.",
    discussion: """
      The share of weights that are 0 rises over the first three fifths of the steps (Zhu and Gupta 2017); in the rest the \
      others make up for them. Blocks are of 16 outputs by 4 inputs, which generation, scoring and small files leave out. \
      With --structure channel, the channels of a WaveNet whose loss costs least are removed before training, which leaves \
      a smaller network of the ordinary form. The output is a run folder as of train; compress quantize makes a small file \
      of its model. An interrupted run goes on with kodama train CORPUS -o RUN --resume, a classifier's with \
      kodama classify train.
      """)

  /// The values of `--structure`.
  enum Structure: String, CaseIterable, ExpressibleByArgument {
    case element, block, channel

    /// Weights that become 0 together; nil for channels, which are removed.
    var units: PruningStructure? {
      switch self {
      case .element: .element
      case .block: .block
      case .channel: nil
      }
    }
  }

  @Argument(help: "A WaveNet or a classifier: a model folder, a checkpoint or a run.", completion: .directory)
  var model: String
  @Argument(help: "A folder of recordings to train on.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of weights that are 0 in the end, or with --structure channel of the multiply-adds of a sample that go, from 0 to less than 1. (default: 0.8; of channels 0.5)",
      valueName: "share"))
  var sparsity: Double?
  @Option(help: "What becomes 0 together, or is removed.") var structure = Structure.block
  @Option(
    help:
      "Where the weights that stay are counted: in each layer, or in all together; not of channels. (default: uniform)")
  var allocation: PruningPlan.Allocation?
  @Option(
    help: ArgumentHelp(
      "Leave the parameters whose names match this pattern whole, such as 'head.*'; can be repeated; not of channels. (default: none)",
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
    if let sparsity, !(sparsity >= 0 && sparsity < 1) {
      throw ValidationError("--sparsity must be from 0 to less than 1, and is \(sparsity)")
    }
    if structure == .channel && allocation != nil {
      throw ValidationError(
        "with --structure channel the numbers of channels follow from the multiply-adds; leave --allocation out")
    }
    if structure == .channel && !keep.isEmpty {
      throw ValidationError("a channel runs through several layers; leave --keep out, or choose another --structure")
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
    if isClassifier && structure == .channel {
      throw ValidationError(
        "channels are removed of WaveNets alone; choose --structure block or element for a classifier")
    }
    guard let result = try isClassifier ? pruneClassifier(location) : pruneWaveNet(location) else {
      let command = isClassifier ? "kodama classify train" : "kodama train"
      if !quiet { Terminal.note("interrupted; saved. \(command) … --resume continues from here") }
      throw Interruption.exitStatus
    }
    if !quiet { Terminal.note("pruned      \(result); kodama compress quantize \(output) makes a small model") }
  }

  /// The plan of weights that become 0; nil where channels are removed.
  private var pruning: PruningPlan? {
    guard let units = structure.units else { return nil }
    var plan = PruningPlan()
    (plan.structure, plan.kept) = (units, keep)
    if let sparsity { plan.sparsity = sparsity }
    if let allocation { plan.allocation = allocation }
    return plan
  }

  /// What became 0, of some parameters.
  private func result(_ parameters: Parameters<Float>, _ declarations: [ParameterDeclaration]) -> String {
    let share = pruning.map { Pruner($0, declarations).sparsity(of: parameters) } ?? 0
    return "\(Format.decimal(100 * share, 1)) % of the \(structure.rawValue)s are 0"
  }

  /// The channels and the cost of a network before and after.
  private static func result(_ before: WaveNetModel, _ after: WaveNetModel) -> String {
    let counts = zip(ChannelCounts(before.configuration).named, ChannelCounts(after.configuration).named)
    let costs = [before, after].map(\.network.cost.multiplyAdds)
    return counts.map { "\($0.name) channels \($0.count) to \($1.count)" }.joined(separator: ", ")
      + "; \(Format.count(costs[0])) to \(Format.count(costs[1])) multiply-adds a sample "
      + "(\(Format.decimal(100 * Double(costs[1]) / Double(max(1, costs[0])), 1)) %)"
  }

  private func apply(to plan: inout TrainingPlan) {
    plan.pruning = pruning
    plan.seed = seed
    plan.learningRate = learningRate ?? 1e-3
    if let batch { plan.batchSize = batch }
  }

  /// The model without some channels, and the index of the corpus.
  private func removeChannels(
    _ model: WaveNetModel, _ settings: TrainingSettings
  ) throws -> (WaveNetModel, CorpusIndex?) {
    // Before long work.
    if try !RunFolder(output).steps().isEmpty { throw TrainingFault.runExists(run: output) }
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try ChannelPruningJob(
      model: model, sparsity: sparsity ?? 0.5, corpus: corpus, validationFolder: validation, settings: settings,
      labels: corpusOptions.labels, strict: corpusOptions.strict, workers: threads.workers
    ) { done, total in reading.update(done, total) }
    scan.close()
    let progress = ProgressLine(quiet: quiet)
    let smaller = try job.prune { done, total in
      progress.update(share: Double(done) / Double(max(1, total)), "measuring losses")
    }
    progress.close()
    if !quiet { Terminal.note("channels    \(Self.result(model, smaller))") }
    return (smaller, job.index)
  }

  /// What became of the model; nil where training was interrupted.
  private func pruneWaveNet(_ location: ModelLocation) throws -> String? {
    let original = try WaveNetModel.load(location)
    var (model, index) = (original, CorpusIndex?.none)
    var settings = TrainingSettings(of: model)
    apply(to: &settings.plan.training)
    (settings.plan.schedule, settings.steps) = (.cosine, time == nil ? steps ?? 10_000 : nil)
    settings.plan.cosineSteps = settings.steps ?? 1
    if let channel = recordings.channels.channel { settings.channel = channel }
    if let silence = recordings.silence { settings.silence = silence }
    if structure == .channel {
      (model, index) = try removeChannels(original, settings)
      settings.architecture = model.configuration
    }
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try TrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings, initialModel: model,
      labels: corpusOptions.labels,
      plan: time.flatMap { Duration(argument: $0) }.map { TimedPlan($0) }, index: index, strict: corpusOptions.strict,
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
    if structure == .channel { return Self.result(original, model) }
    return result(try WaveNetModel.load(output).parameters, job.network.declarations)
  }

  /// As `pruneWaveNet`.
  private func pruneClassifier(_ location: ModelLocation) throws -> String? {
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
    return result(try ClassifierModel.load(output).parameters, job.configuration.layers.declarations)
  }
}

extension PruningPlan.Allocation: ExpressibleByArgument {}
