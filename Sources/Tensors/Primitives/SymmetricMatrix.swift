import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyev`.
public struct SymmetricEigensystem: Sendable {
  /// The eigenvalues, in ascending order.
  public let values: [Double]
  /// The eigenvectors, one in each row, of length 1: [n, n].
  public let vectors: [Double]

  /// The eigensystem of a matrix [n, n], of which the upper triangle is read.
  ///
  /// - Returns: nil where the iteration does not converge, as for a matrix that is not finite.
  /// - Precondition: n · n numbers.
  public init?(of matrix: [Double], order: Int) {
    precondition(matrix.count == order * order, "\(matrix.count) numbers are no matrix of order \(order)")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    if order == 0 {
      (values, vectors) = ([], [])
      return
    }
    var (vectors, values) = (matrix, [Double](repeating: 0, count: order))
    var (n, status, length) = (Int32(order), Int32(0), Int32(-1))
    var best = [0.0]
    // The rows of a symmetric matrix are its columns, the upper triangle by rows the lower by columns.
    dsyev_("V", "L", &n, &vectors, &n, &values, &best, &length, &status, 1, 1)
    length = Int32(max(best[0], 3 * Double(order)))
    var work = [Double](repeating: 0, count: Int(length))
    dsyev_("V", "L", &n, &vectors, &n, &values, &work, &length, &status, 1, 1)
    if status != 0 { return nil }
    (self.values, self.vectors) = (values, vectors)
  }
}
