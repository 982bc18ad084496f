import KodamaCore

extension Variable {
  /// Sets elements to 0 with probability `rate` and divides the others by 1 − rate.
  ///
  /// - Parameters:
  ///   - rate: in [0, 1).
  ///   - random: where the draws come from, one for each element.
  /// - Source: Srivastava et al. 2014, in the inverted form.
  public func dropout(rate: Double, random: Philox) -> Variable {
    precondition((0..<1).contains(rate), "a dropout rate is in [0, 1), not \(rate)")
    if rate == 0 { return self }
    var random = random
    let kept = S(1 / (1 - rate))
    let mask = Tensor<S>(shape, (0..<shape.count).map { _ in random.uniform() < rate ? 0 : kept })
    return self * tape.constant(mask)
  }
}
