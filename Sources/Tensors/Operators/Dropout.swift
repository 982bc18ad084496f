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
    let (kept, key, first) = (S(1 / (1 - rate)), random.key, random.position)
    var mask = Tensor<S>(undefined: shape, workspace: tape.workspace)
    let region = mask.mutable
    tape.workspace.workers.forEachRun(of: shape.count) { run in
      // Each element has a place of its own in the stream, so runs may be drawn in any order.
      var draws = Philox(seed: key.0, stream: key.1, position: first + UInt64(run.lowerBound))
      for element in run { region.base[element] = draws.uniform() < rate ? 0 : kept }
    }
    return self * tape.constant(mask)
  }
}
