import GoGame
import KodamaCore
import KodamaReinforcement

/// What guides the search of a player.
public protocol PlayerGuide: SearchEvaluator where State: GamePosition {
  /// What programs call the player.
  static var playerName: String { get }
  /// Rows and columns of the boards that it is for; nil for any.
  var boardSize: Int? { get }
  /// The share of the score in its values.
  var scoreWeight: Double { get }
}

extension PlayerGuide {
  public var scoreWeight: Double { 0 }
}

/// How a guided player searches.
public struct SearchSettings: Sendable, Equatable {
  /// The visits of the root before it moves; fewer where its time ends before.
  public var visits: Int
  /// c of PUCT.
  public var exploration: Double
  /// The value of moves without a visit.
  public var firstPlay: FirstPlay
  /// Visits of a leaf before its moves are added.
  public var expansion: Int
  /// Simulations whose leaves are evaluated at once.
  public var together: Int
  /// The value of the position below which it resigns, −1 to 1; nil for never.
  public var resignation: Double?

  /// Settings.
  public init(
    visits: Int = 400, exploration: Double = 1, firstPlay: FirstPlay = .mean, expansion: Int = 1, together: Int = 2,
    resignation: Double? = -0.9
  ) {
    (self.visits, self.exploration, self.firstPlay) = (visits, exploration, firstPlay)
    (self.expansion, self.together, self.resignation) = (expansion, together, resignation)
  }

  /// Throws where a setting is outside its range.
  ///
  /// - Throws: `GoFault.setting`.
  public func check() throws {
    try GoFault.check("the number of visits", Double(visits), in: 1...1e8, "from 1 to 10^8")
    try GoFault.check("exploration", exploration, in: 0...100, "from 0 to 100")
    try GoFault.check("the number of visits before expansion", Double(expansion), in: 1...1e6, "from 1 to 10^6")
    try GoFault.check("the number of simulations together", Double(together), in: 1...256, "from 1 to 256")
    if let value = resignation { try GoFault.check("the value for resigning", value, in: -1...0, "from -1 to 0") }
  }
}

/// Plays by tree search that networks guide (PUCT), as both AlphaGos do. The most visited move is played, and the tree
/// below it is kept for the next one.
public struct GuidedPlayer<Guide: PlayerGuide>: Player {
  public var name: String { Guide.playerName }
  /// How it searches.
  public let settings: SearchSettings
  /// The search of the last move.
  public private(set) var last: SearchSummary?
  private let guide: Guide
  private let workers: Workers
  private var random: Philox
  /// The search of the last move, the game that its root is a position of, and the moves before the search began.
  private var kept: (search: TreeSearch<Guide>, game: Game, color: Color, start: Int)?

  /// A player; the same seed plays the same games where no time ends a search.
  ///
  /// - Throws: `GoFault.setting` for settings outside their ranges.
  public init(
    _ guide: Guide, _ settings: SearchSettings = SearchSettings(), seed: UInt64 = 1, workers: Workers = .serial
  ) throws {
    try settings.check()
    (self.guide, self.settings, self.workers) = (guide, settings, workers)
    random = Philox(seed: seed, stream: 0x62)
  }

  /// Searches, for no longer than the time.
  ///
  /// - Throws: `GoFault.board` where the guide is for another size.
  public mutating func chooseMove(in game: Game, color: Color, within time: Duration?) throws -> Choice {
    if let size = guide.boardSize, game.size != size { throw GoFault.board(size: game.size, network: size) }
    last = nil
    if winsByPassing(game, color) { return .play(.pass) }
    var (search, start) = try continued(game, color)
    if search.root.moveCount == 0 { return .play(.pass) }
    let clock = ContinuousClock()
    let end = time.map { clock.now + $0 }
    search.run(visits: settings.visits, together: settings.together, workers: workers, using: &random) {
      end.map { clock.now < $0 } ?? true
    }
    kept = (search, game, color, start)
    let summary = SearchSummary(search)
    last = summary
    guard let best = summary.moves.first else { return .play(.pass) }
    if let limit = settings.resignation, 2 * best.winRate - 1 < limit, search.value < limit, !best.point.isPass {
      return .resign
    }
    return .play(best.point)
  }

  /// A search from a position, on the tree of the last move where the game went on from there, and the moves before the
  /// search began.
  private mutating func continued(_ game: Game, _ color: Color) throws -> (search: TreeSearch<Guide>, start: Int) {
    defer { kept = nil }
    // Games of a search end after twice as many moves as there are points: it begins anew before it sees that end.
    let points = game.size * game.size
    if let kept, case let former = kept.game, former.setup == game.setup, former.rules == game.rules,
      game.moves.starts(with: former.moves), game.moves.count - kept.start < points
    {
      var (search, turn, isAlternating) = (kept.search, kept.color, true)
      for move in game.moves.dropFirst(former.moves.count) {
        guard move.color == turn, search.root.moveCount > 0 else {
          isAlternating = false
          break
        }
        var next = search.root
        _ = next.play(move.point.index, using: &random)
        search.advance(by: move.point.index, to: next)
        turn = turn.opponent
      }
      if isAlternating && turn == color { return (search, kept.start) }
    }
    // A game that goes on longer than games of learning is not over.
    let position = SearchPosition.Settings(
      rules: game.rules, mostMoves: game.moves.count + 2 * points, scoreWeight: guide.scoreWeight)
    let search = try TreeSearch(
      Guide.State(game, position, color: color), .priors(settings.exploration, firstPlay: settings.firstPlay),
      evaluator: guide, expansionVisits: settings.expansion)
    return (search, game.moves.count)
  }
}

extension SearchSummary {
  /// What a guided search found; a value v is shown as (v + 1) / 2, which is the probability of winning where the score does
  /// not count.
  public init<Guide: PlayerGuide>(_ search: TreeSearch<Guide>) {
    // Of equally often visited moves the better one, without a visit the more probable one, then the first on the board.
    let sorted = search.candidates.enumerated().sorted {
      let (one, other) = ($0.element, $1.element)
      return (one.visits, one.value, one.prior, -$0.offset) > (other.visits, other.value, other.prior, -$1.offset)
    }
    let moves = sorted.map { _, candidate in
      Move(
        point: Point(index: candidate.move), visits: candidate.visits, winRate: (candidate.value + 1) / 2)
    }
    self.init(playouts: search.simulations, winRate: moves.first?.winRate ?? 0, moves: moves)
  }
}
