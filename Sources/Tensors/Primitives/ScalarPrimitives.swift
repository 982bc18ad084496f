import CKernels
import COpenBLAS

extension Scalar {
  /// The loops over elements of this type.
  static var primitives: Primitives<Self> {
    // Each cast is made only where the types are equal, so it is an identity cast.
    if Self.self == Float.self { return unsafeDowncast(FloatPrimitives.current, to: Primitives<Self>.self) }
    if Self.self == Double.self { return unsafeDowncast(DoublePrimitives.current, to: Primitives<Self>.self) }
    return Primitives<Self>()
  }
}

/// Single precision: OpenBLAS and the kernels of one instruction set.
///
/// `@unchecked Sendable`: the table is constant.
final class FloatPrimitives: Primitives<Float>, @unchecked Sendable {
  static let current = FloatPrimitives()

  private let kernels: kodama_kernels_f32

  /// The kernels of an instruction set; by default `InstructionSet.current`.
  init(_ instructions: InstructionSet = .current) { kernels = instructions.kernels.pointee }

  // MARK: Elements

  override func unary(_ function: UnaryFunction<Float>, n: Int, _ x: Input, _ y: Output) {
    let (code, p, q) = function.kernel
    kernels.unary(code, p, q, n, x, y)
  }

  override func unaryGradient(
    _ function: UnaryFunction<Float>, n: Int, _ x: Input, _ y: Input, _ dy: Input, _ dx: Output
  ) {
    let (code, p, q) = function.kernel
    kernels.unary_gradient(code, p, q, n, x, y, dy, dx)
  }

  override func binary(
    _ operation: BinaryOperation, n: Int, _ a: Input, step aStep: Int, _ b: Input, step bStep: Int, _ out: Output
  ) {
    kernels.binary(operation.kernel, n, a, aStep, b, bStep, out)
  }

  override func select(n: Int, mask: Input, _ a: Input, _ b: Input, _ out: Output) {
    kernels.select(n, mask, a, b, out)
  }

  override func copy(n: Int, _ x: Input, stride: Int, _ y: Output, stride yStride: Int) {
    cblas_scopy(blasint(n), x, blasint(stride), y, blasint(yStride))
  }

  override func addScaled(n: Int, _ s: Float, _ x: Input, _ y: Output) { kernels.add_scaled(n, s, x, y) }

  override func addProduct(n: Int, _ a: Input, _ b: Input, _ y: Output) { kernels.add_product(n, a, b, y) }

  override func scale(n: Int, _ s: Float, _ x: Input, _ out: Output) { kernels.scale(n, s, x, out) }

  // MARK: Sums

  override func dot(n: Int, _ x: Input, _ y: Input) -> Float { cblas_sdot(blasint(n), x, 1, y, 1) }

  override func sumOfSquares(n: Int, _ x: Input) -> Double { kernels.sum_of_squares(n, x) }

  override func reduceRows(_ reduction: Reduction, rows: Int, columns: Int, _ x: Input, _ out: Output) {
    kernels.reduce_rows(reduction.kernel, rows, columns, x, out)
  }

  // MARK: Rows

  override func fillRows(rows: Int, columns: Int, _ row: Input, _ out: Output) {
    kernels.fill_rows(rows, columns, row, out)
  }

  override func addRow(rows: Int, columns: Int, _ row: Input, _ out: Output) {
    kernels.add_row(rows, columns, row, out)
  }

  override func sumRows(rows: Int, columns: Int, _ x: Input, _ sums: Output) {
    kernels.sum_rows(rows, columns, x, sums)
  }

  // MARK: Normalization by column

  override func squareDeviations(rows: Int, columns: Int, _ x: Input, mean: Input, _ sums: Output) {
    kernels.square_deviations(rows, columns, x, mean, sums)
  }

  override func sumProducts(
    rows: Int, columns: Int, _ a: Input, passage: Passage?, _ b: Input, mean: Input, sums: Output, products: Output
  ) {
    guard let passage else { return kernels.sum_products(rows, columns, a, nil, b, mean, sums, products) }
    withUnsafePointer(to: kodama_passage(passage)) {
      kernels.sum_products(rows, columns, a, $0, b, mean, sums, products)
    }
  }

  override func transformRows(
    rows: Int, columns: Int, _ x: Input, scale: Input, shift: Input, limits: ClosedRange<Float>?, _ out: Output
  ) {
    guard let limits else { return kernels.transform_rows(rows, columns, x, scale, shift, nil, out) }
    withUnsafePointer(to: kodama_finish(lower: limits.lowerBound, upper: limits.upperBound, added: nil)) {
      kernels.transform_rows(rows, columns, x, scale, shift, $0, out)
    }
  }

  override func combineRows(
    rows: Int, columns: Int, _ a: Input, passage: Passage?, scale: Input, _ b: Input, mean: Input,
    scale slope: Input, shift: Input, _ out: Output
  ) {
    guard let passage else {
      return kernels.combine_rows(rows, columns, a, nil, scale, b, mean, slope, shift, out)
    }
    withUnsafePointer(to: kodama_passage(passage)) {
      kernels.combine_rows(rows, columns, a, $0, scale, b, mean, slope, shift, out)
    }
  }

  // MARK: Gated activation

  override func gateForward(rows: Int, channels: Int, _ z: Output, _ h: Output) {
    kernels.gate_forward(rows, channels, z, h)
  }

  override func gateProduct(rows: Int, channels: Int, _ z: Input, _ h: Output) {
    kernels.gate_product(rows, channels, z, h)
  }

  override func gateBackward(rows: Int, channels: Int, _ z: Input, _ dh: Input, _ dz: Output) {
    kernels.gate_backward(rows, channels, z, dh, dz)
  }

  // MARK: Windows

  override var packing: (block: Int, vector: Int) { (kernels.block_outputs, kernels.vector_outputs) }

  override func multiplyRuns(
    _ runs: kodama_runs, outputs: Int, _ packed: Input, bias: Input?, finish: UnsafePointer<kodama_finish>?,
    _ out: UnsafePointer<UnsafeMutableRawPointer?>, scratch: Output, streams: Bool
  ) {
    withUnsafePointer(to: runs) {
      kernels.multiply_runs($0, outputs, packed, bias, finish, out, scratch, streams ? 1 : 0)
    }
  }

  override func addOuterProducts(
    _ runs: kodama_runs, outputs: Int, _ gradient: Input, stride: Int, scratch: Output, _ packed: Output
  ) {
    withUnsafePointer(to: runs) { kernels.add_outer_products($0, outputs, gradient, stride, scratch, packed) }
  }

  override func depthwiseForward(
    _ windows: kodama_windows, outputs: Range<Int>, _ map: Input, weight: Input, bias: Input?,
    finish: UnsafePointer<kodama_finish>?, _ out: Output, rowStep: Int, columnStep: Int, streams: Bool
  ) {
    withUnsafePointer(to: windows) {
      kernels.depthwise_forward(
        $0, outputs.lowerBound, outputs.count, map, weight, bias, finish, out, rowStep, columnStep, streams ? 1 : 0)
    }
  }

  override func depthwiseWeightGradient(
    _ windows: kodama_windows, outputs: Range<Int>, _ map: Input, _ gradient: Input, _ weightGradient: Output
  ) {
    withUnsafePointer(to: windows) {
      kernels.depthwise_weight_gradient($0, outputs.lowerBound, outputs.count, map, gradient, weightGradient)
    }
  }

  override func scatterPatches(
    _ windows: kodama_windows, channels: Range<Int>, outputs: Range<Int>, _ patches: Input, _ map: Output
  ) {
    withUnsafePointer(to: windows) {
      kodama_scatter_patches_f32(
        $0, channels.lowerBound, channels.count, outputs.lowerBound, outputs.count, patches, map)
    }
  }

  // MARK: Products and losses

  override func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: Input, lda: Int, _ b: Input, ldb: Int,
    base: ProductBase<Float>, _ out: Output, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    // Narrow products with weights that stay in the caches are faster here, all others in OpenBLAS, which copies a
    // transposed factor: that pays where it has many rows.
    let isNarrow = n % kernels.vector_outputs == 0 && n <= 1024 && (transposeA ? m <= 256 : k <= 1024)
    if isNarrow {
      kernels.multiply_matrices(
        transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, a, lda, b, ldb, base.matrix, base.stride, base.row, out, ldc)
      return
    }
    let beta: Float = base.write(rows: m, columns: n, to: out, stride: ldc) ? 1 : 0
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, out, blasint(ldc))
  }

  override func crossEntropy(
    rows: Int, classes: Int, _ logits: Input, targets: UnsafePointer<Int32>, weights: Input, gradient: Output?
  ) -> Double {
    kernels.cross_entropy(rows, classes, logits, targets, weights, gradient)
  }

  override func mixtureLoss(
    _ mixture: DiscretizedMixture, rows: Int, _ x: Input, targets: UnsafePointer<Int32>, weights: Input,
    gradient: Output?
  ) -> Double {
    withUnsafePointer(to: mixture.kernel) { kodama_mixture_loss_f32($0, rows, x, targets, weights, gradient) }
  }
}

/// Double precision: plain loops, with OpenBLAS's matrix product.
final class DoublePrimitives: Primitives<Double>, @unchecked Sendable {
  static let current = DoublePrimitives()

  override func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: Input, lda: Int, _ b: Input, ldb: Int,
    base: ProductBase<Double>, _ out: Output, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    let beta: Double = base.write(rows: m, columns: n, to: out, stride: ldc) ? 1 : 0
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, out, blasint(ldc))
  }
}

extension kodama_passage {
  fileprivate init(_ passage: Primitives<Float>.Passage) {
    self.init(
      scale: passage.scale, shift: passage.shift, lower: passage.limits.lowerBound, upper: passage.limits.upperBound)
  }
}
