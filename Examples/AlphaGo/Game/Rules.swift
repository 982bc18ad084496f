import KodamaCore

/// The rules of a game that vary between rule sets. Scores are by area: stones on the board and empty points that only
/// they surround.
public struct Rules: Sendable, Equatable {
  /// Which repetitions are illegal.
  public enum Ko: String, Sendable, CaseIterable {
    /// No move may bring back any earlier position of the board, whoever is to move. Passes may.
    case positional
    /// Only to retake a single stone at once is illegal, so that longer cycles can go on without end.
    case simple
  }

  /// Which repetitions are illegal.
  public var ko: Ko
  /// Whether several stones may take their own last liberty.
  public var allowsSuicide: Bool
  /// The points that white receives.
  public var komi: Double

  /// Rules.
  public init(ko: Ko = .positional, allowsSuicide: Bool = false, komi: Double = 7.5) {
    (self.ko, self.allowsSuicide, self.komi) = (ko, allowsSuicide, komi)
  }

  /// A usual komi: 7.5 points on 9x9 and larger boards, 9 on 7x7, where the first player is 9 points ahead with best play,
  /// and all but one point on 5x5, which black takes whole.
  public static func usualKomi(size: Int) -> Double {
    switch size {
    case 7: 9
    case 5: 24
    default: 7.5
    }
  }
}

/// Why a move is illegal.
public enum IllegalMove: Error, Sendable, Equatable, CustomStringConvertible {
  /// The point is not on the board.
  case offBoard
  /// There is a stone.
  case occupied
  /// The stone and its string would have no liberty.
  case suicide
  /// The stone would retake a ko at once.
  case ko
  /// The position was on the board before.
  case superko

  public var description: String {
    switch self {
    case .offBoard: "the point is not on the board"
    case .occupied: "the point is occupied"
    case .suicide: "the move is suicide"
    case .ko: "the move retakes a ko at once"
    case .superko: "the move repeats an earlier position"
    }
  }
}
