import CKernels
import COpenBLAS

/// Single precision: OpenBLAS and the kernels of the strongest instruction set that the processor has.
extension Float: Scalar {
  private static var table: UnsafePointer<kodama_kernels_f32> { InstructionSet.current.kernels }

  public static func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, lda: Int,
    _ b: UnsafePointer<Float>, ldb: Int, beta: Float, _ out: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, out, blasint(ldc))
  }

  public static func copy(
    n: Int, _ x: UnsafePointer<Float>, stride: Int, _ y: UnsafeMutablePointer<Float>, stride yStride: Int
  ) {
    cblas_scopy(blasint(n), x, blasint(stride), y, blasint(yStride))
  }

  public static func dot(n: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>) -> Float {
    cblas_sdot(blasint(n), x, 1, y, 1)
  }

  public static func add(
    n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    table.pointee.add(n, a, b, out)
  }
  public static func subtract(
    n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    table.pointee.subtract(n, a, b, out)
  }
  public static func multiply(
    n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    table.pointee.multiply(n, a, b, out)
  }
  public static func addScaled(n: Int, _ s: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    table.pointee.add_scaled(n, s, x, y)
  }
  public static func addProduct(
    n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) {
    table.pointee.add_product(n, a, b, y)
  }
  public static func scale(n: Int, _ s: Float, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    table.pointee.scale(n, s, x, out)
  }
  public static func fillRows(rows: Int, columns: Int, _ row: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>)
  {
    table.pointee.fill_rows(rows, columns, row, out)
  }
  public static func addRow(rows: Int, columns: Int, _ row: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    table.pointee.add_row(rows, columns, row, out)
  }
  public static func sumRows(rows: Int, columns: Int, _ x: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>) {
    table.pointee.sum_rows(rows, columns, x, sums)
  }
  public static func tanhForward(n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    table.pointee.tanh_forward(n, x, y)
  }
  public static func tanhBackward(
    n: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
  ) {
    table.pointee.tanh_backward(n, y, dy, dx)
  }
  public static func sigmoidForward(n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    table.pointee.sigmoid_forward(n, x, y)
  }
  public static func sigmoidBackward(
    n: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
  ) {
    table.pointee.sigmoid_backward(n, y, dy, dx)
  }
  public static func reluForward(n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    table.pointee.relu_forward(n, x, y)
  }
  public static func reluBackward(
    n: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
  ) {
    table.pointee.relu_backward(n, y, dy, dx)
  }
  public static func gateForward(
    rows: Int, channels: Int, _ z: UnsafeMutablePointer<Float>, _ h: UnsafeMutablePointer<Float>
  ) {
    table.pointee.gate_forward(rows, channels, z, h)
  }
  public static func gateProduct(rows: Int, channels: Int, _ z: UnsafePointer<Float>, _ h: UnsafeMutablePointer<Float>)
  {
    table.pointee.gate_product(rows, channels, z, h)
  }
  public static func gateBackward(
    rows: Int, channels: Int, _ z: UnsafePointer<Float>, _ dh: UnsafePointer<Float>, _ dz: UnsafeMutablePointer<Float>
  ) {
    table.pointee.gate_backward(rows, channels, z, dh, dz)
  }

  public static func crossEntropy(
    rows: Int, classes: Int, _ logits: UnsafePointer<Float>, targets: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    table.pointee.cross_entropy(rows, classes, logits, targets, weights, gradient)
  }

  public static func mixtureLoss(
    _ mixture: DiscretizedMixture, rows: Int, _ x: UnsafePointer<Float>, targets: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    withUnsafePointer(to: mixture.kernel) { kodama_mixture_loss_f32($0, rows, x, targets, weights, gradient) }
  }

  public static func sumOfSquares(n: Int, _ x: UnsafePointer<Float>) -> Double {
    table.pointee.sum_of_squares(n, x)
  }
}
