/// What a matrix product is added to: a matrix, a row for each of its rows, both, or nothing.
struct ProductBase<S: Scalar> {
  /// The matrix; nil for 0.
  let matrix: UnsafePointer<S>?
  /// The elements between two rows of the matrix.
  let stride: Int
  /// Added to each row; nil for 0.
  let row: UnsafePointer<S>?

  init(_ matrix: UnsafePointer<S>? = nil, stride: Int = 0, row: UnsafePointer<S>? = nil) {
    self.matrix = matrix
    self.stride = stride
    self.row = row
  }

  /// A matrix that is added to in place.
  init(_ matrix: UnsafeMutablePointer<S>, stride: Int, row: UnsafePointer<S>? = nil) {
    self.init(UnsafePointer(matrix), stride: stride, row: row)
  }

  /// Nothing: the product alone.
  static var zero: ProductBase { ProductBase() }

  /// The base of the rows from `first` on.
  func from(row first: Int) -> ProductBase {
    ProductBase(matrix.map { $0 + first * stride }, stride: stride, row: row)
  }

  /// Writes the base to `out`, as a product of a general library begins, and returns whether there is one.
  func write(rows: Int, columns: Int, to out: UnsafeMutablePointer<S>, stride outStride: Int) -> Bool {
    for r in 0..<rows {
      let line = out + r * outStride
      if let matrix, matrix + r * stride != UnsafePointer(line) {
        line.update(from: matrix + r * stride, count: columns)
      }
      guard let row else { continue }
      if matrix == nil {
        line.update(from: row, count: columns)
      } else {
        S.primitives.addRow(rows: 1, columns: columns, row, line)
      }
    }
    return matrix != nil || row != nil
  }
}
