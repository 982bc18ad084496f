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

  /// The values of `--allocation`.
  enum Allocation: String, CaseIterable, ExpressibleByArgument { case uniform, global, sensitivity }

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of weights that are 0 in the end, or with --structure channel of the multiply-adds of a sample that go, from 0 to less than 1. (default: 0.8; of channels 0.5)",
      valueName: "share"))
  var sparsity: Double?
  @Option(help: "What becomes 0 together, or is removed.") var structure = Structure.block
  @Option(
    help:
      "Where the weights that stay are counted: in each layer; in all together, by their size; or in each by what its loss is without some, measured first; not of channels. (default: uniform)"
  )
  var allocation: Allocation?
  @Option(
    help:
      "What becomes 0: the weights of least size, or those whose gradients show that the loss needs them least; not of channels. (default: magnitude)"
  )
  var criterion: PruningPlan.Criterion?
  @Option(
    help: ArgumentHelp(
      "Leave the parameters whose names match this pattern whole, such as 'head.*'; can be repeated; not of channels. (default: none)",
      valueName: "pattern"), completion: .list(["head.*", "heads.*"]))
  var keep: [String] = []
  @Flag(
    help:
      "After the last choice, return what stays to the weights of the start and train it again (a lottery ticket); not of channels."
  )
  var rewind = false
  @OptionGroup var further: FurtherTrainingOptions

  func validate() throws {
    if let sparsity, !(sparsity >= 0 && sparsity < 1) {
      throw ValidationError("--sparsity must be from 0 to less than 1, and is \(sparsity)")
    }
    if structure == .channel && allocation != nil {
      throw ValidationError(
        "with --structure channel the numbers of channels follow from the multiply-adds; leave --allocation out")
    }
    if structure == .channel && criterion != nil {
      throw ValidationError("channels are removed by the loss that they cost; leave --criterion out")
    }
    if structure == .channel && rewind {
      throw ValidationError("channels are removed at once, and nothing is rewound; leave --rewind out")
    }
    if structure == .channel && !keep.isEmpty {
      throw ValidationError("a channel runs through several layers; leave --keep out, or choose another --structure")
    }
  }

  func run() throws {
    var removed: String?
    let declarations = try further.train(
      dividesPruning: allocation == .sensitivity,
      waveNet: { settings, model in
        settings.plan.training.pruning = pruning
        if structure != .channel { return (model, nil) }
        let (smaller, index) = try removeChannels(model, settings)
        settings.architecture = smaller.configuration
        removed = Self.result(model, smaller)
        return (smaller, index)
      },
      classifier: { plan, _ in
        if structure == .channel {
          throw ValidationError(
            "channels are removed of WaveNets alone; choose --structure block or element for a classifier")
        }
        plan.pruning = pruning
      })
    if further.quiet { return }
    let result = try removed ?? zeros(declarations)
    Terminal.note("pruned      \(result); kodama compress quantize \(further.output) makes a small model")
  }

  /// The plan of weights that become 0; nil where channels are removed.
  private var pruning: PruningPlan? {
    guard let units = structure.units else { return nil }
    var plan = PruningPlan()
    (plan.structure, plan.kept, plan.rewinds) = (units, keep, rewind)
    if let sparsity { plan.sparsity = sparsity }
    if allocation == .global { plan.allocation = .global }
    if let criterion { plan.criterion = criterion }
    return plan
  }

  /// What became 0 in the best model of the run.
  private func zeros(_ declarations: [ParameterDeclaration]) throws -> String {
    let location = try ModelLocation(further.output)
    let parameters =
      try ModelKinds.standard.kind(of: location) is ClassifierKind
      ? ClassifierModel.load(location).parameters : WaveNetModel.load(location).parameters
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

  /// The model without some channels, and the index of the corpus.
  private func removeChannels(
    _ model: WaveNetModel, _ settings: TrainingSettings
  ) throws -> (WaveNetModel, CorpusIndex?) {
    // Before long work.
    if try !RunFolder(further.output).steps().isEmpty { throw TrainingFault.runExists(run: further.output) }
    let job = try further.scanning { progress in
      try ChannelPruningJob(
        model: model, sparsity: sparsity ?? 0.5, corpus: further.corpus, validationFolder: further.validation,
        settings: settings, labels: further.corpusOptions.labels, strict: further.corpusOptions.strict,
        workers: further.threads.workers, progress: progress)
    }
    let progress = ProgressLine(quiet: further.quiet)
    let smaller = try job.prune { done, total in
      progress.update(share: Double(done) / Double(max(1, total)), "measuring losses")
    }
    progress.close()
    if !further.quiet { Terminal.note("channels    \(Self.result(model, smaller))") }
    return (smaller, job.index)
  }
}

extension PruningPlan.Criterion: ExpressibleByArgument {}
