import GoGame

/// How much time players have, and what a player may use of it for a move.
public struct TimeControl: Sendable, Equatable {
  /// The system of a game, times in seconds.
  public enum System: Sendable, Equatable {
    /// No limit.
    case unlimited
    /// All moves within a time.
    case absolute(main: Double)
    /// After the main time, each period is for a number of stones.
    case canadian(main: Double, period: Double, stones: Int)
    /// After the main time, each move has a period, and a move that takes longer uses up periods.
    case periods(main: Double, period: Double, count: Int)
  }

  /// What a player has left.
  private struct Left: Sendable, Equatable {
    var seconds: Double
    /// The stones of the present period; 0 in main time.
    var stones = 0
  }

  /// The system.
  public private(set) var system = System.unlimited
  private var left: [Color: Left] = [:]

  /// No limit.
  public init() {}

  /// A system, at its beginning for both players.
  public init(_ system: System) {
    self.system = system
    let start: Left
    switch system {
    case .unlimited: return
    case .absolute(let main): start = Left(seconds: main)
    case .canadian(let main, let period, let stones):
      start = main > 0 ? Left(seconds: main) : Left(seconds: period, stones: stones)
    case .periods(let main, let period, let count):
      start = main > 0 ? Left(seconds: main) : Left(seconds: period, stones: count)
    }
    left = [.black: start, .white: start]
  }

  /// Takes over what a player has left.
  ///
  /// - Parameter stones: the stones, or periods, of overtime; 0 in main time.
  public mutating func setLeft(_ color: Color, seconds: Double, stones: Int) {
    left[color] = Left(seconds: seconds, stones: stones)
  }

  /// Counts the time of a move.
  public mutating func use(_ seconds: Double, _ color: Color) {
    guard var rest = left[color] else { return }
    rest.seconds -= seconds
    switch system {
    case .unlimited, .absolute: break
    case .canadian(_, let period, let stones):
      if rest.stones > 0 {
        rest.stones -= 1
        if rest.stones == 0 { rest = Left(seconds: period, stones: stones) }
      } else if rest.seconds <= 0 {
        rest = Left(seconds: period + rest.seconds, stones: max(1, stones - 1))
      }
    case .periods(_, let period, let count):
      if rest.stones > 0 {
        if rest.seconds < 0 && rest.stones > 1 { rest.stones -= 1 }
        rest.seconds = period
      } else if rest.seconds <= 0 {
        rest = Left(seconds: period, stones: count)
      }
    }
    left[color] = rest
  }

  /// The seconds for the next move of a player; nil for no limit.
  ///
  /// A main time is spread over the moves that are still to be expected, but a move takes no less than overtime will
  /// give it; a period is spread over its stones. A reserve for what lies between this program and the clock is kept.
  public func allotment(_ color: Color, in game: Game) -> Double? {
    guard system != .unlimited, let rest = left[color] else { return nil }
    let area = Double(game.size * game.size)
    // A game takes about as many moves as there are points, half of them each player's.
    let expected = max(area / 6, area / 2 - Double(game.moves.count) / 2)
    let reserve = min(0.3, rest.seconds * 0.1)
    let usable = max(0, rest.seconds - reserve)
    switch system {
    case .unlimited: return nil
    case .absolute: return usable / expected
    case .canadian(_, let period, let stones):
      if rest.stones > 0 { return usable / Double(rest.stones) * 0.95 }
      return max(usable / expected, period / Double(max(1, stones)) * 0.9)
    case .periods(_, let period, _):
      if rest.stones > 0 { return max(0, period - min(0.3, period * 0.1)) }
      return max(usable / expected, period * 0.9)
    }
  }
}
