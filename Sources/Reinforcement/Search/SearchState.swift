import KodamaCore

/// A position of a game or of any other problem that can be copied and played on from.
///
/// Rewards are those of the first player; of two players the second wants them small. A problem of one player has player
/// 0 at every turn. Moves are numbers whose meaning depends on the position only.
///
/// Search replays moves from a copy of the position at its root, so that outcomes may be random. It then plans without
/// regard to what chance brings on the way (open loop). Chance may end the game; otherwise the moves that are possible must
/// depend on the moves before them alone.
public protocol SearchState: Sendable {
  /// Whose turn it is: 0 or 1.
  var player: Int { get }
  /// The number of possible moves, 0 at the end.
  var moveCount: Int { get }

  /// A possible move.
  ///
  /// - Parameter index: in 0..<`moveCount`.
  func move(at index: Int) -> Int

  /// Plays a possible move.
  ///
  /// - Returns: the reward of the first player.
  mutating func play(_ move: Int, using random: inout Philox) -> Double
}

/// An environment as a problem of one player for tree search. Every action is possible at every step.
public struct EnvironmentSearch<E: DiscreteActions>: SearchState {
  /// The environment, in an episode that has begun.
  public private(set) var environment: E
  /// Whether the episode has ended.
  public private(set) var isOver = false

  /// The problem of going on with an episode that has begun.
  public init(_ environment: E) { self.environment = environment }

  /// 0: there is one player.
  public var player: Int { 0 }
  /// The number of actions; 0 after the end.
  public var moveCount: Int { isOver ? 0 : environment.actionCount }
  /// The action of an index, which is the index.
  public func move(at index: Int) -> Int { index }

  /// Takes an action.
  ///
  /// - Returns: its reward.
  public mutating func play(_ move: Int, using random: inout Philox) -> Double {
    let next = environment.step(move, using: &random)
    isOver = next.isLast
    return next.reward
  }
}

/// The exact value of positions of a game without chance, by search of all that can follow.
public struct Minimax<State: SearchState & Hashable>: Sendable {
  private var known: [State: Double] = [:]
  private let largest: Double
  private var random = Philox(seed: 0)

  /// A search.
  ///
  /// - Parameter largest: a bound on what a player can reach; search of a position ends at a move that reaches it.
  public init(largest: Double = 1) { self.largest = largest }

  /// The positions whose values are known.
  public var count: Int { known.count }

  /// The sum of rewards of the first player from a position on, both playing best.
  public mutating func value(of state: State) -> Double {
    if state.moveCount == 0 { return 0 }
    if let value = known[state] { return value }
    let sign = state.player == 0 ? 1.0 : -1
    var best = -Double.infinity
    for index in 0..<state.moveCount {
      best = max(best, sign * value(of: state.move(at: index), in: state))
      if best >= largest { break }
    }
    known[state] = sign * best
    return sign * best
  }

  /// The sum of rewards of the first player after a move in a position.
  public mutating func value(of move: Int, in state: State) -> Double {
    var next = state
    let reward = next.play(move, using: &random)
    return reward + value(of: next)
  }

  /// All best moves of a position.
  public mutating func bestMoves(_ state: State) -> [Int] {
    let sign = state.player == 0 ? 1.0 : -1
    let moves = (0..<state.moveCount).map { state.move(at: $0) }
    let values = moves.map { sign * value(of: $0, in: state) }
    guard let best = values.max() else { return [] }
    return zip(moves, values).filter { $0.1 == best }.map(\.0)
  }
}
