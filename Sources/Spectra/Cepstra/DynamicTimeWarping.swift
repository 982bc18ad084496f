import CSpectra

/// The exact alignment of two sequences of vectors by dynamic time warping: the path through the matrix of their frames
/// with the lowest cost.
///
/// A path starts at both first frames, ends at both last ones, and each step advances by one frame in the reference, in
/// the generated sequence, or in both. Its cost is the sum over its cells (i, j) of the Euclidean distance of reference
/// frame i and generated frame j. Of paths with equal costs, the one with a step in both is preferred, then the one
/// with a step in the reference, so that equal sounds are aligned frame by frame, even through silence.
///
/// All N·M cells are evaluated, unlike in fastdtw, which is restricted to a corridor found at a lower resolution and
/// may miss the optimum.
///
/// - Source: Sakoe and Chiba 1978, without slope constraint and with equal weights.
package enum DynamicTimeWarping {
  /// The maximum number of cells N·M: ten seconds of work.
  package static let mostCells = 1 << 30
  /// The maximum number of frames of one sequence.
  package static let mostFrames = 1 << 17

  /// A cell of the path: a pair of matched frames.
  package struct Step: Sendable, Equatable {
    package let reference: Int
    package let generated: Int

    package init(reference: Int, generated: Int) {
      self.reference = reference
      self.generated = generated
    }
  }

  /// Whether sequences of these lengths are within the limits.
  package static func isPossible(referenceFrames: Int, generatedFrames: Int) -> Bool {
    max(referenceFrames, generatedFrames) <= mostFrames && referenceFrames * generatedFrames <= mostCells
  }

  /// Mean distances over the cells of the optimal path.
  package struct Means: Sendable, Equatable {
    /// The mean of the distance that the path minimizes.
    package let aligned: Double
    /// The mean of the reported distance.
    package let counted: Double
  }

  /// The mean distances along the optimal path.
  ///
  /// Memory: O(M) in addition to the sequences, because each cell stores the sums and the length of its path.
  ///
  /// - Parameters:
  ///   - aligning: the dimensions in the distance that the path minimizes.
  ///   - counting: the dimensions in the reported distance.
  /// - Precondition: neither sequence is empty, one number of dimensions, `isPossible`.
  package static func meanDistances(
    _ reference: Cepstra, _ generated: Cepstra, aligning: Range<Int>, counting: Range<Int>
  ) -> Means {
    var table = Table(reference, generated, aligning: aligning, counting: counting)
    for row in 0..<reference.frames { table.advance(row, directions: nil) }
    return table.means
  }

  /// The cells of the optimal path, from the first frames to the last.
  ///
  /// Memory: a quarter of a byte per cell, so at most 256 MiB.
  ///
  /// - Parameter aligning: the dimensions in the distance that the path minimizes; nil for all.
  /// - Precondition: neither sequence is empty, one number of dimensions, `isPossible`.
  package static func path(_ reference: Cepstra, _ generated: Cepstra, aligning: Range<Int>? = nil) -> [Step] {
    let aligning = aligning ?? 0..<reference.dimensions
    let (rows, columns) = (reference.frames, generated.frames)
    let bytes = (columns + 3) / 4
    var directions = [UInt8](repeating: 0, count: rows * bytes)
    var table = Table(reference, generated, aligning: aligning, counting: aligning)
    directions.withUnsafeMutableBufferPointer { directions in
      for row in 0..<rows { table.advance(row, directions: directions.baseAddress.unsafelyUnwrapped + row * bytes) }
    }
    var (row, column) = (rows - 1, columns - 1)
    var steps = [Step(reference: row, generated: column)]
    while row > 0 || column > 0 {
      switch directions[row * bytes + column / 4] >> UInt8(2 * (column % 4)) & 3 {
      case 0: (row, column) = (row - 1, column - 1)
      case 1: row -= 1
      default: column -= 1
      }
      steps.append(Step(reference: row, generated: column))
    }
    return steps.reversed()
  }

  /// The cost matrix, of which one row is stored.
  private struct Table {
    private let reference: Cepstra
    private let columns: PaddedMatrix
    private let aligning: Range<Int>
    private let counting: Range<Int>
    private var distances: [Double]
    private var countedDistances: [Double]
    private var cost: [Double]
    /// The sum of the reported distances along the optimal path to each cell of the row.
    private var counted: [Double]
    /// The number of cells of that path.
    private var steps: [Double]

    /// The means along the path to the last cell of the row.
    var means: Means {
      let last = cost.count - 1
      return Means(aligned: cost[last] / steps[last], counted: counted[last] / steps[last])
    }

    init(_ reference: Cepstra, _ generated: Cepstra, aligning: Range<Int>, counting: Range<Int>) {
      precondition(
        reference.dimensions == generated.dimensions,
        "vectors of \(reference.dimensions) and of \(generated.dimensions) dimensions have no distance")
      let (rows, count) = (reference.frames, generated.frames)
      precondition(
        rows > 0 && count > 0 && isPossible(referenceFrames: rows, generatedFrames: count),
        "sequences of \(rows) and \(count) frames cannot be aligned")
      for range in [aligning, counting] {
        precondition(
          range.lowerBound >= 0 && range.upperBound <= reference.dimensions,
          "dimensions \(range) of \(reference.dimensions)")
      }
      self.reference = reference
      self.aligning = aligning
      self.counting = counting
      columns = generated.transposed
      distances = [Double](repeating: 0, count: columns.stride)
      countedDistances = aligning == counting ? [] : distances
      cost = [Double](repeating: .infinity, count: count)
      counted = [Double](repeating: 0, count: count)
      steps = counted
    }

    mutating func advance(_ row: Int, directions: UnsafeMutablePointer<UInt8>?) {
      Table.measure(reference, row, columns, dimensions: aligning, into: &distances)
      let (count, first): (Int, Int32) = (cost.count, row == 0 ? 1 : 0)
      if aligning == counting {
        kodama_warp(&cost, &counted, &steps, distances, distances, count, first, directions)
      } else {
        Table.measure(reference, row, columns, dimensions: counting, into: &countedDistances)
        kodama_warp(&cost, &counted, &steps, distances, countedDistances, count, first, directions)
      }
    }

    private static func measure(
      _ reference: Cepstra, _ row: Int, _ columns: PaddedMatrix, dimensions: Range<Int>, into distances: inout [Double]
    ) {
      reference.values.withUnsafeBufferPointer { values in
        let point = values.baseAddress.unsafelyUnwrapped + row * reference.dimensions
        SpectralKernels.current.distances(point, columns, dimensions: dimensions, &distances)
      }
    }
  }
}
