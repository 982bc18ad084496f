import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaReinforcement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Games between two networks, colors in turn, without noise: the first moves of a game are drawn in proportion to visits,
/// so that games differ.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods: the evaluator. There all
///   moves are the most visited, and games differ by the symmetries in which networks see the board alone.
public struct NetworkMatch: Sendable {
  /// How games are played.
  public let settings: SelfPlay.Settings
  /// The size of the board.
  public let size: Int
  /// The seed of the games.
  public let seed: UInt64
  /// The moves at the beginning that are drawn.
  public let drawnMoves: Int

  /// A match.
  public init(_ settings: SelfPlay.Settings, size: Int, seed: UInt64, drawnMoves: Int = 4) {
    (self.settings, self.size, self.seed, self.drawnMoves) = (settings, size, seed, drawnMoves)
  }

  /// The outcomes of a match for its first player.
  public struct Score: Sendable, Equatable {
    /// The games that were won, lost, and of equal scores.
    public var won = 0, lost = 0, drawn = 0
    /// The games of each color that were won.
    public var wonAsBlack = 0, wonAsWhite = 0

    /// The share of points, an equal score half; 0.5 without a game.
    public var share: Double {
      let games = won + lost + drawn
      return games == 0 ? 0.5 : (Double(won) + Double(drawn) / 2) / Double(games)
    }

    /// The difference of Elo ratings that the share tells of, within ±800.
    public var elo: Double {
      let share = min(max(share, 0.01), 0.99)
      return 400 * log10(share / (1 - share))
    }
  }

  /// Plays games.
  ///
  /// - Parameter workers: the threads, a game on each; the outcomes do not depend on them.
  public func play(
    _ first: ZeroEvaluator, _ second: ZeroEvaluator, games: Int, workers: Workers = .serial
  ) throws -> Score {
    let results = workers.map(parts: games) { number in
      Result { try play(number, number % 2 == 0 ? [first, second] : [second, first]) }
    }
    var score = Score()
    for (number, result) in results.enumerated() {
      let isBlack = number % 2 == 0
      let outcome = try result.get() * (isBlack ? 1 : -1)
      if outcome == 0 { score.drawn += 1 }
      if outcome < 0 { score.lost += 1 }
      if outcome > 0 {
        score.won += 1
        if isBlack { score.wonAsBlack += 1 } else { score.wonAsWhite += 1 }
      }
    }
    return score
  }

  /// Plays a game between black and white.
  ///
  /// - Returns: 1 where black won, −1 where white did, 0 for equal scores.
  private func play(_ number: Int, _ players: [ZeroEvaluator]) throws -> Int {
    var random = Philox(seed: seed, stream: StableHash("match \(number)").value)
    let start = SearchPosition(size: size, settings.game)
    var searches = try players.map {
      try ZeroSearch(
        start, .priors(settings.exploration, firstPlay: settings.firstPlay), evaluator: NetworkGuide($0))
    }
    var position = start
    while true {
      let player = position.player
      searches[player].run(visits: settings.visits, using: &random)
      let candidates = searches[player].candidates
      let visits = candidates.map { Double($0.visits) }
      let isDrawn = position.moveNumber < drawnMoves
      let move = isDrawn ? candidates[random.categorical(visits)].move : searches[player].best?.move ?? 0
      _ = position.play(move, using: &random)
      if position.moveCount == 0 { return Color.black.result(ofScore: position.score) }
      for index in searches.indices { searches[index].advance(by: move, to: position) }
    }
  }
}
