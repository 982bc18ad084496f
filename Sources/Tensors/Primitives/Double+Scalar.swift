import CKernels
import COpenBLAS

/// Double precision: OpenBLAS and plain C.
extension Double: Scalar {
  private static var table: UnsafePointer<kodama_kernels_f64> { kodama_kernels_f64_portable() }

  public static func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: UnsafePointer<Double>, lda: Int,
    _ b: UnsafePointer<Double>, ldb: Int, beta: Double, _ out: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, out, blasint(ldc))
  }

  public static func copy(
    n: Int, _ x: UnsafePointer<Double>, stride: Int, _ y: UnsafeMutablePointer<Double>, stride yStride: Int
  ) {
    cblas_dcopy(blasint(n), x, blasint(stride), y, blasint(yStride))
  }

  public static func dot(n: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
    cblas_ddot(blasint(n), x, 1, y, 1)
  }

  public static func add(
    n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    table.pointee.add(n, a, b, out)
  }
  public static func subtract(
    n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    table.pointee.subtract(n, a, b, out)
  }
  public static func multiply(
    n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    table.pointee.multiply(n, a, b, out)
  }
  public static func addScaled(n: Int, _ s: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    table.pointee.add_scaled(n, s, x, y)
  }
  public static func addProduct(
    n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
  ) {
    table.pointee.add_product(n, a, b, y)
  }
  public static func scale(n: Int, _ s: Double, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>) {
    table.pointee.scale(n, s, x, out)
  }
  public static func fillRows(
    rows: Int, columns: Int, _ row: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    table.pointee.fill_rows(rows, columns, row, out)
  }
  public static func addRow(rows: Int, columns: Int, _ row: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>)
  {
    table.pointee.add_row(rows, columns, row, out)
  }
  public static func sumRows(rows: Int, columns: Int, _ x: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>)
  {
    table.pointee.sum_rows(rows, columns, x, sums)
  }
  public static func tanhForward(n: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    table.pointee.tanh_forward(n, x, y)
  }
  public static func tanhBackward(
    n: Int, _ y: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>
  ) {
    table.pointee.tanh_backward(n, y, dy, dx)
  }
  public static func sigmoidForward(n: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    table.pointee.sigmoid_forward(n, x, y)
  }
  public static func sigmoidBackward(
    n: Int, _ y: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>
  ) {
    table.pointee.sigmoid_backward(n, y, dy, dx)
  }
  public static func reluForward(n: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    table.pointee.relu_forward(n, x, y)
  }
  public static func reluBackward(
    n: Int, _ y: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>
  ) {
    table.pointee.relu_backward(n, y, dy, dx)
  }
  public static func gateForward(
    rows: Int, channels: Int, _ z: UnsafeMutablePointer<Double>, _ h: UnsafeMutablePointer<Double>
  ) {
    table.pointee.gate_forward(rows, channels, z, h)
  }
  public static func gateProduct(
    rows: Int, channels: Int, _ z: UnsafePointer<Double>, _ h: UnsafeMutablePointer<Double>
  ) {
    table.pointee.gate_product(rows, channels, z, h)
  }
  public static func gateBackward(
    rows: Int, channels: Int, _ z: UnsafePointer<Double>, _ dh: UnsafePointer<Double>,
    _ dz: UnsafeMutablePointer<Double>
  ) {
    table.pointee.gate_backward(rows, channels, z, dh, dz)
  }

  public static func crossEntropy(
    rows: Int, classes: Int, _ logits: UnsafePointer<Double>, targets: UnsafePointer<Int32>,
    weights: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>?
  ) -> Double {
    table.pointee.cross_entropy(rows, classes, logits, targets, weights, gradient)
  }

  public static func mixtureLoss(
    _ mixture: DiscretizedMixture, rows: Int, _ x: UnsafePointer<Double>, targets: UnsafePointer<Int32>,
    weights: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>?
  ) -> Double {
    withUnsafePointer(to: mixture.kernel) { kodama_mixture_loss_f64($0, rows, x, targets, weights, gradient) }
  }

  public static func sumOfSquares(n: Int, _ x: UnsafePointer<Double>) -> Double {
    table.pointee.sum_of_squares(n, x)
  }
}
