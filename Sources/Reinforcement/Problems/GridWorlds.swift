import KodamaCore

/// Moves on a grid, in the order of their actions.
public enum GridMove: Int, Sendable, CaseIterable {
  /// One cell each.
  case up, right, down, left

  /// The change of row and column.
  @inlinable public var change: (row: Int, column: Int) {
    switch self {
    case .up: (-1, 0)
    case .right: (0, 1)
    case .down: (1, 0)
    case .left: (0, -1)
    }
  }
}

/// The 4 × 4 gridworld: states row by row, two opposite corners end the episode, every move costs 1, and moves off the
/// grid leave the state unchanged.
///
/// - Source: Sutton and Barto 2018, example 4.1.
public enum GridWorld {
  /// The model. Actions are those of `GridMove`.
  public static func model() throws -> FiniteModel {
    try FiniteModel(stateCount: 16, actionCount: 4, terminal: [0, 15]) { state, action in
      let change = GridMove.allCases[action].change
      let (row, column) = (state / 4 + change.row, state % 4 + change.column)
      let isInside = (0..<4).contains(row) && (0..<4).contains(column)
      return [.init(isInside ? row * 4 + column : state, reward: -1)]
    }
  }
}

/// Cliff walking: 4 rows of 12 cells, from the lower left corner to the lower right. Between them is a cliff; a step into
/// it costs 100 and leads back to the start. Every other step costs 1.
///
/// - Source: Sutton and Barto 2018, example 6.6.
public struct CliffWalking: TabularEnvironment, Hashable {
  /// Rows and columns.
  public static let rows = 4, columns = 12
  /// The cell where episodes begin, and the one where they end.
  public static let start = 36, goal = 47

  /// The current cell, row · 12 + column.
  public var state = Self.start

  /// The walk at its start.
  public init() {}

  /// 4 · 12 cells; those of the cliff are never observed.
  @inlinable public var stateCount: Int { 48 }
  /// 4: those of `GridMove`.
  @inlinable public var actionCount: Int { 4 }

  /// Begins in the lower left corner.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    state = 36
    return state
  }

  /// - Parameter action: that of a `GridMove`.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    switch action {
    case 0: if state >= 12 { state -= 12 }
    case 1: if state % 12 != 11 { state += 1 }
    case 2: if state < 36 { state += 12 }
    default: if state % 12 != 0 { state -= 1 }
    }
    if state <= 36 { return Transition(state, reward: -1) }
    if state == 47 { return Transition(state, reward: -1, ending: .terminal) }
    state = 36
    return Transition(state, reward: -100)
  }
}

/// The windy gridworld: 7 rows of 10 cells, with a wind in the middle columns that moves one up by one or two cells.
/// Every step costs 1.
///
/// - Source: Sutton and Barto 2018, example 6.5; with king's moves and with a wind that varies, exercises 6.9 and 6.10.
public struct WindyGridworld: TabularEnvironment, Hashable {
  /// The changes of row and column by action: the four moves, then the diagonal ones.
  @usableFromInline static let changes: [(row: Int, column: Int)] =
    GridMove.allCases.map(\.change) + [(-1, 1), (1, 1), (1, -1), (-1, -1)]
  /// The wind by column.
  @usableFromInline static let wind = [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]

  /// The current cell, row · 10 + column.
  public var state = 30
  /// Whether diagonal moves are possible too.
  public let hasDiagonals: Bool
  /// Whether the wind of the middle columns varies by −1, 0 or 1 with equal probabilities.
  public let windVaries: Bool

  /// The gridworld of the example.
  public init(hasDiagonals: Bool = false, windVaries: Bool = false) {
    (self.hasDiagonals, self.windVaries) = (hasDiagonals, windVaries)
  }

  /// 7 · 10 cells.
  @inlinable public var stateCount: Int { 70 }
  /// 4 moves, or 8 with the diagonal ones.
  @inlinable public var actionCount: Int { hasDiagonals ? 8 : 4 }

  /// Begins at the left end of the middle row.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    state = 30
    return state
  }

  /// Moves, and then with the wind of the column it came from. The reward is −1.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    let change = Self.changes[action]
    var wind = Self.wind[state % 10]
    if windVaries && wind > 0 { wind += random.integer(below: 3) - 1 }
    let row = min(6, max(0, state / 10 + change.row - wind))
    let column = min(9, max(0, state % 10 + change.column))
    state = row * 10 + column
    return Transition(state, reward: -1, ending: state == 37 ? .terminal : .none)
  }
}
