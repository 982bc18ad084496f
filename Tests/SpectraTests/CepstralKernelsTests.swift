import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaSpectra

/// The kernels that mel-cepstra and their alignment are made of: each instruction set against the formulas written out.
@Suite struct CepstralKernelsTests {
  private static let portable = SpectralKernels.available[0]

  @Test(arguments: [8, 16, 24]) func logarithmsAndExponentialsAreThoseOfTheLibrary(count: Int) throws {
    for scale in [1e-9, 1.0, 30, 690] {
      let numbers = noise(count, seed: 1).map { scale * $0 }
      for kernels in SpectralKernels.available {
        let exponentials = guarded(numbers) { kernels.exponentials($0, count: count) }
        let ratios = try paired(exponentials, numbers).map { $0 / exp($1) }
        #expect(ratios.allSatisfy { abs($0 - 1) < 1e-15 }, "exponentials of \(kernels.name)")
        let logarithms = guarded(exponentials) { kernels.logarithms($0, count: count) }
        expectClose(logarithms, exponentials.map { log($0) }, tolerance: 1e-15, "logarithms of \(kernels.name)")
        #expect(exponentials == guarded(numbers) { Self.portable.exponentials($0, count: count) })
        #expect(logarithms == guarded(exponentials) { Self.portable.logarithms($0, count: count) })
      }
    }
  }

  @Test func exponentialsStayFiniteWhateverTheNumber() {
    let numbers = [0, 700, 701, 1e300, -700, -701, -1e300, 1]
    for kernels in SpectralKernels.available {
      let result = guarded(numbers) { kernels.exponentials($0, count: 8) }
      #expect(result[0] == 1 && result[1] == result[2] && result[2] == result[3])
      #expect(result[4] == result[5] && result[5] == result[6])
      #expect(result.nonemptyAllSatisfy { $0.isNormal })
    }
  }

  @Test(arguments: [(1, 1), (3, 8), (4, 9), (5, 31), (8, 32), (13, 33), (35, 513)])
  func sumsAndDistancesAreThoseOfTheFormulas(rows: Int, columns: Int) {
    var matrix = PaddedMatrix(rows: rows, columns: columns)
    let values = noise(rows * columns, seed: 2)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = values[row * columns + column] }
    }
    let weights = noise(columns, seed: 3) + [Double](repeating: 0, count: matrix.stride - columns)
    let point = noise(rows, seed: 4)
    let rowSums = (0..<rows).map { row in (0..<columns).reduce(0.0) { $0 + matrix[row, $1] * weights[$1] } }
    let columnSums = (0..<columns).map { column in (0..<rows).reduce(0.0) { $0 + matrix[$1, column] * point[$1] } }
    let distances = (0..<columns).map { column in
      (0..<rows).reduce(0.0) { $0 + pow(matrix[$1, column] - point[$1], 2) }.squareRoot()
    }
    let blank = [Double](repeating: 0, count: matrix.stride)
    for kernels in SpectralKernels.available {
      func results(_ kernels: SpectralKernels) -> [[Double]] {
        [
          guarded([Double](repeating: 0, count: rows)) { kernels.rowSums(matrix, weights, $0) },
          guarded(blank) { kernels.columnSums(matrix, rows: rows, point, $0) },
          guarded(blank) { kernels.distances(point, matrix, dimensions: 0..<rows, $0) },
        ]
      }
      let actual = results(kernels)
      expectClose(actual[0], rowSums, tolerance: 1e-13, "row sums of \(kernels.name)")
      expectClose(Array(actual[1][..<columns]), columnSums, tolerance: 1e-13, "column sums of \(kernels.name)")
      expectClose(Array(actual[2][..<columns]), distances, tolerance: 1e-13, "distances of \(kernels.name)")
      #expect(actual == results(Self.portable))
    }
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 35]) func positiveDefiniteEquationsAreSolved(count: Int) {
    let factor = noise(count * count, seed: 5)
    let expected = noise(count, seed: 6)
    // F Fᵀ + 1 is positive definite.
    var matrix = PaddedMatrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count {
        let product = (0..<count).reduce(0.0) { $0 + factor[row * count + $1] * factor[column * count + $1] }
        matrix[row, column] = product + (row == column ? 1 : 0)
      }
    }
    let vector = (0..<count).map { row in (0..<count).reduce(0.0) { $0 + matrix[row, $1] * expected[$1] } }
    let solutions = SpectralKernels.available.map { solution(of: matrix.values, vector, $0) }
    for solution in solutions {
      expectClose(solution ?? [], expected, tolerance: 1e-12, "solution of \(count) equations")
      #expect(solution == solutions[0])
    }
  }

  @Test(arguments: [[0.0, 0, 0, 0], [1, 1, 1, 1], [1, 2, 2, 1], [-1, 0, 0, 1], [.nan, 0, 0, 1]])
  func otherEquationsAreRefused(numbers: [Double]) {
    let padding = [Double](repeating: 0, count: 6)
    let matrix = numbers[..<2] + padding + numbers[2...] + padding
    for kernels in SpectralKernels.available { #expect(solution(of: Array(matrix), [1, 2], kernels) == nil) }
  }

  private func solution(of matrix: [Double], _ vector: [Double], _ kernels: SpectralKernels) -> [Double]? {
    var pivots = [Double](repeating: 0, count: PaddedMatrix.padded(vector.count))
    var solution = vector
    var isSolved = false
    // What is left of the matrix is of no use.
    _ = guarded(matrix) { matrix in
      isSolved = kernels.solvePositiveDefinite(matrix, &solution, count: vector.count, pivots: &pivots)
    }
    return isSolved ? solution : nil
  }

  /// Numbers within ±1.
  private func noise(_ count: Int, seed: UInt64) -> [Double] {
    var generator = Philox(seed: seed)
    return (0..<count).map { _ in 2 * generator.uniform() - 1 }
  }

  /// What `body` makes of the numbers, once nothing beside them has changed.
  private func guarded(_ numbers: [Double], _ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
    let canary = [Double](repeating: -7.25, count: 16)
    var memory = canary + numbers + canary
    memory.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped + canary.count) }
    #expect(Array(memory.prefix(16)) == canary && Array(memory.suffix(16)) == canary)
    return Array(memory[16..<16 + numbers.count])
  }
}
