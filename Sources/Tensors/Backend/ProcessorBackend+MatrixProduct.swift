extension ProcessorBackend {
  /// Rows of a matrix product in one part.
  private static let rowsPerPart = 512
  /// The maximum number of partial sums of a product over a long inner axis.
  private static let maximumPartialSums = 8

  func matrixProduct<S>(
    _ a: Tensor<S>, transposed aTransposed: Bool, _ b: Tensor<S>, transposed bTransposed: Bool,
    in resources: Resources
  ) -> Tensor<S> {
    let (outerA, outerB) = (Shape(a.shape.extents.dropLast(2)), Shape(b.shape.extents.dropLast(2)))
    let (m, k) = aTransposed ? (a.shape[-1], a.shape[-2]) : (a.shape[-2], a.shape[-1])
    let (inner, n) = bTransposed ? (b.shape[-1], b.shape[-2]) : (b.shape[-2], b.shape[-1])
    guard k == inner, let outer = outerA.broadcast(with: outerB) else {
      preconditionFailure("shapes \(a.shape) and \(b.shape) do not make a matrix product")
    }
    var result = Tensor<S>(undefined: Shape(outer.extents + [m, n]), memory: resources.memory)
    if result.count == 0 { return result }
    let nest = LoopNest([StridedLayout(outerA).broadcast(to: outer), StridedLayout(outerB).broadcast(to: outer)])
    let axes = nest.extents.count
    let (x, y, primitives) = (a.region, b.region, S.primitives)
    let (lda, ldb) = (a.shape[-1], b.shape[-1])

    /// One run of rows of one product, over a range of the inner axis.
    @Sendable func multiply(_ matrix: Int, rows: Range<Int>, inner: Range<Int>, _ out: UnsafeMutablePointer<S>) {
      let p = x.base + nest.offset(ofElement: matrix, axes: axes, layout: 0) * m * k
      let q = y.base + nest.offset(ofElement: matrix, axes: axes, layout: 1) * k * n
      primitives.multiplyMatrices(
        transposeA: aTransposed, transposeB: bTransposed, m: rows.count, n: n, k: inner.count,
        p + (aTransposed ? inner.lowerBound * lda + rows.lowerBound : rows.lowerBound * lda + inner.lowerBound),
        lda: lda, q + (bTransposed ? inner.lowerBound : inner.lowerBound * ldb), ldb: ldb, base: .zero, out,
        ldc: n)
    }

    // A small product over a long inner axis, as for gradients of weights: partial sums over ranges of the axis.
    let sumCount = min(Self.maximumPartialSums, k / Self.rowsPerPart)
    if outer.count == 1 && m <= Self.rowsPerPart && sumCount > 1 {
      var partial = Tensor<S>(undefined: [sumCount, m * n], memory: resources.memory)
      let target = partial.mutable
      resources.workers.forEach(parts: sumCount) { part in
        multiply(0, rows: 0..<m, inner: k * part / sumCount..<k * (part + 1) / sumCount, target.base + part * m * n)
      }
      return reduce(.sum, partial, axes: [0], in: resources).reshaped(result.shape)
    }
    let target = result.mutable
    let parts = (m + Self.rowsPerPart - 1) / Self.rowsPerPart
    resources.workers.forEach(parts: outer.count * parts) { index in
      let (matrix, part) = index.quotientAndRemainder(dividingBy: parts)
      let rows = part * Self.rowsPerPart..<min(m, (part + 1) * Self.rowsPerPart)
      multiply(matrix, rows: rows, inner: 0..<k, target.base + (matrix * m + rows.lowerBound) * n)
    }
    return result
  }
}
