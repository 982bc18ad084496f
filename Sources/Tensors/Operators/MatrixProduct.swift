extension Variable {
  /// The matrix product a · b of the two innermost axes; the outer axes are broadcast.
  ///
  /// - Shapes: [.., M, K] · [.., K, N] → [.., M, N]; where b is [K, N], all outer axes of a are rows.
  public func matrixProduct(_ b: Variable) -> Variable {
    precondition(
      shape.rank >= 2 && b.shape.rank >= 2 && shape.last == b.shape[-2],
      "shapes \(shape) and \(b.shape) do not make a matrix product")
    if b.shape.rank == 2 && shape.rank > 2 {
      let rows = reshaped([shape.rows, shape.last]).matrixProduct(b)
      return rows.reshaped(shape.replacingLast(b.shape[1]))
    }
    let (x, y, workspace, backend) = (value, b.value, tape.workspace, tape.workspace.backend)
    let needs = (hasGradient, b.hasGradient)
    let output = backend.matrixProduct(x, transposed: false, y, transposed: false, in: workspace.resources)
    return tape.record([self, b], output: output) { gradient in
      [
        needs.0
          ? workspace.sum(
            backend.matrixProduct(gradient, transposed: false, y, transposed: true, in: workspace.resources),
            to: x.shape) : nil,
        needs.1
          ? workspace.sum(
            backend.matrixProduct(x, transposed: true, gradient, transposed: false, in: workspace.resources),
            to: y.shape) : nil,
      ]
    }
  }
}
