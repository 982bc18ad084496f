import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// What games for the value network are played by, `positions.json` beside them: only games of the same may be added.
public struct ValueGamesRecord: Sendable, Equatable {
  /// Points for white.
  public var komi: Double
  /// The seed of the games.
  public var seed: UInt64
  /// The fingerprints of the policies of the first and of the last moves.
  public var first, second: StableHash

  private static let (version, fileName) = (1, "positions.json")
  private static let fields: ConfigurationFields<ValueGamesRecord> = [
    .init("komi", \.komi, .number(AllowedValues("-1000 to 1000") { (-1000...1000).contains($0) }), "Points for white"),
    .init("seed", \.seed, .unsigned, "The seed of the games"),
    .init("first", \.first, .hash, "The fingerprint of the policy of the first moves"),
    .init("second", \.second, .hash, "The fingerprint of the policy of the last moves"),
  ]

  /// A record.
  public init(komi: Double, seed: UInt64, first: LeeModel, second: LeeModel) {
    (self.komi, self.seed, self.first, self.second) = (komi, seed, first.fingerprint, second.fingerprint)
  }

  /// Writes the record into a folder.
  ///
  /// - Throws: `FileFault`.
  public func write(toFolder folder: String) throws {
    try Self.fields.write(self, version: Self.version, to: folder + "/" + Self.fileName)
  }

  /// Throws where a folder has games of another record.
  ///
  /// - Throws: `TrainingFault.changed` with what differs; `FileFault`, `JSONFault`, `CheckpointFault`.
  public func check(folder: String) throws {
    var former = self
    try Self.fields.read(file: folder + "/" + Self.fileName, version: Self.version, into: &former)
    let changes = Self.fields.changes(from: former, to: self)
    if !changes.isEmpty { throw TrainingFault.changed(run: folder, what: changes) }
  }
}
