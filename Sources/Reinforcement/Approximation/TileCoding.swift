/// Tile coding: several grids over a box, each displaced by a part of a tile. One feature of each grid is 1, that of the
/// tile which contains the observation; all others are 0.
///
/// Grid k is displaced in dimension j by k · (2 j + 1) / grids of a tile, without whole tiles: an asymmetric displacement
/// that leaves no diagonal artifacts.
///
/// - Source: Sutton and Barto 2018, §9.5.4. Tiles have indices of their own; nothing is hashed.
public struct TileCoding<Vector: SIMD & Sendable>: LinearFeatures where Vector.Scalar == Double {
  /// The number of grids, which is the number of features that are 1.
  public let tilings: Int
  /// Tiles along each dimension; a displaced grid has one more.
  public let tiles: Int
  /// The box.
  public let box: ObservationBox<Vector>
  /// The number of features, tilings · (tiles + 1) to the power of the dimensions.
  public let count: Int
  /// Tiles of one grid.
  @usableFromInline let size: Int
  /// The displacement of each grid in each dimension, in tiles.
  @usableFromInline let offsets: [Vector]

  /// Grids over a box.
  ///
  /// - Throws: `ReinforcementFault.setting` for fewer than one grid or tile.
  public init(_ box: ObservationBox<Vector>, tilings: Int = 8, tiles: Int = 8) throws {
    try ReinforcementFault.check("the number of tilings", tilings, atLeast: 1)
    try ReinforcementFault.check("the number of tiles", tiles, atLeast: 1)
    (self.box, self.tilings, self.tiles) = (box, tilings, tiles)
    size = (0..<Vector.scalarCount).reduce(1) { size, _ in size * (tiles + 1) }
    count = tilings * size
    offsets = (0..<tilings).map { tiling in
      var offset = Vector(repeating: 0)
      for index in 0..<Vector.scalarCount {
        offset[index] = Double(tiling * (2 * index + 1) % tilings) / Double(tilings)
      }
      return offset
    }
  }

  /// The feature of a grid that is 1.
  @inlinable public func tile(_ observation: Vector, tiling: Int) -> Int {
    var tile = 0
    for index in 0..<Vector.scalarCount {
      let place = box.scaled(observation, index) * Double(tiles) + offsets[tiling][index]
      tile = tile * (tiles + 1) + min(tiles, Int(place))
    }
    return tiling * size + tile
  }

  @inlinable public func dot(_ weights: [Double], at first: Int, _ observation: Vector) -> Double {
    var sum = 0.0
    for tiling in 0..<tilings { sum += weights[first + tile(observation, tiling: tiling)] }
    return sum
  }

  @inlinable public func add(_ scale: Double, to weights: inout [Double], at first: Int, _ observation: Vector) {
    for tiling in 0..<tilings { weights[first + tile(observation, tiling: tiling)] += scale }
  }
}
