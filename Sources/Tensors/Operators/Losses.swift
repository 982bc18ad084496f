extension Variable {
  /// The weighted mean of −ln softmax(x)[target] over rows: Σ wᵣ · (−ln pᵣ) / Σ wᵣ, in nats.
  ///
  /// - Shapes: [.., classes], as many targets and weights as rows → [].
  /// - Parameters:
  ///   - targets: the class of each row, in 0..<classes.
  ///   - weights: the weight of each row, 0 to exclude it; with a positive sum.
  public func crossEntropy(targets: [Int32], weights: [S]) -> Variable {
    let classes = shape.last
    precondition(
      targets.allSatisfy { (0..<Int32(classes)).contains($0) }, "a target is outside the \(classes) classes")
    return rowLoss(targets: targets, weights: weights) { rows, x, targets, weights, gradient in
      S.primitives.crossEntropy(rows: rows, classes: classes, x, targets: targets, weights: weights, gradient: gradient)
    }
  }
}

extension Variable {
  /// The weighted mean of −ln p(target) over rows of mixture parameters: Σ wᵣ · (−ln pᵣ) / Σ wᵣ, in nats. Computed in
  /// double precision for any scalar type. A log scale below the floor has a gradient of 0; one at the floor has its
  /// own.
  ///
  /// - Shapes: [.., 3K], as many targets and weights as rows → [].
  /// - Parameters:
  ///   - targets: the cell of each row, in 0..<levels.
  ///   - weights: the weight of each row, 0 to exclude it; with a positive sum.
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

extension Variable {
  /// How far the classes of rows are from those of a teacher, both at a temperature T: the weighted mean over rows of
  /// T² · Σ q · ln(q / p) with q = softmax(teacher / T), p = softmax(x / T), in nats. It is 0 where both agree.
  ///
  /// - Shapes: [.., classes], a teacher of the same shape, as many weights as rows → [].
  /// - Parameter weights: the weight of each row, 0 to exclude it; with a positive sum.
  /// - Source: Hinton et al. 2015, "Distilling the knowledge in a neural network", §2, less the entropy of q, which has no
  ///   gradient.
  public func divergence(from teacher: Tensor<S>, temperature: S, weights: [S]) -> Variable {
    precondition(shape == teacher.shape, "logits of shape \(shape) and a teacher's of shape \(teacher.shape)")
    precondition(weights.count == shape.rows, "\(weights.count) weights for \(shape.rows) rows")
    precondition(temperature > 0, "a temperature of \(temperature)")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    precondition(total > 0, "the weights of a loss must have a positive sum, not \(total)")
    let factor = Double(temperature) * Double(temperature) / total
    let shares = tape.constant(
      Tensor(Shape(shape.extents.dropLast() + [1]), weights.map { S(Double($0) * factor) }))
    let expected = (tape.constant(teacher) * (1 / temperature)).logSoftmax()
    let found = (self * (1 / temperature)).logSoftmax()
    return (expected.exponential() * (expected - found) * shares).sum()
  }
}

extension Variable {
  /// The squared error of rows relative to the variance of a target: Σ wᵣ · |xᵣ − tᵣ|² / Σ wᵣ · |tᵣ − m|², with m the
  /// weighted mean of the target's rows. It is 1 for rows that are all m. A variance below 1e-12 counts as that.
  ///
  /// - Shapes: [.., channels], a target of the same shape, as many weights as rows → [].
  /// - Parameter weights: the weight of each row, 0 to exclude it; with a positive sum.
  public func relativeSquaredError(to target: Tensor<S>, weights: [S]) -> Variable {
    precondition(shape == target.shape, "a loss of shape \(shape) against a target of shape \(target.shape)")
    precondition(weights.count == shape.rows, "\(weights.count) weights for \(shape.rows) rows")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    precondition(total > 0, "the weights of a loss must have a positive sum, not \(total)")
    let shares = tape.constant(
      Tensor(Shape(shape.extents.dropLast() + [1]), weights.map { S(Double($0) / total) }))
    let target = tape.constant(target)
    let center = (target * shares).sum(axes: Array(0..<shape.rank - 1), keepingAxes: true)
    let variance = ((target - center).squared() * shares).sum().value.item
    return ((self - target).squared() * shares).sum() * (1 / max(variance, S(1e-12)))
  }
}

// Losses against targets of the same shape: the mean over all elements.

extension Variable {
  /// The mean of (x − target)².
  public func meanSquaredError(_ target: Variable) -> Variable { difference(target).squared().mean() }

  /// The mean of |x − target|.
  public func meanAbsoluteError(_ target: Variable) -> Variable { difference(target).magnitude().mean() }

  /// The mean of d² / 2 where |d| ≤ threshold, else threshold · (|d| − threshold / 2), with d = x − target.
  ///
  /// - Precondition: the threshold is positive.
  /// - Source: Huber 1964.
  public func huberLoss(_ target: Variable, threshold: S = 1) -> Variable {
    precondition(threshold > 0, "a Huber loss has a positive threshold, not \(threshold)")
    return difference(target).unary(.huber(threshold: threshold)).mean()
  }

  /// The mean binary cross-entropy in nats of probabilities sigmoid(x) against targets in 0...1:
  /// −t · ln p − (1 − t) · ln(1 − p) = softplus(x) − t · x, without overflow.
  public func binaryCrossEntropy(_ target: Variable) -> Variable {
    precondition(shape == target.shape, "a loss of shape \(shape) against targets of shape \(target.shape)")
    return (softplus() - self * target).mean()
  }

  private func difference(_ target: Variable) -> Variable {
    precondition(shape == target.shape, "a loss of shape \(shape) against targets of shape \(target.shape)")
    return self - target
  }
}

extension Variable {
  /// The computation of one part of a loss: the loss of some rows and, if needed, its gradient, which may overwrite the
  /// rows.
  typealias RowLossPart =
    @Sendable (
      _ rows: Int, _ x: UnsafePointer<S>, _ targets: UnsafePointer<Int32>, _ weights: UnsafePointer<S>,
      _ gradient: UnsafeMutablePointer<S>?
    ) -> Double

  /// The weighted mean of the losses of rows, Σ wᵣ · lossᵣ / Σ wᵣ, summed over parts in a fixed order.
  func rowLoss(targets: [Int32], weights: [S], part body: RowLossPart) -> Variable {
    let (rows, columns, workspace) = (shape.rows, shape.last, tape.workspace)
    precondition(
      targets.count == rows && weights.count == rows,
      "\(targets.count) targets and \(weights.count) weights for \(rows) rows of shape \(shape)")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    precondition(total > 0, "the weights of a loss must have a positive sum, not \(total)")
    let normalized = weights.map { S(Double($0) / total) }

    // Computing the gradient together with the loss is nearly free, and it takes less memory than saving the rows.
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
