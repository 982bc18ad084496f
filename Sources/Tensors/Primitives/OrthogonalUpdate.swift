import KodamaCore

/// One step of momentum that is orthogonalized, for parameters that are matrices: a step of equal length along all
/// directions that a matrix can map, so that the weak ones are learned as fast as the strong ones.
///
/// For a matrix w of `rows` × `columns` with the gradient g:
///
///     m ← momentum · m + (1 − momentum) · g
///     u = momentum · m + (1 − momentum) · g
///     w ← kept · w − rate · 0.2 · √max(rows, columns) · orthogonalized(u)
///
/// where `orthogonalized` moves all singular values near 1 by five Newton-Schulz iterations. The factor makes the root mean
/// square of a step's elements 0.2, as it is of Adam's steps in practice, so that one rate suits both.
///
/// - Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; Liu et al. 2025, "Muon is
///   scalable for LLM training", §2.2, for the factor.
package struct OrthogonalUpdate: Sendable, Equatable {
  /// A matrix in an arena: rows × columns elements, row by row.
  package struct Matrix: Sendable, Equatable {
    package let range: Range<Int>
    package let rows: Int
    package let rate: Float
    /// The factor of the matrix before the step, for decoupled weight decay.
    package let kept: Float

    package init(range: Range<Int>, rows: Int, rate: Float, kept: Float) {
      precondition(rows > 0 && range.count % rows == 0, "\(range.count) elements in \(rows) rows")
      self.range = range
      self.rows = rows
      self.rate = rate
      self.kept = kept
    }

    var columns: Int { range.count / rows }
  }

  package let momentum: Float

  package init(momentum: Float) { self.momentum = momentum }
}

extension Tensor<Float> {
  /// Updates matrices in this tensor by their gradients, each on one thread.
  ///
  /// - Parameters:
  ///   - gradient: of the same shape.
  ///   - momentum: the state of the optimizer, of the same shape.
  package mutating func move(
    _ matrices: [OrthogonalUpdate.Matrix], by update: OrthogonalUpdate, gradient: Tensor, momentum: inout Tensor,
    workers: Workers
  ) {
    precondition(
      gradient.shape == shape && momentum.shape == shape && matrices.allSatisfy { $0.range.upperBound <= count },
      "parameters of shape \(shape) with gradients of shape \(gradient.shape), momentum \(momentum.shape)")
    let (weights, gradients, momenta) = (mutable, gradient.region, momentum.mutable)
    defer { withExtendedLifetime(gradient) {} }
    workers.forEach(parts: matrices.count) { part in
      let matrix = matrices[part]
      let (first, count, primitives) = (matrix.range.lowerBound, matrix.range.count, Float.primitives)
      let (w, g, m) = (weights.base + first, gradients.base + first, momenta.base + first)
      primitives.scale(n: count, update.momentum, m, m)
      primitives.addScaled(n: count, 1 - update.momentum, g, m)
      var direction = Tensor(undefined: [matrix.rows, matrix.columns], memory: nil)
      let u = direction.mutable.base
      primitives.scale(n: count, update.momentum, m, u)
      primitives.addScaled(n: count, 1 - update.momentum, g, u)
      direction.orthogonalize()
      let scale = 0.2 * Float(Swift.max(matrix.rows, matrix.columns)).squareRoot()
      if matrix.kept != 1 { primitives.scale(n: count, matrix.kept, w, w) }
      primitives.addScaled(n: count, -matrix.rate * scale, direction.region.base, w)
      withExtendedLifetime(direction) {}
    }
  }
}

extension Tensor {
  /// Replaces a matrix u = A Σ Bᵀ by about A Bᵀ: its singular values become 0.7 to 1.2. A matrix of zeros stays.
  ///
  /// With x = u / ‖u‖, five times x ← a · x + (b · s + c · s²) · x, where s = x · xᵀ.
  ///
  /// - Source: Jordan et al. 2024, whose coefficients raise small singular values fastest; they do not converge to 1.
  package mutating func orthogonalize() {
    let (a, b, c): (S, S, S) = (3.4445, -4.775, 2.0315)
    let (rows, columns, primitives) = (shape[0], shape[1], S.primitives)
    let norm = sumOfSquares.squareRoot()
    guard norm > 0 && norm.isFinite else { return }
    scale(by: S(1 / norm))
    // The square is that of the shorter side.
    let (isTall, side) = (rows > columns, Swift.min(rows, columns))
    var square = Tensor(undefined: [side, side], memory: nil)
    var polynomial = Tensor(undefined: [side, side], memory: nil)
    var product = Tensor(undefined: shape, memory: nil)
    for _ in 0..<5 {
      let (x, s, p, y) = (mutable.base, square.mutable.base, polynomial.mutable.base, product.mutable.base)
      primitives.multiplyMatrices(
        transposeA: isTall, transposeB: !isTall, m: side, n: side, k: isTall ? rows : columns, x, lda: columns, x,
        ldb: columns, base: .zero, s, ldc: side)
      primitives.multiplyMatrices(
        transposeA: false, transposeB: false, m: side, n: side, k: side, s, lda: side, s, ldb: side, base: .zero, p,
        ldc: side)
      primitives.scale(n: side * side, c, p, p)
      primitives.addScaled(n: side * side, b, s, p)
      primitives.scale(n: count, a, x, y)
      let (left, right, inner) = isTall ? (x, p, columns) : (p, x, rows)
      primitives.multiplyMatrices(
        transposeA: false, transposeB: false, m: rows, n: columns, k: inner, left, lda: inner, right, ldb: columns,
        base: ProductBase(y, stride: columns), y, ldc: columns)
      swap(&self, &product)
    }
  }
}
