extension Variable {
  /// The weighted mean of −ln softmax(x)[target] over rows: Σ wᵣ · (−ln pᵣ) / Σ wᵣ, in nats.
  ///
  /// - Shapes: [.., classes], as many targets and weights as rows → [].
  /// - Parameters:
  ///   - targets: the class of each row, in 0..<classes.
  ///   - weights: how much each row counts, 0 for rows outside the loss; with a positive sum.
  public func crossEntropy(targets: [Int32], weights: [S]) -> Variable {
    let classes = shape.last
    precondition(
      targets.allSatisfy { (0..<Int32(classes)).contains($0) }, "a target is outside the \(classes) classes")
    return rowLoss(targets: targets, weights: weights) { rows, x, targets, weights, gradient in
      S.primitives.crossEntropy(rows: rows, classes: classes, x, targets: targets, weights: weights, gradient: gradient)
    }
  }
}
