extension Tape {
  /// Rows of a table by index.
  ///
  /// - Parameters:
  ///   - table: [classes, channels].
  ///   - indices: as many as `shape` has elements, each in 0..<classes.
  ///   - shape: the shape of the indices, such as [B, T].
  /// - Shapes: → shape + [channels].
  public func embedding(_ table: Variable<S>, indices: [Int32], shape: Shape) -> Variable<S> {
    let (classes, channels) = (table.shape[0], table.shape[1])
    precondition(indices.count == shape.count, "\(indices.count) indices do not fill shape \(shape)")
    precondition(
      indices.allSatisfy { (0..<Int32(classes)).contains($0) }, "an index is outside the \(classes) rows of the table")
    var output = Tensor<S>(undefined: Shape(shape.extents + [channels]), workspace: workspace)
    let (source, target) = (table.value.region, output.mutable)
    for (row, index) in indices.enumerated() {
      (target.base + row * channels).update(from: source.base + Int(index) * channels, count: channels)
    }
    return record([table], output: output) { gradient in
      var result = Tensor<S>([classes, channels])
      let (source, target) = (gradient.region, result.mutable)
      for (row, index) in indices.enumerated() {
        let line = target.base + Int(index) * channels
        S.add(n: channels, line, source.base + row * channels, line)
      }
      return [result]
    }
  }
}
