import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// The settings of learning from records.
public struct PositionSettings: Sendable, Equatable {
  /// The network.
  public var architecture: LeeArchitecture
  /// The positions that are learned.
  public var positions = LearnedPositions.all
  /// The steps.
  public var steps = 2000
  /// The positions of a batch; 16 in the paper, 32 of the value.
  public var batch = 64
  /// The learning rate at the beginning; it falls to a hundredth along a cosine. In the paper it is halved every 80
  /// million steps.
  public var rate = 1e-3
  /// The seed of everything random.
  public var seed: UInt64 = 1

  /// Settings for a network.
  public init(_ architecture: LeeArchitecture) { self.architecture = architecture }

  /// The plan of training.
  var plan: TrainingPlan {
    var plan = TrainingPlan(optimizer: .adamw)
    (plan.batchSize, plan.seed, plan.learningRate) = (batch, seed, rate)
    (plan.schedule, plan.cosineSteps, plan.averageDecay) = (.cosine, steps, 0)
    plan.warmUpSteps = min(100, steps / 10)
    return plan
  }

  /// Throws where a setting is outside its range.
  ///
  /// - Throws: `GoFault.setting`.
  public func check() throws { try Self.fields.check(self) }

  /// The settings in files.
  package static let fields: ConfigurationFields<PositionSettings> = [
    .section("network", \.architecture, LeeArchitecture.fields, "The network"),
    .init("positions", \.positions, .choice, "The positions that are learned"),
    .init("steps", \.steps, .integer(AllowedValues("at least 1") { (1...1 << 40).contains($0) }), "The steps"),
    .init(
      "batch", \.batch, .integer(AllowedValues("1 to 65536") { (1...65_536).contains($0) }), "Positions of a batch"),
    .init("rate", \.rate, .number(AllowedValues("above 0 to 10") { $0 > 0 && $0 <= 10 }), "The learning rate"),
    .init("seed", \.seed, .unsigned, "The seed of everything random"),
  ]
}

/// The record of learning in a checkpoint, `training.json`: the settings and the games, which must not change when the run
/// is resumed.
struct PositionRecord: Sendable, Equatable {
  var settings: PositionSettings
  var games: StableHash

  private static let fileName = "training.json"
  private static let fields: ConfigurationFields<PositionRecord> = [
    .section("settings", \.settings, PositionSettings.fields, "The settings"),
    .init("games", \.games, .hash, "The fingerprint of the games"),
  ]

  /// Reads the record of a checkpoint.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  init(checkpoint folder: String) throws {
    self = try Self.fields.record(
      Self.fileName, inCheckpoint: folder,
      from: PositionRecord(settings: PositionSettings(LeeArchitecture(.policy, board: 9)), games: StableHash(""))
    ) { try $0.settings.check() }
  }

  init(settings: PositionSettings, games: StableHash) { (self.settings, self.games) = (settings, games) }

  func write(toFolder folder: String) throws { try Self.fields.write(self, Self.fileName, toFolder: folder) }

  /// The differences from an earlier record.
  func changes(since earlier: PositionRecord) -> [String] {
    PositionSettings.fields.changes(from: earlier.settings, to: settings)
      + (games == earlier.games ? [] : ["other games, or their files changed"])
  }
}
