// Selection of elements or rows.

extension Variable {
  /// a where the mask is not 0, else b, with all broadcast to one shape.
  ///
  /// - Precondition: the shapes are compatible.
  public static func choose(where mask: Tensor<S>, _ a: Variable, else b: Variable) -> Variable {
    guard let shape = a.shape.broadcast(with: b.shape).flatMap({ $0.broadcast(with: mask.shape) }) else {
      preconditionFailure("a mask of shape \(mask.shape) cannot choose from shapes \(a.shape) and \(b.shape)")
    }
    let (workspace, shapes) = (a.tape.workspace, (a.shape, b.shape))
    let full = workspace.broadcast(mask, to: shape)
    let output = workspace.select(
      mask: full, workspace.broadcast(a.value, to: shape), workspace.broadcast(b.value, to: shape))
    return a.tape.record([a, b], output: output) { gradient in
      let zero = Tensor<S>(shape, workspace: workspace)
      return [
        workspace.sum(workspace.select(mask: full, gradient, zero), to: shapes.0),
        workspace.sum(workspace.select(mask: full, zero, gradient), to: shapes.1),
      ]
    }
  }

  /// Rows of a table by index.
  ///
  /// - Parameters:
  ///   - indices: as many as `shape` has elements, each in 0..<classes.
  ///   - shape: the shape of the indices, such as [B, T].
  /// - Shapes: [classes, channels] → shape + [channels].
  public func gathered(_ indices: [Int32], shape: Shape) -> Variable {
    precondition(self.shape.rank == 2, "rows are gathered from a table, not from shape \(self.shape)")
    let (workspace, classes) = (tape.workspace, self.shape[0])
    precondition(indices.count == shape.count, "\(indices.count) indices do not fill shape \(shape)")
    precondition(
      indices.allSatisfy { (0..<Int32(classes)).contains($0) }, "an index is outside the \(classes) rows of the table")
    let rows = workspace.backend.rows(indices, of: value, in: workspace.resources)
    return tape.record([self], output: rows.reshaped(Shape(shape.extents + [self.shape[1]]))) { gradient in
      [workspace.backend.sums(ofRows: gradient, by: indices, classes: classes, in: workspace.resources)]
    }
  }
}
