import GoGame
import KodamaCore

/// What a player does in a turn.
public enum Choice: Sendable, Equatable {
  /// It plays on a point, or passes.
  case play(Point)
  /// It gives up.
  case resign
}

/// A player: chooses a move in a position within a time. Random players, searches and networks all are one.
public protocol Player: Sendable {
  /// What programs call it, such as `Kodama UCT`.
  var name: String { get }

  /// Chooses a legal move.
  ///
  /// - Parameters:
  ///   - game: the position with its history; either color may be asked.
  ///   - color: whose move it is.
  ///   - time: the longest that it may take; nil for no limit of time.
  /// - Throws: what keeps the player from choosing, such as a network of another size of board.
  mutating func chooseMove(in game: Game, color: Color, within time: Duration?) throws -> Choice
}

extension Player {
  /// Whether a pass ends a game that is won as it stands: the opponent just passed, and the color's score is ahead with
  /// every stone on the board alive.
  public func winsByPassing(_ game: Game, _ color: Color) -> Bool {
    guard let last = game.moves.last, last.point.isPass, last.color != color else { return false }
    return color == .black ? game.score > 0 : game.score < 0
  }
}

/// Plays any legal move that fills no own eye, each with the same probability, and passes where there is none.
public struct RandomPlayer: Player {
  public let name = "Kodama random"
  private var random: Philox

  /// A player; the same seed plays the same games.
  public init(seed: UInt64 = 1) { random = Philox(seed: seed, stream: 0x60) }

  /// A random move. It takes no time to speak of.
  public mutating func chooseMove(in game: Game, color: Color, within time: Duration?) -> Choice {
    let points = game.legalPoints(color).filter { !game.board.isEye($0, of: color) }
    if points.isEmpty { return .play(.pass) }
    return .play(points[random.integer(below: points.count)])
  }
}

/// A player that takes at most a time for each move, besides the limit of each request.
public struct TimedPlayer: Player {
  private var player: any Player
  private let limit: Duration

  /// The player with a limit.
  public init(_ player: any Player, limit: Duration) { (self.player, self.limit) = (player, limit) }

  public var name: String { player.name }

  public mutating func chooseMove(in game: Game, color: Color, within time: Duration?) throws -> Choice {
    try player.chooseMove(in: game, color: color, within: time.map { min($0, limit) } ?? limit)
  }
}
