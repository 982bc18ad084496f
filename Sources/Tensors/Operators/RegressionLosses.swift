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
