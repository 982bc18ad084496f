extension Variable {
  /// The weighted mean of −ln p(target) over rows that say a mixture: Σ wᵣ · (−ln pᵣ) / Σ wᵣ, in nats. Computed in double
  /// precision whatever the scalar. A log scale below the floor has a gradient of 0, one at the floor its own.
  ///
  /// - Shapes: [.., 3K], as many targets and weights as rows → [].
  /// - Parameters:
  ///   - targets: the cell of each row, in 0..<levels.
  ///   - weights: how much each row counts, 0 for rows outside the loss; with a positive sum.
  public func mixtureLoss(_ mixture: DiscretizedMixture, targets: [Int32], weights: [S]) -> Variable {
    precondition(
      shape.last == mixture.channels,
      "a mixture of \(mixture.components) components is said by rows of \(mixture.channels) numbers, not by \(shape)")
    precondition(
      targets.allSatisfy { (0..<Int32(mixture.levels)).contains($0) },
      "a target is outside the \(mixture.levels) levels")
    return rowLoss(targets: targets, weights: weights) { rows, x, targets, weights, gradient in
      S.primitives.mixtureLoss(mixture, rows: rows, x, targets: targets, weights: weights, gradient: gradient)
    }
  }
}
