import GoGame
import GoNetworks
import GoPlayers
import KodamaCheckpoints
import KodamaCore
import KodamaReinforcement

/// The settings of a run of learning.
public struct LearningPlan: Sendable, Equatable {
  /// The sizes of the network.
  public var architecture: ZeroArchitecture
  /// The points for white.
  public var komi: Double
  /// Whether moves that fill own eyes are considered.
  public var fillsEyes = false
  /// The visits of the root before each move of self-play and of matches.
  public var visits = 80
  /// c of PUCT.
  public var exploration = 1.0
  /// The value of moves without a visit in a search.
  public var firstPlay = FirstPlay.mean
  /// The games of an iteration.
  public var games = 250
  /// The positions from which batches are drawn: those of the last games.
  public var window = 80_000
  /// The positions of a batch.
  public var batch = 128
  /// How often a position is drawn for each new one.
  public var repetitions = 5.0
  /// The learning rate; a tenth of it after 60 % of the time and a hundredth after 85 %.
  public var rate = 0.1
  /// The games of a match against the best network; 0 for none: the last network then plays.
  public var matchGames = 40
  /// The iterations between two matches.
  public var matchInterval = 2
  /// The share of a match from which on a network becomes the best one.
  public var threshold = 0.55
  /// The seed of everything random.
  public var seed: UInt64 = 1

  /// The settings for a size of boards.
  public init(board: Int) {
    architecture = ZeroArchitecture(board: board, scoreWeight: 0.5)
    komi = Rules.usualKomi(size: board)
  }

  /// What games are played by.
  public var game: SearchPosition.Settings {
    .init(rules: Rules(komi: komi), fillsEyes: fillsEyes, scoreWeight: architecture.scoreWeight)
  }

  /// How games are played.
  public var selfPlay: SelfPlay.Settings {
    var settings = SelfPlay.Settings(size: architecture.board, game)
    settings.visits = visits
    settings.exploration = exploration
    settings.firstPlay = firstPlay
    return settings
  }

  /// The learning rate after a share of the time.
  public func rate(at share: Double) -> Double { share < 0.6 ? rate : share < 0.85 ? rate / 10 : rate / 100 }

  /// Throws where a setting is outside its range.
  ///
  /// - Throws: `GoFault.setting`.
  public func check() throws { try Self.fields.check(self) }

  private static func whole(_ range: ClosedRange<Int>) -> ValueForm<Int> {
    .integer(AllowedValues("\(range.lowerBound) to \(range.upperBound)") { range.contains($0) })
  }

  private static func number(_ range: ClosedRange<Double>) -> ValueForm<Double> {
    .number(AllowedValues("\(range.lowerBound) to \(range.upperBound)") { range.contains($0) })
  }

  /// The settings in files.
  package static let fields: ConfigurationFields<LearningPlan> = [
    .section("network", \.architecture, ZeroArchitecture.fields, "The network"),
    .init("komi", \.komi, number(-1000...1000), "Points for white"),
    .init("fills_eyes", \.fillsEyes, .flag, "Whether moves that fill own eyes are considered"),
    .init("visits", \.visits, whole(2...1_000_000), "Visits of the root before each move"),
    .init("exploration", \.exploration, number(0...100), "c of PUCT"),
    .init("first_play", \.firstPlay, .choice, "The value of moves without a visit"),
    .init("games", \.games, whole(1...1_000_000), "Games of an iteration"),
    .init("window", \.window, whole(1...100_000_000), "Positions from which batches are drawn"),
    .init("batch", \.batch, whole(2...65_536), "Positions of a batch"),
    .init("repetitions", \.repetitions, number(0...1000), "How often a position is drawn for each new one"),
    .init("rate", \.rate, number(0...10), "The learning rate"),
    .init("match_games", \.matchGames, whole(0...100_000), "Games of a match against the best network"),
    .init("match_interval", \.matchInterval, whole(1...1_000_000), "Iterations between matches"),
    .init("threshold", \.threshold, number(0...1), "The share of a match to become the best network"),
    .init("seed", \.seed, .unsigned, "The seed of everything random"),
  ]
}
