import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaReinforcement

/// Games of a network against itself, from which it learns.
public struct SelfPlay: Sendable {
  /// How games are played.
  public struct Settings: Sendable, Equatable {
    /// What games are played by.
    public var game: SearchPosition.Settings
    /// The visits of the root before each move.
    public var visits = 80
    /// c of PUCT.
    public var exploration = 1.0
    /// The value of moves without a visit.
    public var firstPlay = FirstPlay.mean
    /// The moves at the beginning that are drawn in proportion to visits; later ones are the most visited.
    public var drawnMoves: Int
    /// The share of noise in the probabilities of the root's moves.
    public var noise = 0.25
    /// The sum of the concentrations of the noise over all moves: 0.03 for each of 361 in the paper.
    public var concentration = 10.8
    /// The share of games in which nobody resigns, which tell how often resigning is wrong.
    public var playedOut = 0.1

    /// Settings for a size of boards.
    public init(size: Int, _ game: SearchPosition.Settings) {
      self.game = game
      // 30 of 361 points in the paper; on small boards a larger share, so that games differ.
      drawnMoves = max(6, size * size / 6)
    }
  }

  /// How games are played.
  public let settings: Settings
  /// The size of the board.
  public let size: Int
  /// The seed of all games.
  public let seed: UInt64

  /// Games of a seed.
  public init(_ settings: Settings, size: Int, seed: UInt64) {
    (self.settings, self.size, self.seed) = (settings, size, seed)
  }

  /// Plays a game. It depends on its number, the seed and the network alone.
  ///
  /// - Parameter resignation: the value below which a player resigns, −1 to 1; nil for never.
  public func play(_ number: Int, _ network: ZeroEvaluator, resignation: Double?) throws -> PlayedGame {
    var random = Philox(seed: seed, stream: StableHash("self-play \(number)").value)
    let limit = random.uniform() < settings.playedOut ? nil : resignation
    var search = try ZeroSearch(
      SearchPosition(size: size, settings.game), .priors(settings.exploration, firstPlay: settings.firstPlay),
      evaluator: NetworkGuide(network))
    var game = PlayedGame(number: number, size: size, isPlayedOut: limit == nil)
    while search.root.moveCount > 0 {
      let concentration = settings.concentration / Double(search.root.moveCount)
      try search.addNoise(concentration: concentration, share: settings.noise, using: &random)
      search.run(visits: settings.visits, using: &random)
      let candidates = search.candidates
      let best = search.best ?? candidates[0]
      game.lowest[search.root.player] = min(game.lowest[search.root.player], max(search.value, best.value))
      if let limit, max(search.value, best.value) < limit {
        game.result = search.root.color == .black ? -1 : 1
        game.hasResigned = true
        return game
      }
      let visits = candidates.map { Double($0.visits) }
      let isDrawn = search.root.moveNumber < settings.drawnMoves
      let move = isDrawn ? candidates[random.categorical(visits)].move : best.move
      game.add(search.root, visits: visits, move: move)
      var next = search.root
      _ = next.play(move, using: &random)
      search.advance(by: move, to: next)
    }
    game.score = search.root.score
    game.result = Color.black.result(ofScore: game.score)
    return game
  }
}

/// A game that was played, as a network learns from it.
public struct PlayedGame: Sendable, Equatable {
  /// The number of the game.
  public let number: Int
  /// The size of the board.
  public let size: Int
  /// Whether nobody could resign.
  public let isPlayedOut: Bool
  /// Whether a player resigned.
  public var hasResigned = false
  /// 1 where black won, −1 where white did, 0 for equal scores.
  public var result = 0
  /// Black's score less white's, with komi; 0 where a player resigned.
  public var score = 0.0
  /// The points that were played, by number, 0 for passes; colors alternate from black on.
  public private(set) var moves: [Int16] = []
  /// The shares of visits that the search of each position gave to all moves, [moves][size² + 1].
  public private(set) var policies: [[Float]] = []
  /// The stones of each position, from the empty board to the one before the last move.
  public private(set) var positions: [[UInt8]] = []
  /// The lowest value of a position for black and for white, by the search.
  public var lowest = [1.0, 1.0]

  init(number: Int, size: Int, isPlayedOut: Bool) {
    (self.number, self.size, self.isPlayedOut) = (number, size, isPlayedOut)
  }

  /// Adds a move.
  mutating func add(_ position: SearchPosition, visits: [Double], move: Int) {
    let sum = visits.reduce(0, +)
    var policy = [Float](repeating: 0, count: size * size + 1)
    for (output, count) in zip(position.outputs, visits) { policy[output] = Float(count / sum) }
    add(policy, stones: position.recent[position.recent.count - 1], move: Int16(move))
  }

  mutating func add(_ policy: [Float], stones: [UInt8], move: Int16) {
    moves.append(move)
    policies.append(policy)
    positions.append(stones)
  }

  /// What the game is worth for black by the settings; one that was resigned is lost, whatever its score.
  public func worth(_ settings: SearchPosition.Settings) -> Double {
    hasResigned ? Double(result) : settings.worth(score: score, size: size)
  }

  /// Whose turn it is in a position.
  public func color(_ position: Int) -> Color { position % 2 == 0 ? .black : .white }

  /// The game as a record.
  ///
  /// - Parameter names: of black and of white.
  public func record(rules: Rules, names: (String, String) = ("Kodama Zero", "Kodama Zero")) -> GameRecord {
    var game = Game(size: size, rules: rules)
    for (index, point) in moves.enumerated() {
      // Legal when they were played, and so again.
      try? game.play(Move(color(index), Point(index: Int(point))))
    }
    let winner = result > 0 ? "B" : "W"
    let text = hasResigned ? winner + "+Resign" : GameRecord.result(score: score)
    return GameRecord(game, blackName: names.0, whiteName: names.1, result: text)
  }
}
