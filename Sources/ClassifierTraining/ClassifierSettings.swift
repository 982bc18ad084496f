import KodamaAudio
import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaSignal
import KodamaTraining

/// The settings of the training of a classifier.
public struct ClassifierSettings: Sendable, Equatable {
  /// The network.
  public var network = ClassifierNetwork()
  /// The label sets to learn, by name.
  public var labels: [String]
  /// The features; nil: those that are standard for the rate of the recordings.
  public var features: LogMelConvention?
  /// The length of a window in seconds; nil: that of the 95th of 100 recordings, from 0.5 to 4 s.
  public var windowSeconds: Double?
  /// The rate of the model in Hz; nil: that of the corpus if all files have one rate of at most 16 kHz, else 16 kHz.
  public var sampleRate: Int?
  /// The training plan.
  public var plan: TrainingPlan
  /// Random changes of examples.
  public var augmentation = Augmentation()
  /// What is learned from another classifier; nil for nothing.
  public var distillation: Distillation?
  /// The probability that is spread over all labels in targets.
  ///
  /// - Source: Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.1
  /// Passes over the recordings, of which the number of steps follows.
  public var epochs = 40.0
  /// After how many validations without a better one training ends; nil for never.
  public var patience: Int?
  /// The share of the duration that is held out for validation, in percent, where no validation folder is given.
  public var validationPercent = 10.0
  /// How recordings are mixed down, and what counts as silence.
  public var recordingOptions = RecordingOptions()

  /// Settings for label sets.
  public init(labels: [String], plan: TrainingPlan = .recommendedForClassifiers) {
    (self.labels, self.plan) = (labels, plan)
  }

  /// Throws where a setting is invalid.
  ///
  /// - Throws: `TrainingFault.badPlan`, `ClassifierFault.badConfiguration`.
  public func validate() throws {
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if labels.isEmpty || Set(labels).count != labels.count || labels.contains("") {
      throw TrainingFault.badPlan(
        field: "labels",
        problem: "\(labels.joined(separator: ",")) are not names of different label sets; name at least one")
    }
    var plan = plan
    // The length of the schedule follows from the number of recordings.
    if plan.schedule == .cosine && plan.cosineSteps == 0 { plan.cosineSteps = 1 }
    try plan.validate()
  }

  /// The settings in files.
  package static let fields: ConfigurationFields<ClassifierSettings> = [
    .section("network", \.network, ClassifierNetwork.fields, "The network"),
    .init("labels", \.labels, .texts, "The label sets to learn"),
    .section(
      "features", \.features, LogMelConvention.fields,
      base: ClassifierConfiguration.standardFeatures(sampleRate: 16_000),
      "The features; null: the standard ones of the rate"),
    .init(
      "window_seconds", \.windowSeconds,
      .number(
        AllowedValues("0.05 to 60 s", unit: " s") { ClassifierConfiguration.windowRange.contains($0) }),
      "The length of a window, in seconds; null: that of most recordings"),
    .init(
      "sample_rate", \.sampleRate,
      .integer(AllowedValues("1,000 to 768,000 Hz", unit: " Hz") { (1000...768_000).contains($0) }),
      "The rate of the model in Hz; null: the corpus's"),
    .section("plan", \.plan, TrainingPlan.fields, "The training plan"),
    .section("augmentation", \.augmentation, Augmentation.fields, "Random changes of examples"),
    .section(
      "distillation", \.distillation, Distillation.fields, base: Distillation(teacher: ""),
      "What is learned from another classifier"),
    .init(
      "label_smoothing", \.labelSmoothing, .number(AllowedValues("in [0, 1)") { $0 >= 0 && $0 < 1 }),
      "The probability that is spread over all labels in targets"),
    .init(
      "epochs", \.epochs, .number(AllowedValues("0 to 1e6") { $0 >= 0 && $0 <= 1e6 }), "Passes over the recordings"),
    .init(
      "patience", \.patience, .integer(AllowedValues("a positive number") { $0 > 0 }),
      "Validations without a better one after which training ends; null: never"),
    .init(
      "validation_percent", \.validationPercent,
      .number(AllowedValues("0 to 50 %", unit: " %") { (0...50).contains($0) }),
      "The share of the duration that is held out for validation", name: "validation share"),
  ]
}

extension TrainingPlan {
  /// The recommended plan of classifiers: AdamW with a rate that rises over the first steps and falls along a cosine
  /// to the last.
  public static let recommendedForClassifiers: TrainingPlan = {
    var plan = TrainingPlan(optimizer: .adamw)
    (plan.batchSize, plan.learningRate, plan.weightDecay) = (32, 4e-3, 0.05)
    (plan.schedule, plan.warmUpSteps) = (.cosine, 50)
    plan.averageDecay = 0.99
    return plan
  }()
}
