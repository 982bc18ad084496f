// Sums over all elements. Reductions over rows stand where they are needed: in the gradients of rows.

extension Variable {
  /// The sum of all elements, added up in order in double precision.
  ///
  /// - Shapes: any → [].
  public func sum() -> Variable {
    let shape = shape
    let workspace = tape.workspace
    let total = value.withUnsafeBuffer { $0.reduce(0.0) { $0 + Double($1) } }
    return tape.record([self], output: Tensor([], [S(total)])) { gradient in
      [Tensor(shape, repeating: gradient.item, workspace: workspace)]
    }
  }

  /// The mean of all elements.
  ///
  /// - Shapes: any → [].
  public func mean() -> Variable { sum() * (1 / S(value.count)) }
}
