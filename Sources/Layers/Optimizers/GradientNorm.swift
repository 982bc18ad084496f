import KodamaTensors

extension Parameters {
  /// The Euclidean norm over all numbers of all parameters.
  public var norm: Double {
    names.reduce(0.0) { $0 + S.sumOfSquares(n: self[$1].count, self[$1].region.base) }.squareRoot()
  }

  /// Multiplies every number by `factor`.
  public mutating func scale(by factor: S) {
    for name in names {
      let region = self[name].mutable
      S.scale(n: region.count, factor, region.base, region.base)
    }
  }

  /// Adds other parameters of the same names and shapes.
  public mutating func add(_ other: Parameters) {
    for name in names {
      let region = self[name].mutable
      S.add(n: region.count, region.base, other[name].region.base, region.base)
    }
  }

  /// Scales gradients down where their norm is above `limit`, so that it becomes `limit`.
  ///
  /// - Returns: the norm before.
  /// - Source: Pascanu et al. 2013, algorithm 1.
  public mutating func clip(norm limit: Double) -> Double {
    let norm = norm
    if norm > limit { scale(by: S(limit / norm)) }
    return norm
  }
}
