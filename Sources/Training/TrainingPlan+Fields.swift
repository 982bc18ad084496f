import KodamaCheckpoints
import KodamaLayers

extension TrainingPlan {
  /// The settings of a plan. Each of them affects the resulting weights.
  package static let fields: ConfigurationFields<TrainingPlan> = [
    .init("batch_size", \.batchSize, .integer(.between(1...4096)), "Examples in a batch"),
    .init(
      "accumulation", \.accumulation, .integer(.between(1...4096, unit: " batches")),
      "Batches whose gradients are accumulated for one step"),
    .init(
      "batch_parts", \.batchParts, .integer(.between(1...4096, unit: " parts")),
      "Parts of a batch whose gradients are added in order; null: as few as memory and processes allow"),
    .section(
      "cooperation", \.cooperation, Cooperation.fields, base: Cooperation(),
      "How several processes work together; null: synchronously"),
    .init("seed", \.seed, .unsigned, "The seed of initial weights, the order of examples and dropout"),
    .init("optimizer", \.optimizer, .choice, "The optimizer"),
    .init(
      "learning_rate", \.learningRate, .number(AllowedValues("a positive number") { $0 > 0 && $0.isFinite }),
      "The highest learning rate"),
    .init("weight_decay", \.weightDecay, .number(share), "The weight decay; 0 for none"),
    .init("schedule", \.schedule, .choice, "The learning rate schedule"),
    .init(
      "warm_up_steps", \.warmUpSteps, .integer(AllowedValues("a number of steps") { $0 >= 0 }),
      "Steps over which the rate rises from 0", name: "warm-up"),
    .init(
      "decay_steps", \.decaySteps, .integer(AllowedValues("a positive number of steps") { $0 > 0 }),
      "Steps between two decays of the step schedule"),
    .init(
      "decay_factor", \.decayFactor, .number(AllowedValues("in (0, 1]") { $0 > 0 && $0 <= 1 }),
      "The factor of the step and exponential schedules"),
    .init("cosine_steps", \.cosineSteps, .integer(), "Steps until the end of the cosine schedule"),
    .init(
      "cosine_final", \.cosineFinal, .number(AllowedValues("in [0, 1]") { (0...1).contains($0) }),
      "The final rate of the cosine schedule, as a share of the highest rate"),
    .init(
      "clip_norm", \.clipNorm, .number(AllowedValues("a norm; 0 turns clipping off") { $0 >= 0 && $0.isFinite }),
      "The largest norm of gradients, to which they are clipped; 0 for no clipping", name: "clip"),
    .init(
      "average_decay", \.averageDecay, .number(share),
      "The decay of the moving average of weights; 0 for no average"),
    .list(
      "groups", \.groups, ParameterGroup.fields, base: ParameterGroup(""),
      "Settings of parameters by name; the first group that matches a name applies"),
    .section(
      "pruning", \.pruning, PruningPlan.fields, base: PruningPlan(), "Weights that become 0 in training; null: none"),
    .section(
      "rounding", \.rounding, RoundingPlan.fields, base: RoundingPlan(),
      "The precision of weights that the network computes with; null: as they are"),
  ]

  private static let share = AllowedValues<Double>("in [0, 1)") { $0 >= 0 && $0 < 1 }
}

extension PruningPlan {
  /// The settings of pruning.
  static let fields: ConfigurationFields<PruningPlan> = [
    .init(
      "sparsity", \.sparsity, .number(AllowedValues("in [0, 1)") { $0 >= 0 && $0 < 1 }),
      "The share of units that are 0 in the end", .optional),
    .init("structure", \.structure, .choice, "What becomes 0 together", .optional),
    .init("allocation", \.allocation, .choice, "Where the units that stay are counted", .optional),
    .init("criterion", \.criterion, .choice, "What is compared to choose units that become 0", .optional),
    .init(
      "first_step", \.firstStep, .integer(AllowedValues("a number of steps") { $0 >= 0 }),
      "The step at which pruning begins", .optional),
    .init(
      "last_step", \.lastStep, .integer(AllowedValues("a number of steps; 0: three fifths of all") { $0 >= 0 }),
      "The step from which on nothing more becomes 0", .optional),
    .init(
      "interval", \.interval, .integer(AllowedValues("a positive number of steps") { $0 > 0 }),
      "Steps between two choices of what becomes 0", .optional),
    .init(
      "rewind", \.rewinds, .flag,
      "Whether at the last choice what stays returns to the weights of the first step", .optional),
    .init("kept", \.kept, .texts, "Shell patterns of the names of parameters that are left whole", .optional),
    .list(
      "layers", \.layers, PrunedLayers.fields, base: PrunedLayers(""),
      "Parameters with another sparsity; the first entry that matches a name applies", .optional),
  ]
}

extension PrunedLayers {
  /// The settings of an entry.
  static let fields: ConfigurationFields<PrunedLayers> = [
    .init("pattern", \.pattern, .text, "A shell pattern on dotted names"),
    .init(
      "sparsity", \.sparsity, .number(AllowedValues("in [0, 1)") { $0 >= 0 && $0 < 1 }),
      "The share of units that are 0 in the end", .optional),
  ]
}

extension RoundingPlan {
  /// The settings of rounding.
  static let fields: ConfigurationFields<RoundingPlan> = [
    .init("precision", \.precision, .choice(among: Precision.integers), "The precision of weights", .optional),
    .init(
      "first_step", \.firstStep, .integer(AllowedValues("a number of steps") { $0 >= 0 }),
      "The step from which on weights are rounded", .optional),
    .list(
      "layers", \.layers, RoundedLayers.fields, base: RoundedLayers(""),
      "Parameters with another precision; the first entry that matches a name applies", .optional),
  ]
}

extension RoundedLayers {
  /// The settings of an entry.
  static let fields: ConfigurationFields<RoundedLayers> = [
    .init("pattern", \.pattern, .text, "A shell pattern on dotted names"),
    .init(
      "precision", \.precision, .choice(among: [.float32] + Precision.integers), "The precision of weights",
      .optional),
  ]
}

extension ParameterGroup {
  /// The settings of a group; all but the pattern may be missing.
  static let fields: ConfigurationFields<ParameterGroup> = [
    .init("pattern", \.pattern, .text, "A shell pattern on dotted names"),
    .init("rate_factor", \.rateFactor, .number(), "Factor of the learning rate; 0 freezes", .optional),
    .init("weight_decay", \.weightDecay, .number(), "The weight decay"),
  ]
}

extension TrainingFault {
  /// An invalid value.
  package init(_ problem: RangeProblem) {
    self = .badPlan(field: problem.name, problem: "\(problem.value) is not \(problem.allowed)")
  }
}
