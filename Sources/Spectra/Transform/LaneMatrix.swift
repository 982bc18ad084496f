/// A matrix whose rows are as long as whole registers: vectors that meet them have zeros after the last column.
struct LaneMatrix: Sendable, Equatable {
  /// Numbers of the widest register.
  static let lanes = 8

  let rows: Int
  let columns: Int
  /// Numbers from one row to the next: the columns, rounded up to whole registers.
  let stride: Int
  /// [row, column], zero after the last column of each row.
  var values: [Double]

  /// A matrix of zeros.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    stride = LaneMatrix.padded(columns)
    values = [Double](repeating: 0, count: rows * stride)
  }

  /// A count rounded up to whole registers.
  static func padded(_ count: Int) -> Int { (count + lanes - 1) / lanes * lanes }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * stride + column] }
    set { values[row * stride + column] = newValue }
  }
}
