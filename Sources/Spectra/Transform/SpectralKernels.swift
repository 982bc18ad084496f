import CSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Loops over the spectra of one frame, compiled for several instruction sets.
package struct SpectralKernels: @unchecked Sendable {
  // Sendable because the table is constant.

  /// The variants that this processor supports, the slowest first. All give bitwise equal results.
  static let available = (0..<3).compactMap { kodama_spectral_kernels_at(Int32($0)).map(SpectralKernels.init) }
  /// The variant in use: the fastest, or the one named by the environment variable `KODAMA_ISA`.
  package static let current = named(getenv("KODAMA_ISA").map { String(cString: $0) })

  /// The variant for an instruction set; the fastest for nil and where this processor does not support it.
  static func named(_ name: String?) -> SpectralKernels {
    available.first { $0.name == name } ?? available[available.count - 1]
  }

  /// The instruction set: `portable`, `avx2` or `avx512`.
  var name: String { String(cString: table.pointee.name) }

  private let table: UnsafePointer<kodama_spectral_kernels>

  /// Σ (x − y)², Σ y² and Σ |ln x − ln y| over the bins, with x and y the magnitudes √max(power, floor) of the
  /// generated sound and the reference.
  ///
  /// - Precondition: a positive floor.
  package func magnitudeSums(_ spectra: FrameSpectra, floor: Double) -> SIMD3<Double> {
    var sums = (0.0, 0.0, 0.0)
    withUnsafeMutableBytes(of: &sums) {
      table.pointee.magnitude_sums(
        spectra.first, spectra.second, spectra.bins, floor, $0.assumingMemoryBound(to: Double.self).baseAddress)
    }
    return SIMD3(sums.0, sums.1, sums.2)
  }

  /// Σ ln²(q / p) over the bins, with p = max(scale · power, floor) of the reference and q that of the generated sound.
  ///
  /// - Precondition: a positive floor.
  func squaredLogRatios(_ spectra: FrameSpectra, scale: Double, floor: Double) -> Double {
    table.pointee.squared_log_ratios(spectra.first, spectra.second, spectra.bins, scale, floor)
  }

  /// Replaces each number by √(number + offset).
  func squareRoots(_ numbers: UnsafeMutablePointer<Double>, count: Int, offset: Double) {
    table.pointee.square_roots(numbers, count, offset)
  }

  /// Replaces each number by its natural logarithm.
  ///
  /// - Precondition: count is a multiple of eight, and all numbers are positive, finite and normal.
  func logarithms(_ numbers: UnsafeMutablePointer<Double>, count: Int) { table.pointee.logarithms(numbers, count) }

  /// Replaces each number by its exponential; numbers are clamped to ±700.
  ///
  /// - Precondition: count is a multiple of eight.
  func exponentials(_ numbers: UnsafeMutablePointer<Double>, count: Int) { table.pointee.exponentials(numbers, count) }

  /// sums[r] = Σ_c matrix[r, c] · weights[c].
  func rowSums(_ matrix: PaddedMatrix, _ weights: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>) {
    matrix.values.withUnsafeBufferPointer {
      table.pointee.row_sums($0.baseAddress, matrix.rows, matrix.stride, weights, sums)
    }
  }

  /// sums[c] = Σ_r matrix[r, c] · weights[r] over the first `rows` rows.
  func columnSums(
    _ matrix: PaddedMatrix, rows: Int, _ weights: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>
  ) {
    precondition(rows <= matrix.rows, "\(rows) of \(matrix.rows) rows")
    matrix.values.withUnsafeBufferPointer {
      table.pointee.column_sums($0.baseAddress, rows, matrix.stride, weights, sums)
    }
  }

  /// distances[c] = √Σ_d (point[d] − points[d, c])² over the rows d of `points` in `dimensions`.
  func distances(
    _ point: UnsafePointer<Double>, _ points: PaddedMatrix, dimensions: Range<Int>,
    _ distances: UnsafeMutablePointer<Double>
  ) {
    precondition(dimensions.upperBound <= points.rows, "dimensions \(dimensions) of \(points.rows)")
    points.values.withUnsafeBufferPointer {
      table.pointee.distances(
        point + dimensions.lowerBound, $0.baseAddress.unsafelyUnwrapped + dimensions.lowerBound * points.stride,
        dimensions.count, points.stride, distances)
    }
  }

  /// Solves A x = b for a symmetric positive definite matrix A, of which the lower triangle is read; false where it is
  /// not positive definite within rounding, and then `vector` is undefined.
  ///
  /// - Parameters:
  ///   - matrix: A, in rows of `count` elements padded to whole vector registers; overwritten.
  ///   - vector: b, then x.
  ///   - pivots: scratch memory for one row.
  func solvePositiveDefinite(
    _ matrix: UnsafeMutablePointer<Double>, _ vector: UnsafeMutablePointer<Double>, count: Int,
    pivots: UnsafeMutablePointer<Double>
  ) -> Bool {
    table.pointee.solve_positive_definite(matrix, vector, count, pivots) == 0
  }

  /// output[j] = max over d in 0..<width of values[j + d] + weights[d], for j in 0..<count.
  ///
  /// - Precondition: count + width − 1 values, a width of at least 1.
  func maxPlus(
    _ values: UnsafePointer<Double>, weights: UnsafePointer<Double>, width: Int,
    to output: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    table.pointee.max_plus(values, weights, width, output, count)
  }
}

/// A matrix whose rows are padded with zeros to whole vector registers, like the vectors that it is multiplied with.
struct PaddedMatrix: Sendable, Equatable {
  /// The number of elements in the widest register.
  static let lanes = 8

  let rows: Int
  let columns: Int
  /// The row stride: the columns, rounded up to whole registers.
  let stride: Int
  /// [row, column], zero after the last column of each row.
  var values: [Double]

  /// A matrix of zeros.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    stride = PaddedMatrix.padded(columns)
    values = [Double](repeating: 0, count: rows * stride)
  }

  /// A count rounded up to whole registers.
  static func padded(_ count: Int) -> Int { (count + lanes - 1) / lanes * lanes }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * stride + column] }
    set { values[row * stride + column] = newValue }
  }
}
