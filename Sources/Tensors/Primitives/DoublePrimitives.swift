import COpenBLAS

/// Double precision: plain loops, with OpenBLAS's matrix product.
final class DoublePrimitives: Primitives<Double>, @unchecked Sendable {
  static let current = DoublePrimitives()

  override func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: Input, lda: Int, _ b: Input, ldb: Int,
    beta: Double, _ out: Output, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, out, blasint(ldc))
  }
}
