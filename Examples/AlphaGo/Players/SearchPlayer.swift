import GoGame
import KodamaCore

/// Plays by tree search with random games (UCT), guided by the moves of all games below a node (RAVE).
///
/// A move's value in a node is (1 − β) · w / n + β · w' / n' + c √(ln N / n): its share of wins in n games that began with
/// it, that in the n' games in which its color played there first at any later time, and a bonus for rare moves, with
/// β = √(k / (3 n + k)). The most visited move is played.
///
/// - Source: Kocsis and Szepesvári 2006; Gelly and Silver 2007, "Combining Online and Offline Knowledge in UCT".
public struct SearchPlayer: Player {
  /// How it searches.
  public struct Settings: Sendable, Equatable {
    /// The playouts of a move; fewer where its time ends before.
    public var playouts: Int
    /// c of the formula.
    public var exploration: Double
    /// k of the formula: the number of games at which both estimates count alike; 0 for UCT alone.
    public var equivalence: Double
    /// The games through a node before its moves become nodes.
    public var expansion: Int
    /// The estimated probability of winning below which it resigns; 0 for never.
    public var resignation: Double

    /// Settings.
    public init(
      playouts: Int = 10_000, exploration: Double = 0.1, equivalence: Double = 1000, expansion: Int = 4,
      resignation: Double = 0.05
    ) {
      (self.playouts, self.exploration, self.equivalence) = (playouts, exploration, equivalence)
      (self.expansion, self.resignation) = (expansion, resignation)
    }
  }

  public let name = "Kodama UCT"
  /// How it searches.
  public let settings: Settings
  /// The search of the last move.
  public private(set) var last: SearchSummary?
  private var random: Philox

  /// A player; the same seed plays the same games where no time ends a search.
  ///
  /// - Throws: `GoFault.setting` for settings outside their ranges.
  public init(_ settings: Settings = Settings(), seed: UInt64 = 1) throws {
    try GoFault.check("the number of playouts", Double(settings.playouts), in: 1...1e9, "from 1 to 10^9")
    try GoFault.check("exploration", settings.exploration, in: 0...100, "from 0 to 100")
    try GoFault.check("the equivalence of all moves as first", settings.equivalence, in: 0...1e9, "from 0 to 10^9")
    try GoFault.check("the number of games before expansion", Double(settings.expansion), in: 1...1e6, "from 1 to 10^6")
    try GoFault.check("the probability for resigning", settings.resignation, in: 0...0.5, "from 0 to 0.5")
    self.settings = settings
    random = Philox(seed: seed, stream: 0x61)
  }

  /// Searches, for no longer than the time.
  public mutating func chooseMove(in game: Game, color: Color, within time: Duration?) -> Choice {
    last = nil
    if winsByPassing(game, color) { return .play(.pass) }
    var tree = PlayoutTree(game, color: color, settings: settings)
    let clock = ContinuousClock()
    let end = time.map { clock.now + $0 }
    for number in 0..<settings.playouts {
      // A few games take less than a millisecond on small boards, and every look at the clock some of it.
      if number % 16 == 0, let end, number > 0, clock.now >= end { break }
      tree.playout(using: &random)
    }
    let summary = tree.summary
    last = summary
    guard let best = summary.moves.first else { return .play(.pass) }
    if summary.winRate < settings.resignation && summary.playouts >= 200 && !best.point.isPass { return .resign }
    return .play(best.point)
  }
}

/// What a search found.
public struct SearchSummary: Sendable, Equatable {
  /// A move of the position.
  public struct Move: Sendable, Equatable {
    /// Where.
    public let point: Point
    /// The games that began with it.
    public let visits: Int
    /// The share of those that the color won.
    public let winRate: Double
  }

  /// The number of games.
  public let playouts: Int
  /// The share of games that the color to move won with the best move.
  public let winRate: Double
  /// The moves by visits, most first.
  public let moves: [Move]

  /// The share of visits of each point, row by row from the bottom.
  public func policy(size: Int) -> [Double] {
    var shares = [Double](repeating: 0, count: size * size)
    let sum = Double(max(1, moves.reduce(0) { $0 + $1.visits }))
    for move in moves where !move.point.isPass {
      shares[move.point.row * size + move.point.column] = Double(move.visits) / sum
    }
    return shares
  }
}
