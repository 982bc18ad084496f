import GoGame
import GoPlayers
import KodamaCore
import KodamaReinforcement

/// Games of two engines with colors in turn.
public struct EngineMatch: Sendable {
  /// How the games are played.
  public struct Settings: Sendable, Equatable {
    /// The number of games.
    public var games: Int
    /// The size of the board.
    public var size: Int
    /// The rules; an illegal move loses a game.
    public var rules: Rules
    /// Seconds for all moves of a player in a game; 0 for no limit.
    public var seconds: Int
    /// The random moves at the beginning of each game, which each two games with colors exchanged share, so that engines
    /// without randomness do not repeat one game.
    public var openingMoves: Int
    /// The seed of openings.
    public var seed: UInt64

    /// Settings.
    public init(
      games: Int = 10, size: Int = 9, rules: Rules = Rules(), seconds: Int = 0, openingMoves: Int = 0, seed: UInt64 = 1
    ) {
      (self.games, self.size, self.rules, self.seconds) = (games, size, rules, seconds)
      (self.openingMoves, self.seed) = (openingMoves, seed)
    }
  }

  /// How a game ended.
  public struct Outcome: Sendable {
    /// The number of the game, from 0.
    public let number: Int
    /// Whether the first engine had black.
    public let isFirstBlack: Bool
    /// The winner; nil where scores are equal, and where a game did not end.
    public let winner: Color?
    /// The game with names and result.
    public let record: GameRecord

    /// 1 where the first engine won, 0 where the second did, 0.5 otherwise.
    public var firstPoints: Double {
      guard let winner else { return 0.5 }
      return (winner == .black) == isFirstBlack ? 1 : 0
    }
  }

  /// How the games are played.
  public let settings: Settings

  /// A match.
  ///
  /// - Throws: `GoFault.setting` for settings outside their ranges.
  public init(_ settings: Settings) throws {
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      if range.contains(value) { return }
      throw GoFault.setting(name: name, value: "\(value)", range: "from \(range.lowerBound) to \(range.upperBound)")
    }
    try check("the number of games", settings.games, 1...1_000_000)
    try check("the size of the board", settings.size, 5...19)
    try check("the number of seconds", settings.seconds, 0...1_000_000)
    try check("the number of random moves", settings.openingMoves, 0...settings.size * settings.size / 2)
    self.settings = settings
  }

  /// Plays all games.
  ///
  /// - Parameter ended: is called after each game.
  /// - Throws: `GoFault.engine` where an engine ends, or does not respond as the protocol wants; what `ended` throws.
  public func play(_ first: EngineProcess, _ second: EngineProcess, ended: (Outcome) throws -> Void) throws {
    let names = try [first, second].map { try $0.send("name") }
    for number in 0..<settings.games {
      let isFirstBlack = number % 2 == 0
      let engines = isFirstBlack ? (first, second) : (second, first)
      let (game, result, winner) = try playGame(number, black: engines.0, white: engines.1)
      let record = GameRecord(
        game, blackName: names[isFirstBlack ? 0 : 1], whiteName: names[isFirstBlack ? 1 : 0], result: result)
      try ended(Outcome(number: number, isFirstBlack: isFirstBlack, winner: winner, record: record))
    }
  }

  private func playGame(
    _ number: Int, black: EngineProcess, white: EngineProcess
  ) throws -> (game: Game, result: String, winner: Color?) {
    for engine in [black, white] {
      try engine.send("boardsize \(settings.size)")
      try engine.send("clear_board")
      try engine.send("komi \(settings.rules.komi)")
      if settings.seconds > 0 { try engine.send("time_settings \(settings.seconds) 0 0") }
    }
    var game = Game(size: settings.size, rules: settings.rules)
    var opening = RandomPlayer(seed: settings.seed &+ UInt64(number / 2))
    for _ in 0..<settings.openingMoves {
      guard case .play(let point) = opening.chooseMove(in: game, color: game.nextColor, within: nil) else { break }
      let move = Move(game.nextColor, point)
      for engine in [black, white] { try engine.send("play \(move.color.name) \(point)") }
      try? game.play(move)
    }
    var used: [Color: Double] = [.black: 0, .white: 0]
    while !game.isOver && game.moves.count < 4 * settings.size * settings.size {
      let color = game.nextColor
      let (engine, opponent) = color == .black ? (black, white) : (white, black)
      func loses(_ how: String) -> (Game, String, Color?) {
        (game, "\(color.opponent.letter)+\(how)", color.opponent)
      }
      if settings.seconds > 0 {
        let left = max(0, Int(Double(settings.seconds) - used[color]!))
        try engine.send("time_left \(color.name) \(left) 0")
      }
      let start = ContinuousClock.now
      let answer = try engine.send("genmove \(color.name)")
      used[color]! += (ContinuousClock.now - start) / .seconds(1)
      if settings.seconds > 0 && used[color]! > Double(settings.seconds) { return loses("Time") }
      if answer.lowercased() == "resign" { return loses("Resign") }
      guard let point = Point(answer, size: settings.size), (try? game.play(Move(color, point))) != nil else {
        return loses("Forfeit")
      }
      // A position that only the other's rules forbid would end the match; the referee's rules decide.
      let response = try opponent.exchange("play \(color.name) \(point)")
      if !response.isSuccess {
        throw GoFault.engine(
          command: opponent.command,
          problem: "it refused the legal move \(color.name) \(point) with \(response.text.prefix(100))")
      }
    }
    if !game.isOver { return (game, "Void", nil) }
    let score = game.scoreWithoutDead()
    return (game, GameRecord.result(score: score), score == 0 ? nil : score > 0 ? .black : .white)
  }
}

/// The result of a match so far.
public struct MatchScore: Sendable, Equatable {
  /// The games that the first engine won, the second won, and neither did.
  public private(set) var (wins, losses, draws) = (0, 0, 0)
  /// The games that the first engine won with each color, of so many.
  public private(set) var (winsAsBlack, gamesAsBlack, winsAsWhite, gamesAsWhite) = (0, 0, 0, 0)

  /// No game.
  public init() {}

  /// Counts a game.
  public mutating func add(_ outcome: EngineMatch.Outcome) {
    let isWin = outcome.firstPoints == 1
    if isWin { wins += 1 } else if outcome.firstPoints == 0 { losses += 1 } else { draws += 1 }
    if outcome.isFirstBlack {
      gamesAsBlack += 1
      winsAsBlack += isWin ? 1 : 0
    } else {
      gamesAsWhite += 1
      winsAsWhite += isWin ? 1 : 0
    }
  }

  /// The number of games.
  public var games: Int { wins + losses + draws }

  /// The table of results, with the 95 % interval of Wilson's score for the share of games that the first engine won. A
  /// game that nobody won counts as not won.
  ///
  /// - Throws: `ReinforcementFault.setting` before the first game.
  public func table(_ first: String, _ second: String) throws -> String {
    let share = try ProportionEstimate(successes: wins, trials: games)
    let interval = share.interval()
    func percent(_ value: Double) -> String { "\(Double(Int((value * 1000).rounded())) / 10) %" }
    return """
      A: \(first)
      B: \(second)
      games \(games): A won \(wins), B won \(losses), neither \(draws)
      A as black won \(winsAsBlack) of \(gamesAsBlack), as white \(winsAsWhite) of \(gamesAsWhite)
      A wins \(percent(share.value)) (95 % interval \(percent(interval.lowerBound)) to \(percent(interval.upperBound)))

      """
  }
}
