import KodamaAmplifiers
import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// How a model of a box is trained on a pair of recordings.
public struct CaptureSettings: Sendable, Equatable {
  /// The network.
  public var preset = AmplifierPreset.standard
  /// The loss.
  public var loss = CaptureLoss()
  /// The outputs of a crop.
  public var cropSamples = 8192
  /// Passes over the recordings.
  public var epochs = 100.0
  /// The steps of the run; nil: those of its epochs.
  public var steps: Int?
  /// The seconds at the end of the recordings that the model is validated on.
  public var validationSeconds = AlignedPair.standardValidationSeconds
  /// End after this many validations without a smaller error; nil: never.
  public var patience: Int?
  /// The plan. Of its exponential schedule, the steps are set to those of an epoch.
  public var plan = TrainingPlan.recommendedForCaptures

  /// The settings of Neural Amp Modeler's trainer for a network. Gradients of recurrent ones are clipped besides.
  public init(_ preset: AmplifierPreset = .standard) {
    self.preset = preset
    guard preset == .recurrent else { return }
    loss = .recurrent
    (plan.learningRate, plan.decayFactor, plan.clipNorm) = (0.01, 0.995, 1)
  }

  /// Throws where a setting is invalid.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public func validate() throws {
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if cropSamples < loss.shortest {
      throw TrainingFault.badPlan(
        field: "crop", problem: "the loss needs at least \(loss.shortest) samples, and it has \(cropSamples)")
    }
    var plan = plan
    // The end of the schedule follows from the number of steps.
    plan.complete(forSteps: 1)
    try plan.validate()
  }

  /// The settings in files.
  package static let fields: ConfigurationFields<CaptureSettings> = [
    .init("preset", \.preset, .choice, "The network"),
    .init(
      "crop_samples", \.cropSamples, .integer(AllowedValues("1 to 4,194,304") { (1...1 << 22).contains($0) }),
      "The outputs of a crop", name: "crop"),
    .init(
      "epochs", \.epochs, .number(AllowedValues("a positive number") { $0 > 0 && $0 <= 1e6 }),
      "Passes over the recordings"),
    .init(
      "steps", \.steps, .integer(AllowedValues("a positive number") { $0 > 0 && $0 <= 1 << 40 }),
      "The steps of the run; null: those of its epochs"),
    .init(
      "validation_seconds", \.validationSeconds,
      .number(AllowedValues("0.1 to 3600 s", unit: " s") { (0.1...3600).contains($0) }),
      "The seconds at the end of the recordings that the model is validated on"),
    .init(
      "patience", \.patience, .integer(AllowedValues("a positive number") { $0 > 0 }),
      "Validations without a smaller error after which training ends; null: any number"),
    .section("loss", \.loss, CaptureLoss.fields, "The loss"),
    .section("plan", \.plan, TrainingPlan.fields, "The plan"),
  ]
}

extension CaptureLoss {
  /// The settings in files.
  package static let fields: ConfigurationFields<CaptureLoss> = [
    .init("squared_error", \.squaredError, .number(weights), "The weight of the mean squared error"),
    .init(
      "emphasized_squared_error", \.emphasizedSquaredError, .number(weights),
      "The weight of the mean squared error of pre-emphasized signals"),
    .init("error_to_signal", \.errorToSignal, .number(weights), "The weight of the error-to-signal ratio"),
    .init("spectral", \.spectral, .number(weights), "The weight of the distance of spectra"),
    .init(
      "emphasized_spectral", \.emphasizedSpectral, .number(weights),
      "The weight of the distance of spectra of pre-emphasized signals"),
    .init(
      "pre_emphasis", \.preEmphasis, .number(AllowedValues("in [0, 1)") { (0..<1).contains($0) }),
      "The coefficient of the pre-emphasis"),
  ]

  private static let weights = AllowedValues<Double>("at least 0") { $0 >= 0 && $0 <= 1e6 }
}

extension TrainingPlan {
  /// The plan of Neural Amp Modeler's trainer: Adam on 16 crops a step, at a rate of 0.004 that falls by 0.7 % in an epoch.
  public static let recommendedForCaptures: TrainingPlan = {
    var plan = TrainingPlan(optimizer: .adam)
    (plan.batchSize, plan.learningRate) = (16, 0.004)
    (plan.schedule, plan.decayFactor, plan.clipNorm) = (.exponential, 0.993, 0)
    return plan
  }()
}
