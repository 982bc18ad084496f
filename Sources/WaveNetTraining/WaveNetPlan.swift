import KodamaCheckpoints
import KodamaTraining

/// How a WaveNet is trained: the plan of any training, and how long crops are.
@dynamicMemberLookup
public struct WaveNetPlan: Sendable, Equatable {
  /// The plan of any training, whose examples are crops. Its members are those of this plan too.
  public var training: TrainingPlan
  /// Samples in a crop.
  public var cropSamples: Int

  /// A plan with crops of a length.
  public init(_ training: TrainingPlan = TrainingPlan(), cropSamples: Int = 4000) {
    self.training = training
    self.cropSamples = cropSamples
  }

  /// A setting of any training.
  public subscript<Value>(dynamicMember member: WritableKeyPath<TrainingPlan, Value>) -> Value {
    get { training[keyPath: member] }
    set { training[keyPath: member] = newValue }
  }

  /// Samples that one step takes in.
  public var samplesPerStep: Int { training.examplesPerStep * cropSamples }

  /// Both stand in one object.
  package static let fields: ConfigurationFields<WaveNetPlan> =
    TrainingPlan.fields.lifted(\.training) + [
      .init(
        "crop_samples", \.cropSamples,
        .integer(AllowedValues("between 2 and 10,000,000 samples") { (2...10_000_000).contains($0) }),
        "Samples in a crop", name: "crop")
    ]

  /// Throws where a setting makes no sense.
  ///
  /// - Throws: `TrainingFault.badPlan`, `.endlessCosine`.
  public func validate() throws {
    try training.validate()
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if training.batchSize * cropSamples > 1 << 28 {
      throw TrainingFault.badPlan(
        field: "batch", problem: "\(training.batchSize) crops of \(cropSamples) samples do not fit in memory")
    }
  }
}
