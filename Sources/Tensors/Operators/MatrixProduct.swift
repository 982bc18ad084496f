extension Variable {
  /// The matrix product a · b.
  ///
  /// - Shapes: [.., K] · [K, N] → [.., N]; the leading axes of `a` are rows.
  public func matrixProduct(_ b: Variable) -> Variable {
    let (x, y) = (value, b.value)
    precondition(
      y.shape.rank == 2 && x.shape.last == y.shape[0],
      "shapes \(x.shape) and \(y.shape) do not make a matrix product")
    let (rows, inner, columns) = (x.shape.rows, y.shape[0], y.shape[1])
    let workspace = tape.workspace
    var output = Tensor<S>(undefined: x.shape.replacingLast(columns), workspace: workspace)
    let (p, q, r) = (x.region, y.region, output.mutable)
    workspace.forEachRun(rows: rows, columns: max(inner, columns)) { run in
      S.multiplyMatrices(
        transposeA: false, transposeB: false, m: run.count, n: columns, k: inner, p.base + run.lowerBound * inner,
        lda: inner, q.base, ldb: columns, beta: 0, r.base + run.lowerBound * columns, ldc: columns)
    }
    return tape.record([self, b], output: output) { gradient in
      var dx = Tensor<S>(undefined: x.shape, workspace: workspace)
      var dy = Tensor<S>(undefined: y.shape, workspace: workspace)
      let (p, q, g, dp) = (x.region, y.region, gradient.region, dx.mutable)
      workspace.forEachRun(rows: rows, columns: max(inner, columns)) { run in
        S.multiplyMatrices(
          transposeA: false, transposeB: true, m: run.count, n: inner, k: columns, g.base + run.lowerBound * columns,
          lda: columns, q.base, ldb: columns, beta: 0, dp.base + run.lowerBound * inner, ldc: inner)
      }
      S.multiplyMatrices(
        transposeA: true, transposeB: false, m: inner, n: columns, k: rows, p.base, lda: inner, g.base, ldb: columns,
        beta: 0, dy.mutable.base, ldc: columns)
      return [dx, dy]
    }
  }
}
