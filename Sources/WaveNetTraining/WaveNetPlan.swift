import KodamaTraining

/// How a WaveNet is trained: the plan of any training, and how long crops are.
@dynamicMemberLookup
public struct WaveNetPlan: Sendable, Equatable, Codable {
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

  // Both stand in one object.

  private enum CodingKeys: CodingKey { case cropSamples }

  public init(from decoder: any Decoder) throws {
    training = try TrainingPlan(from: decoder)
    cropSamples = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .cropSamples)
  }

  public func encode(to encoder: any Encoder) throws {
    try training.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cropSamples, forKey: .cropSamples)
  }

  /// Throws where a setting makes no sense.
  ///
  /// - Throws: `TrainingFault.badPlan`, `.endlessCosine`.
  public func validate() throws {
    try training.validate()
    if !(2...10_000_000).contains(cropSamples) {
      throw TrainingFault.badPlan(field: "crop", problem: "\(cropSamples) is not between 2 and 10,000,000 samples")
    }
    if training.batchSize * cropSamples > 1 << 28 {
      throw TrainingFault.badPlan(
        field: "batch", problem: "\(training.batchSize) crops of \(cropSamples) samples do not fit in memory")
    }
  }
}
