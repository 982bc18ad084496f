extension Variable {
  /// The weighted mean of −ln softmax(x)[target] over rows: Σ wᵣ · (−ln pᵣ) / Σ wᵣ, in nats.
  ///
  /// - Shapes: [.., classes], as many targets and weights as rows → [].
  /// - Parameters:
  ///   - targets: the class of each row, in 0..<classes.
  ///   - weights: how much each row counts, 0 for rows outside the loss; with a positive sum.
  public func crossEntropy(targets: [Int32], weights: [S]) -> Variable {
    let (rows, classes, workspace) = (shape.rows, shape.last, tape.workspace)
    precondition(
      targets.count == rows && weights.count == rows,
      "\(targets.count) targets and \(weights.count) weights for \(rows) rows of logits of shape \(shape)")
    precondition(
      targets.allSatisfy { (0..<Int32(classes)).contains($0) }, "a target is outside the \(classes) classes")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    precondition(total > 0, "the weights of a loss must have a positive sum, not \(total)")
    let normalized = weights.map { S(Double($0) / total) }

    // The gradient is as good as free beside the loss, and smaller to keep than the logits and the loss apart.
    var gradient = tape.isRecording ? Tensor<S>(undefined: shape, workspace: workspace) : nil
    let (x, g) = (value.region, gradient?.mutable)
    let rowsPerPart = 256
    let parts = (rows + rowsPerPart - 1) / rowsPerPart
    var losses = Tensor<Double>([parts])
    let partLosses = losses.mutable
    workspace.workers.forEach(parts: parts) { part in
      let first = part * rowsPerPart
      let offset = first * classes
      partLosses.base[part] = targets.withUnsafeBufferPointer { targets in
        normalized.withUnsafeBufferPointer { weights in
          S.crossEntropy(
            rows: min(rowsPerPart, rows - first), classes: classes, x.base + offset,
            targets: targets.baseAddress! + first, weights: weights.baseAddress! + first,
            gradient: g.map { $0.base + offset })
        }
      }
    }
    let loss = losses.elements.reduce(0, +)
    return tape.record([self], output: Tensor([], [S(loss)])) { [gradient] upstream in
      [gradient.map { upstream.item == 1 ? $0 : workspace.scaled($0, by: upstream.item) }]
    }
  }
}
