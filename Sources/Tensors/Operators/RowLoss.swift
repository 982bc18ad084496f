extension Variable {
  /// The loss of some rows and, where it is wanted, its gradient, which may take the place of the rows: what one part of
  /// a loss does.
  typealias RowLossPart =
    @Sendable (
      _ rows: Int, _ x: UnsafePointer<S>, _ targets: UnsafePointer<Int32>, _ weights: UnsafePointer<S>,
      _ gradient: UnsafeMutablePointer<S>?
    ) -> Double

  /// The weighted mean of the losses of rows, Σ wᵣ · lossᵣ / Σ wᵣ, part by part in one order.
  func rowLoss(targets: [Int32], weights: [S], part body: RowLossPart) -> Variable {
    let (rows, columns, workspace) = (shape.rows, shape.last, tape.workspace)
    precondition(
      targets.count == rows && weights.count == rows,
      "\(targets.count) targets and \(weights.count) weights for \(rows) rows of shape \(shape)")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    precondition(total > 0, "the weights of a loss must have a positive sum, not \(total)")
    let normalized = weights.map { S(Double($0) / total) }

    // The gradient is as good as free beside the loss, and smaller to keep than the rows and the loss apart.
    var gradient = tape.isRecording ? Tensor<S>(undefined: shape, workspace: workspace) : nil
    let (x, g) = (value.region, gradient?.mutable)
    let rowsPerPart = 256
    let parts = (rows + rowsPerPart - 1) / rowsPerPart
    var losses = Tensor<Double>([parts])
    let partLosses = losses.mutable
    workspace.workers.forEach(parts: parts) { part in
      let first = part * rowsPerPart
      let offset = first * columns
      partLosses.base[part] = targets.withUnsafeBufferPointer { targets in
        normalized.withUnsafeBufferPointer { weights in
          body(
            min(rowsPerPart, rows - first), x.base + offset, targets.baseAddress! + first,
            weights.baseAddress! + first, g.map { $0.base + offset })
        }
      }
    }
    let loss = losses.elements.reduce(0, +)
    return tape.record([self], output: Tensor([], [S(loss)])) { [gradient] upstream in
      [gradient.map { upstream.item == 1 ? $0 : workspace.binary(.multiply, $0, upstream.item) }]
    }
  }
}
