import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// How a model is tuned towards rewards.
public struct TuningSettings: Sendable, Equatable {
  /// The rewards, each as text (see `RewardTerm`), which are added.
  public var rewards: [String]
  /// The classifier of rewards for labels: a model folder, a checkpoint or a run; nil where there are none.
  public var classifier: String?
  /// The length of a generated sound in seconds.
  public var soundSeconds = 1.0
  /// The labels that sounds are generated with, as `set=label` or `set=first/second`; all combinations in turn of a set that
  /// is not named.
  public var labels: [String] = []
  /// The discount of the rewards of frames, in [0, 1] (see `RewardSum`).
  public var discount = 1.0
  /// The divergence from the original model that is aimed at, in bits per sound; nil for no term.
  public var divergenceTarget: Double? = 20
  /// The factor of the divergence in the loss before the first step, in standard deviations of the reward per nat and sound.
  public var divergenceFactor = 0.1
  /// The plan: of its batch size the sounds that are compared with each other.
  public var plan: TrainingPlan
  /// The steps of the run; nil: not known at its start.
  public var steps: Int?
  /// The longest that a program may run for the sounds of a step, in seconds.
  public var programSeconds = 60.0
  /// Steps between two measurements of held-out recordings.
  public var validationInterval = 50
  /// Steps between two checkpoints.
  public var checkpointInterval = 50
  /// Steps between two samples of audio.
  public var sampleInterval = 50

  /// Settings for some rewards.
  public init(rewards: [String], plan: TrainingPlan = .recommendedForTuning) {
    (self.rewards, self.plan) = (rewards, plan)
  }

  /// Throws where a setting is invalid.
  ///
  /// - Throws: `TrainingFault.badPlan`, `TuningFault.badReward`.
  public func validate() throws {
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if rewards.isEmpty { throw TrainingFault.badPlan(field: "reward", problem: "there is none; give at least one") }
    for text in rewards { _ = try RewardTerm(text) }
    if plan.batchSize < 2 {
      throw TrainingFault.badPlan(field: "sounds", problem: "one alone is not better than others; give at least 2")
    }
    try plan.validate()
  }

  /// The settings in files.
  package static let fields: ConfigurationFields<TuningSettings> = [
    .init("rewards", \.rewards, .texts, "The rewards, which are added"),
    .init("classifier", \.classifier, .text, "The classifier of rewards for labels; null: none"),
    .init(
      "sound_seconds", \.soundSeconds,
      .number(AllowedValues("0.01 to 60 s", unit: " s") { (0.01...60).contains($0) }),
      "The length of a generated sound, in seconds", name: "seconds"),
    .init("labels", \.labels, .texts, "The labels that sounds are generated with, as set=label"),
    .init(
      "discount", \.discount, .number(AllowedValues("in [0, 1]") { (0...1).contains($0) }),
      "The discount of the rewards of frames"),
    .init(
      "divergence_target", \.divergenceTarget,
      .number(AllowedValues("a positive number of bits per sound") { $0 > 0 && $0 <= 1e6 }),
      "The divergence from the original model that is aimed at, in bits per sound; null: any", name: "divergence"),
    .init(
      "divergence_factor", \.divergenceFactor,
      .number(AllowedValues("0 to 1000") { (0...1000).contains($0) }),
      "The factor of the divergence in the loss before the first step", name: "divergence factor"),
    .section("plan", \.plan, TrainingPlan.fields, "The plan"),
    .init(
      "steps", \.steps, .integer(AllowedValues("a number of steps") { $0 >= 0 }),
      "The steps of the run; null: not known at its start"),
    .init(
      "program_seconds", \.programSeconds,
      .number(AllowedValues("0.1 to 86,400 s", unit: " s") { (0.1...86_400).contains($0) }),
      "The longest that a program may run for the sounds of a step", name: "program limit"),
    .init("validation_interval", \.validationInterval, .integer(positive), "Steps between two validations"),
    .init("checkpoint_interval", \.checkpointInterval, .integer(positive), "Steps between two checkpoints"),
    .init("sample_interval", \.sampleInterval, .integer(positive), "Steps between two samples of audio"),
  ]

  private static let positive = AllowedValues<Int>("a positive number") { $0 > 0 }
}

extension TrainingPlan {
  /// The recommended plan of tuning: Adam at a constant, low rate, on 32 sounds a step, without an average: what is generated
  /// is what is rewarded.
  public static let recommendedForTuning: TrainingPlan = {
    var plan = TrainingPlan(optimizer: .adam)
    (plan.batchSize, plan.learningRate, plan.averageDecay) = (32, 1e-4, 0)
    return plan
  }()
}
