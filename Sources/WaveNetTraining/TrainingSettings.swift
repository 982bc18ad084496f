import KodamaAudio
import KodamaCore
import KodamaTraining
import KodamaWaveNets

/// What a training job is told: the network, the plan, what to do with the recordings, and how often to look at the
/// result. The beginning is what a newcomer would want.
public struct TrainingSettings: Sendable, Equatable {
  /// The network.
  public var architecture: WaveNetConfiguration
  /// How it is trained.
  public var plan: WaveNetPlan
  /// The rate of the model in Hz; nil: the corpus's, if that is one rate of at most 16 kHz, else 16 kHz.
  public var sampleRate: Int?
  /// How recordings are mixed down to one channel; nil: the mean of all.
  public var channel: ChannelChoice?
  /// The loudest that counts as silence, in dB of full scale: files with nothing louder are left out; nil: −60.
  public var silence: Double?
  /// Cuts silence at both ends of recordings; nil cuts nothing.
  public var trimming: SilenceTrimming?
  /// The label sets that the network is conditioned on, by name: their labels are those of the recordings that are
  /// learned from. Nil: those of `architecture.conditioning`, which has none by default.
  public var condition: [String]?
  /// Features that the network hears: `mel` for log-mel features computed while training, else a folder of them. Nil: as
  /// `architecture.conditioning` says, which has none by default.
  public var featureSource: String?
  /// Samples from one frame to the next, where a folder of features does not say it.
  public var featureHop: Int?
  /// A folder of second recordings that the network hears beside those it learns from.
  public var signal: String?
  /// Features of recordings in a folder of their own that are validated on; nil: computed.
  public var validationFeatures: String?
  /// Second recordings beside recordings in a folder of their own that are validated on.
  public var validationSignal: String?
  /// Labels, each as `set=label`, whose embeddings alone are trained, while everything else stays; nil trains
  /// everything.
  public var trainedLabels: [String]?
  /// The share of the files kept back for validation, where no folder is given for it.
  public var validationPercent = 10.0
  /// Validation stops after this much audio, in seconds.
  public var validationSeconds = 120.0
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
  /// How many of the newest checkpoints stay.
  public var keptCheckpoints = 3

  /// How recordings are mixed down, and what counts as silence.
  public var recordingOptions: RecordingOptions {
    RecordingOptions(channel: channel ?? .mix, silence: silence ?? RecordingOptions.standardSilence)
  }

  /// Settings for a network, with crops about twice as long as its receptive field.
  ///
  /// - Parameters:
  ///   - sampleRate: the rate of the model in Hz; nil: the one that the preset is for, if any.
  ///   - plan: nil for the one that suits the preset.
  public init(_ preset: Preset = .small, sampleRate: Int? = nil, plan: TrainingPlan? = nil) {
    self.init(
      architecture: sampleRate.map { preset.configuration(sampleRate: $0) } ?? preset.configuration,
      plan: plan ?? TrainingPlan(for: preset))
    self.sampleRate = sampleRate ?? preset.sampleRate
    self.plan.cropSamples = Self.cropSamples(for: architecture)
  }

  /// Settings to train a model further.
  public init(of model: WaveNetModel) {
    self.init(architecture: model.configuration, plan: TrainingPlan())
    plan.cropSamples = Self.cropSamples(for: architecture)
    sampleRate = model.sampleRate
  }

  /// Settings for a network of one's own.
  public init(architecture: WaveNetConfiguration, plan: TrainingPlan) {
    self.architecture = architecture
    self.plan = WaveNetPlan(plan)
  }

  /// Twice the receptive field in whole thousands, between 4,000 and 16,000 samples.
  public static func cropSamples(for architecture: WaveNetConfiguration) -> Int {
    min(16_000, max(4000, (2 * architecture.receptiveField + 999) / 1000 * 1000))
  }

  /// Throws where a training step takes more memory than the machine has.
  ///
  /// - Throws: `TrainingFault.tooLittleMemory`.
  package static func checkMemory(_ architecture: WaveNetConfiguration, batch: Int, crop: Int) throws {
    let (needed, present) = (architecture.trainingBytes(batch: batch, crop: crop), Double(PhysicalMemory.bytes))
    if needed > present {
      throw TrainingFault.tooLittleMemory(
        batch: "\(batch) crops of \(crop) samples", needed: needed, present: present)
    }
  }

  /// The settings with the labels of recordings in the architecture, where they are to condition the network.
  ///
  /// - Throws: `WaveNetFault.filesWithoutLabel`, `.outOfRange`; `TrainingFault.badPlan` where the network has other sets.
  package func conditioned(onLabelsOf recordings: Recordings) throws -> TrainingSettings {
    guard let condition else { return self }
    var settings = self
    let present = architecture.conditioning.labels.map(\.name)
    if present.isEmpty {
      settings.architecture.conditioning.labels = try Conditioning.sets(
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

  /// Throws where a setting makes no sense, or this machine has too little memory for it.
  ///
  /// - Throws: `TrainingFault.badPlan`, `WaveNetFault`.
  public func validate() throws {
    try checkValues()
    try Self.checkMemory(architecture, batch: plan.batchSize, crop: plan.cropSamples)
  }

  /// Throws where a setting makes no sense on any machine.
  ///
  /// - Throws: `TrainingFault.badPlan`, `WaveNetFault`.
  func checkValues() throws {
    try architecture.validate(source: "settings")
    try plan.validate()
    if let sampleRate { try architecture.conditioning.features?.validate(sampleRate: sampleRate, source: "settings") }
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
  }
}
