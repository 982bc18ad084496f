import GoGame

/// What the networks of AlphaGo, which played Lee Sedol, see of a position: 48 planes for the policy, and for the value one
/// more.
///
/// In this order, each value of 1 to 7 having a plane and all of 8 and more another:
///
/// - 0 to 2: the player's stones, the opponent's, and empty points;
/// - 3: ones;
/// - 4 to 11: how many moves ago a stone was played, 1 for the last move; stones placed before the first count as old;
/// - 12 to 19: liberties of the string of a stone;
/// - 20 to 27: opponent's stones that a move captures;
/// - 28 to 35: own stones that a move puts in atari;
/// - 36 to 43: liberties of a move's string after it;
/// - 44, 45: whether a move captures in a ladder, and whether it saves from one;
/// - 46: whether a move is legal and fills no own eye;
/// - 47: zeros;
/// - 48, for the value: ones where black is to move.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", extended data
///   table 2.
public enum LeePlanes {
  /// The number of planes of the policy network.
  public static let count = 48
  /// The number of planes of the value network.
  public static let valueCount = 49

  /// The planes of a position, [rows · columns · planes].
  ///
  /// - Parameters:
  ///   - ages: how long ago the board's stones were played.
  ///   - color: whose turn it is.
  ///   - symmetry: how the board is turned.
  ///   - forValue: whether the plane of the color is among them.
  public static func map(
    of board: Board, _ ages: StoneAges, _ color: Color, _ symmetry: Symmetry, forValue: Bool = false
  ) -> [Float] {
    map(of: board, MoveFeatures.all(on: board, color), ages, color, symmetry, forValue: forValue)
  }

  /// The planes of a position whose features are there, for maps of several symmetries, or of both networks.
  ///
  /// - Precondition: the features and the symmetry are those of a board of this size.
  public static func map(
    of board: Board, _ features: [MoveFeatures], _ ages: StoneAges, _ color: Color, _ symmetry: Symmetry,
    forValue: Bool = false
  ) -> [Float] {
    let points = Point.all(size: board.size)
    precondition(
      features.count == points.count && symmetry.targets.count == points.count + 1,
      "features of \(features.count) points and a symmetry of \(symmetry.targets.count - 1) for \(points.count) points")
    let planes = forValue ? valueCount : count
    var map = [Float](repeating: 0, count: points.count * planes)
    map.withUnsafeMutableBufferPointer { map in
      for (number, point) in points.enumerated() {
        let (first, feature) = (symmetry.targets[number] * planes, features[number])
        /// One of eight planes from the first of a kind on; none for 0.
        func set(_ kind: Int, _ value: Int) { if value > 0 { map[first + kind + min(value, 8) - 1] = 1 } }
        if let stone = board[point] {
          map[first + (stone == color ? 0 : 1)] = 1
          set(4, ages[point] ?? 8)
        } else {
          map[first + 2] = 1
        }
        map[first + 3] = 1
        set(12, feature.liberties)
        set(20, feature.captures)
        set(28, feature.selfAtari)
        set(36, feature.libertiesAfter)
        if feature.isLadderCapture { map[first + 44] = 1 }
        if feature.isLadderEscape { map[first + 45] = 1 }
        if feature.isSensible { map[first + 46] = 1 }
        if forValue && color == .black { map[first + 48] = 1 }
      }
    }
    return map
  }
}
