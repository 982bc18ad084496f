import KodamaCheckpoints
import KodamaAudio
import KodamaCore
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// The settings of a training job: the network, the plan, the treatment of the recordings, and the intervals of
/// validation and checkpoints.
public struct TrainingSettings: Sendable, Equatable {
  /// The network.
  public var architecture: WaveNetConfiguration
  /// The training plan.
  public var plan: WaveNetPlan
  /// The rate of the model in Hz; nil: that of the corpus if all files have one rate of at most 16 kHz, else 16 kHz.
  public var sampleRate: Int?
  /// How recordings are mixed down to one channel; nil: the mean of all.
  public var channel: ChannelChoice?
  /// The loudest that counts as silence, in dB of full scale: files with nothing louder are skipped; nil: −60.
  public var silence: Double?
  /// Trims silence at both ends of recordings; nil for no trimming.
  public var trimming: SilenceTrimming?
  /// The label sets that the network is conditioned on, by name: their labels are those of the training recordings.
  /// Nil: those of `architecture.conditioning`, which has none by default.
  public var condition: [String]?
  /// The conditioning features: `mel` for log-mel features computed during training, else a folder of them. Nil: those
  /// of `architecture.conditioning`, which has none by default.
  public var featureSource: String?
  /// The hop in samples, where a folder of features does not specify it.
  public var featureHop: Int?
  /// A folder of second recordings to condition on.
  public var signal: String?
  /// Features of validation recordings in a folder of their own; nil: computed.
  public var validationFeatures: String?
  /// Second recordings of validation recordings in a folder of their own.
  public var validationSignal: String?
  /// Labels, each as `set=label`, whose embeddings alone are trained, while everything else is frozen; nil trains
  /// everything.
  public var trainedLabels: [String]?
  /// What is learned from another model; nil for nothing.
  public var distillation: WaveNetDistillation?
  /// The steps of the run in total; nil where they are not known when it starts.
  public var steps: Int?
  /// After how many validations without a better one training ends; nil for never.
  public var patience: Int?
  /// The share of the duration that is held out for validation, in percent, where no validation folder is given.
  public var validationPercent = 10.0
  /// The length of audio to validate on, in seconds; nil: 120, or less in a short run (see `heldOutSeconds`).
  public var validationSeconds: Double?
  /// Steps between two validations.
  public var validationInterval = 500
  /// Steps between two checkpoints.
  public var checkpointInterval = 500
  /// Steps between two samples of audio.
  public var sampleInterval = 1000
  /// The length of a sample of audio, in seconds.
  public var sampleSeconds = 5.0
  /// Steps between two lines of the log.
  public var logInterval = 10
  /// The number of newest checkpoints that are kept.
  public var keptCheckpoints = 3

  /// The options for reading recordings.
  public var recordingOptions: RecordingOptions {
    RecordingOptions(channel: channel ?? .mix, silence: silence ?? RecordingOptions.standardSilence)
  }

  /// Settings for a network, with crops about twice as long as its receptive field; of a recurrent network of 1,000 samples.
  ///
  /// - Parameters:
  ///   - sampleRate: the rate of the model in Hz; nil: that of the preset, if any.
  ///   - plan: nil for the recommended plan of the preset.
  public init(_ preset: Preset = .small, sampleRate: Int? = nil, plan: TrainingPlan? = nil) {
    self.init(
      architecture: sampleRate.map { preset.configuration(sampleRate: $0) } ?? preset.configuration,
      plan: plan ?? TrainingPlan(for: preset))
    self.sampleRate = sampleRate ?? preset.sampleRate
    self.plan.cropSamples = Self.cropSamples(for: architecture)
  }

  /// Settings for further training of a model.
  public init(of model: WaveNetModel) {
    self.init(architecture: model.configuration, plan: TrainingPlan())
    plan.cropSamples = Self.cropSamples(for: architecture)
    sampleRate = model.sampleRate
  }

  /// Settings for a custom network.
  public init(architecture: WaveNetConfiguration, plan: TrainingPlan) {
    self.architecture = architecture
    self.plan = WaveNetPlan(plan)
  }

  /// Twice the receptive field in whole thousands, between 4,000 and 16,000 samples; 1,000 of a recurrent network, whose
  /// steps are computed one after another, and faster for more crops at once.
  public static func cropSamples(for architecture: WaveNetConfiguration) -> Int {
    architecture.isRecurrent
      ? 1000 : min(16_000, max(4000, (2 * architecture.receptiveField + 999) / 1000 * 1000))
  }

  /// The length of audio to validate on in seconds: what is set, else at most 120 s, and so much less in a short run that
  /// all validations take about a tenth of the time of its steps.
  ///
  /// - Parameters:
  ///   - sampleRate: that of the model in Hz.
  ///   - steps: the steps of the run; nil where they are not known.
  package func heldOutSeconds(sampleRate: Int, steps: Int?) -> Double {
    if let validationSeconds { return validationSeconds }
    guard let steps else { return Self.longestValidation }
    let trained = Double(steps) * Double(plan.samplesPerStep) / Double(sampleRate)
    let validations = Double(max(1, steps / validationInterval))
    // Forward passes of the weights and of their average cost two thirds of a step of as many samples.
    return min(Self.longestValidation, max(Self.shortestValidation, 0.1 * 1.5 * trained / validations))
  }

  private static let (shortestValidation, longestValidation) = (2.0, 120.0)

  /// Throws where a training step takes more memory than the machine has.
  ///
  /// - Throws: `TrainingFault.tooLittleMemory`.
  package static func checkMemory(
    _ architecture: WaveNetConfiguration, batch: Int, crop: Int, precision: ProductPrecision
  ) throws {
    let crops = min(batch, WaveNetPlan.cropsPerPass(ofSamples: crop))
    let needed = architecture.trainingBytes(batch: crops, crop: crop, precision: precision)
    let present = Double(PhysicalMemory.bytes)
    if needed > present {
      throw TrainingFault.tooLittleMemory(
        crops: "\(Plural.text(crops, "crop")) of \(Plural.text(crop, "sample"))", needed: needed, present: present)
    }
  }

  /// The settings with the labels of recordings in the architecture, where the network is to be conditioned on them.
  ///
  /// - Throws: `LabelFault.filesWithoutLabel`, `WaveNetFault.outOfRange`; `TrainingFault.badPlan` where the network has other
  ///   sets.
  package func conditioned(onLabelsOf recordings: Recordings) throws -> TrainingSettings {
    guard let condition else { return self }
    var settings = self
    let present = architecture.conditioning.labels.map(\.name)
    if present.isEmpty {
      settings.architecture.conditioning.labels = try LabelSet.sets(
        named: condition, of: recordings.items.map { ($0.path, $0.labels) })
      try settings.architecture.validate(source: recordings.folder)
    } else if present != condition {
      throw TrainingFault.badPlan(
        field: "condition",
        problem: "the network is conditioned on \(present.joined(separator: ",")) already; leave it out")
    }
    return settings
  }

  /// The names of the label sets that the network is conditioned on.
  package var conditionedSets: [String] { condition ?? architecture.conditioning.labels.map(\.name) }

  /// Throws where a setting is invalid, or this machine has too little memory for it.
  ///
  /// - Throws: `TrainingFault.badPlan`, `WaveNetFault`.
  public func validate() throws {
    try checkValues()
    try Self.checkMemory(architecture, batch: plan.batchSize, crop: plan.cropSamples, precision: plan.precision)
  }

  /// Throws where a setting is invalid on any machine.
  ///
  /// - Throws: `TrainingFault.badPlan`, `WaveNetFault`.
  func checkValues() throws {
    try architecture.validate(source: "settings")
    try plan.validate()
    if let sampleRate { try architecture.conditioning.features?.validate(sampleRate: sampleRate, source: "settings") }
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
  }
}
