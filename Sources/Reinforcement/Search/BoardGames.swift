import KodamaCore

/// Tic-tac-toe. A move is a cell, row by row; the reward is 1 where the first player wins and −1 where the second does.
public struct TicTacToe: SearchState, Hashable {
  /// The cells of each player, a bit for each.
  public var cells: (UInt16, UInt16) = (0, 0)

  /// The empty board.
  public init() {}

  /// The board after some moves.
  ///
  /// - Precondition: moves that are possible one after the other.
  public init(moves: [Int]) {
    var random = Philox(seed: 0)
    for move in moves { _ = play(move, using: &random) }
  }

  public static func == (a: Self, b: Self) -> Bool { a.cells == b.cells }
  public func hash(into hasher: inout Hasher) { hasher.combine(UInt32(cells.0) << 16 | UInt32(cells.1)) }

  /// Whether cells contain a line: rows, columns, diagonals.
  private static func isWon(_ cells: UInt16) -> Bool {
    if cells & 0o7 == 0o7 || cells & 0o70 == 0o70 || cells & 0o700 == 0o700 { return true }
    if cells & (cells >> 3) & (cells >> 6) & 0o7 != 0 { return true }
    return cells & 0o421 == 0o421 || cells & 0o124 == 0o124
  }

  private var taken: UInt16 { cells.0 | cells.1 }

  /// 0 for the first player, 1 for the second.
  public var player: Int { taken.nonzeroBitCount & 1 }

  /// The number of free cells; 0 where a player has won.
  public var moveCount: Int {
    // Only the player of the last move can have won.
    if Self.isWon(player == 0 ? cells.1 : cells.0) { return 0 }
    return 9 - taken.nonzeroBitCount
  }

  /// The free cell of an index, 0 to 8 row by row.
  public func move(at index: Int) -> Int { (~taken & 0o777).place(ofBit: index) }

  /// Takes a cell.
  ///
  /// - Precondition: it is free.
  public mutating func play(_ move: Int, using random: inout Philox) -> Double {
    let bit: UInt16 = 1 << UInt16(move)
    precondition((0..<9).contains(move) && taken & bit == 0, "cell \(move) is not free")
    if player == 0 {
      cells.0 |= bit
      return Self.isWon(cells.0) ? 1 : 0
    }
    cells.1 |= bit
    return Self.isWon(cells.1) ? -1 : 0
  }
}

/// Connect Four on 7 columns of 6 rows. A move is a column; the reward is 1 where the first player wins and −1 where the
/// second does.
public struct ConnectFour: SearchState, Hashable {
  /// Bits of the discs, seven for each column from the bottom up, of which the last is always 0.
  private var discs: (UInt64, UInt64) = (0, 0)
  private var isOver = false

  /// The empty board.
  public init() {}

  /// The board after discs in some columns.
  ///
  /// - Precondition: moves that are possible one after the other.
  public init(moves: [Int]) {
    var random = Philox(seed: 0)
    for move in moves { _ = play(move, using: &random) }
  }

  public static func == (a: Self, b: Self) -> Bool { a.discs == b.discs }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(discs.0)
    hasher.combine(discs.1)
  }

  private var taken: UInt64 { discs.0 | discs.1 }

  /// The number of discs.
  public var count: Int { taken.nonzeroBitCount }

  /// The columns that are not full, a bit for each.
  private var free: UInt16 {
    var free: UInt16 = 0
    for column in 0..<7 where taken >> UInt64(column * 7 + 5) & 1 == 0 { free |= 1 << UInt16(column) }
    return free
  }

  private static func isWon(_ discs: UInt64) -> Bool {
    // Along a column, a row, and the diagonals.
    for shift in [1, 7, 6, 8] as [UInt64] {
      let pairs = discs & discs >> shift
      if pairs & pairs >> (2 * shift) != 0 { return true }
    }
    return false
  }

  /// 0 for the first player, 1 for the second.
  public var player: Int { taken.nonzeroBitCount & 1 }
  /// The number of columns with a free cell; 0 where a player has won.
  public var moveCount: Int { isOver ? 0 : free.nonzeroBitCount }
  /// The column of an index, 0 to 6 from the left.
  public func move(at index: Int) -> Int { free.place(ofBit: index) }

  /// Drops a disc into a column.
  ///
  /// - Precondition: it has a free cell, and no player has won.
  public mutating func play(_ move: Int, using random: inout Philox) -> Double {
    precondition(!isOver && (0..<7).contains(move) && free >> UInt16(move) & 1 == 1, "column \(move) is not free")
    let player = player
    // Adding the lowest cell of the column carries to its first free one.
    let disc = (taken + 1 << UInt64(move * 7)) & ~taken & 0x7f << UInt64(move * 7)
    if player == 0 { discs.0 |= disc } else { discs.1 |= disc }
    isOver = Self.isWon(player == 0 ? discs.0 : discs.1)
    return isOver ? (player == 0 ? 1 : -1) : 0
  }
}

extension UInt16 {
  /// The place of the bit that has `index` set bits below it.
  fileprivate func place(ofBit index: Int) -> Int {
    var rest = self
    for _ in 0..<index { rest &= rest &- 1 }
    return rest.trailingZeroBitCount
  }
}
