/// The factor U of a symmetric positive definite matrix H = U · D · Uᵀ with U upper triangular, its diagonal 1, and D
/// diagonal. A pivot that is not positive, which rounding can leave, counts as nothing: its column of U is 0.
struct UnitTriangularFactor {
  let size: Int
  /// Row-major [size, size]; below the diagonal undefined.
  private let elements: [Double]

  /// - Parameter matrix: row-major [size, size], of which the upper triangle is read.
  init(_ matrix: [Double], size: Int) {
    precondition(matrix.count == size * size, "\(matrix.count) numbers are no matrix of \(size) rows")
    var elements = matrix
    var column = [Double](repeating: 0, count: size)
    elements.withUnsafeMutableBufferPointer { a in
      for pivot in stride(from: size - 1, through: 0, by: -1) {
        let d = a[pivot * size + pivot]
        for row in 0..<pivot { column[row] = d > 0 ? a[row * size + pivot] / d : 0 }
        for row in 0..<pivot {
          let factor = column[row] * d
          for other in row..<pivot { a[row * size + other] -= factor * column[other] }
          a[row * size + pivot] = column[row]
        }
        a[pivot * size + pivot] = 1
      }
    }
    self.size = size
    self.elements = elements
  }

  /// The element in a row and a column right of the diagonal.
  subscript(row: Int, column: Int) -> Double { elements[row * size + column] }

  /// Adds `factor` times row `row` to the numbers right of the diagonal.
  func addRow(_ row: Int, times factor: Double, to numbers: inout [Double]) {
    precondition(numbers.count == size, "\(numbers.count) numbers for a matrix of \(size) columns")
    elements.withUnsafeBufferPointer { a in
      numbers.withUnsafeMutableBufferPointer { numbers in
        for column in row + 1..<max(row + 1, size) { numbers[column] += factor * a[row * size + column] }
      }
    }
  }
}
