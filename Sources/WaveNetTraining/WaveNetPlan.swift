import KodamaCheckpoints
import KodamaCore
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// How a WaveNet is trained: a general plan, the length of crops, and the precision of products.
@dynamicMemberLookup
public struct WaveNetPlan: Sendable, Equatable {
  /// The general plan, whose examples are crops. Its members are also members of this plan.
  public var training: TrainingPlan
  /// Samples in a crop.
  public var cropSamples: Int
  /// How products are computed in training and in its validations.
  public var precision = ProductPrecision.full

  /// A plan with crops of a length.
  public init(_ training: TrainingPlan = TrainingPlan(), cropSamples: Int = 4000) {
    self.training = training
    self.cropSamples = cropSamples
  }

  /// A setting of the general plan.
  public subscript<Value>(dynamicMember member: WritableKeyPath<TrainingPlan, Value>) -> Value {
    get { training[keyPath: member] }
    set { training[keyPath: member] = newValue }
  }

  /// Samples of one step.
  public var samplesPerStep: Int { training.examplesPerStep * cropSamples }

  /// The crops of a length that are computed at once: as many as have 8,000 samples, whose activations are small enough
  /// and whose products are long enough. A step of larger batches is as fast in one pass, and takes more memory.
  package static func cropsPerPass(ofSamples cropSamples: Int) -> Int { max(1, 8000 / cropSamples) }

  /// The precision unless it is full, so that documents from before it was a setting stay as they are.
  private var otherPrecision: ProductPrecision? {
    get { precision == .full ? nil : precision }
    set { precision = newValue ?? .full }
  }

  /// All are in one object.
  package static let fields: ConfigurationFields<WaveNetPlan> =
    TrainingPlan.fields.lifted(\.training) + [
      .init(
        "crop_samples", \.cropSamples,
        .integer(AllowedValues("between 2 and 10,000,000 samples") { (2...10_000_000).contains($0) }),
        "Samples in a crop", name: "crop"),
      .init("precision", \.otherPrecision, .choice, "The precision of products; null: f32"),
    ]

  /// Throws where a setting is invalid.
  ///
  /// - Throws: `TrainingFault.badPlan`, `.endlessCosine`.
  public func validate() throws {
    try training.validate()
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if training.batchSize * cropSamples > 1 << 28 {
      throw TrainingFault.badPlan(
        field: "batch",
        problem: "\(Plural.text(training.batchSize, "crop")) of \(Plural.text(cropSamples, "sample")) "
          + "\(Plural.word(training.batchSize, "does", "do")) not fit in memory")
    }
  }
}

extension TrainingPlan {
  /// The recommended plan of a preset: Muon for those without features, small batches and a high rate for the vocoder that
  /// is trained for an hour.
  ///
  /// Measured on four minutes of mixed music with `tiny`, 2,700 steps of 2 crops of 1,000 at the best of several rates:
  /// Adam reaches 3.490 bits per sample, Muon 3.406 (`Benchmarks/recipes.py`).
  ///
  /// Measured on 1,800 spoken digits with vocoders of a quarter to half a million parameters: after as many samples 2
  /// crops a step are 0.1 bits ahead of 4, and a rate of 0.003 is 0.3 bits ahead of 0.001 after 200 steps.
  init(for preset: Preset) {
    self.init()
    switch preset {
    case .tiny, .small, .reference, .gru: use(.muon)
    case .vocoder: break
    case .vocoderSmall: (batchSize, learningRate) = (2, 0.003)
    }
  }
}
