import GoGame

/// What AlphaGo Zero's network sees of a position: planes of stones, and of whose turn it is.
///
/// For each of the last eight positions, the present one first, a plane of the stones of the player to move and one of the
/// opponent's; positions before the beginning have none. The last plane is 1 where black is to move and 0 elsewhere.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods.
public enum ZeroPlanes {
  /// The positions that are seen.
  public static let history = 8
  /// The number of planes.
  public static let count = 2 * history + 1

  /// The planes of a position, [rows · columns · planes].
  ///
  /// - Parameters:
  ///   - positions: the stones of the last positions, the present one last, as `Board.stoneValues` has them; earlier ones
  ///     than the last eight are left out.
  ///   - symmetry: how the board is turned.
  public static func map(of positions: ArraySlice<[UInt8]>, _ color: Color, _ symmetry: Symmetry) -> [Float] {
    let points = symmetry.targets.count - 1
    var map = [Float](repeating: 0, count: points * count)
    let own = color.rawValue
    map.withUnsafeMutableBufferPointer { map in
      for (age, stones) in positions.suffix(history).reversed().enumerated() {
        for point in 0..<points where stones[point] != 0 {
          map[symmetry.targets[point] * count + 2 * age + (stones[point] == own ? 0 : 1)] = 1
        }
      }
      if color == .black { for point in 0..<points { map[point * count + count - 1] = 1 } }
    }
    return map
  }
}
