import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore

/// The settings of learning by the policy gradient.
public struct PolicyGradientPlan: Sendable, Equatable {
  /// The points for white.
  public var komi: Double
  /// The games of an iteration, whose mean result is the baseline; 128 in the paper.
  public var games = 32
  /// The iterations between two networks that are added to the pool.
  public var poolInterval = 500
  /// The learning rate.
  public var rate = 3e-5
  /// The seed of everything random.
  public var seed: UInt64 = 1

  /// The settings for a size of boards.
  public init(board: Int) { komi = Rules.usualKomi(size: board) }

  /// Throws where a setting is outside its range.
  ///
  /// - Throws: `GoFault.setting`.
  public func check() throws { try Self.fields.check(self) }

  /// The settings in files.
  package static let fields: ConfigurationFields<PolicyGradientPlan> = [
    .init("komi", \.komi, .number(AllowedValues("-1000 to 1000") { (-1000...1000).contains($0) }), "Points for white"),
    .init(
      "games", \.games, .integer(AllowedValues("2 to 65536") { (2...65_536).contains($0) }), "Games of an iteration"),
    .init(
      "pool_interval", \.poolInterval, .integer(AllowedValues("at least 1") { (1...1 << 40).contains($0) }),
      "Iterations between networks of the pool"),
    .init("rate", \.rate, .number(AllowedValues("above 0 to 1") { $0 > 0 && $0 <= 1 }), "The learning rate"),
    .init("seed", \.seed, .unsigned, "The seed of everything random"),
  ]
}
