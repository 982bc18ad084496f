import GoGame
import GoNetworks
import KodamaCore
import KodamaTensors
import KodamaTraining

/// A position of a game with what was played there, as networks learn from it.
public struct PositionExample: Sendable, Equatable {
  /// The planes of `LeePlanes` of each point, row by row from the bottom: a bit for each plane.
  public let planes: [UInt64]
  /// The move, as the number of an output: a point, row by row, or size² for a pass.
  public let move: Int
  /// The result for the player to move: 1, −1, or 0 for equal scores and where it is unknown.
  public let result: Int

  /// An example.
  ///
  /// - Parameter map: the planes for the value, [points · 49].
  init(map: [Float], move: Int, result: Int) {
    planes = stride(from: 0, to: map.count, by: LeePlanes.valueCount).map { first in
      (0..<LeePlanes.valueCount).reduce(0) { map[first + $1] == 0 ? $0 : $0 | 1 << UInt64($1) }
    }
    (self.move, self.result) = (move, result)
  }

  /// The planes as a map in a symmetry, [points · planes].
  func map(_ symmetry: Symmetry, planes count: Int) -> [Float] {
    var map = [Float](repeating: 0, count: planes.count * count)
    for (point, bits) in planes.enumerated() {
      var rest = bits & (1 << UInt64(count) - 1)
      let first = symmetry.targets[point] * count
      while rest != 0 {
        map[first + rest.trailingZeroBitCount] = 1
        rest &= rest - 1
      }
    }
    return map
  }
}

/// Positions of games in random order, each in a random symmetry: examples by number, of which every epoch has all once.
public final class PositionExamples: ExampleSource {
  /// What networks learn from.
  public struct Batch: Sendable {
    /// The planes [rows, size, size, planes].
    public let planes: Tensor<Float>
    /// The moves.
    public let moves: [Int32]
    /// The results for the players to move [rows, 1].
    public let results: Tensor<Float>
  }

  private let examples: [PositionExample]
  private let size, planes: Int
  private let seed: UInt64
  private let symmetries: [Symmetry]
  private var order: (epoch: Int, indices: [Int])?

  /// Examples of a board.
  ///
  /// - Parameter planes: how many of the planes are in batches: 48 or 49.
  /// - Precondition: at least one example.
  public init(_ examples: [PositionExample], size: Int, planes: Int, seed: UInt64) {
    precondition(!examples.isEmpty, "no examples")
    (self.examples, self.size, self.planes, self.seed) = (examples, size, planes, seed)
    symmetries = Symmetry.all(size: size)
  }

  public var examplesPerEpoch: Int { examples.count }

  public func batch(_ numbers: Range<Int>) -> Batch {
    batch(
      numbers.map { number in
        let (epoch, place) = number.quotientAndRemainder(dividingBy: examples.count)
        var random = Philox(seed: seed, stream: StableHash("symmetry").value, position: UInt64(number))
        return (examples[indices(epoch)[place]], symmetries[random.integer(below: Symmetry.count)])
      })
  }

  /// All examples as they stand, in batches.
  public func inOrder(_ rows: Int) -> [Batch] {
    Workers.runs(of: 0..<examples.count, most: rows).map { range in batch(range.map { (examples[$0], symmetries[0]) }) }
  }

  private func indices(_ epoch: Int) -> [Int] {
    if let order, order.epoch == epoch { return order.indices }
    var random = Philox(seed: seed, stream: StableHash("order \(epoch)").value)
    var indices = Array(examples.indices)
    random.shuffle(&indices)
    order = (epoch, indices)
    return indices
  }

  private func batch(_ rows: [(example: PositionExample, symmetry: Symmetry)]) -> Batch {
    Batch(
      planes: Tensor([rows.count, size, size, planes], rows.flatMap { $0.example.map($0.symmetry, planes: planes) }),
      moves: rows.map { Int32($0.symmetry.targets[$0.example.move]) },
      results: Tensor([rows.count, 1], rows.map { Float($0.example.result) }))
  }
}
