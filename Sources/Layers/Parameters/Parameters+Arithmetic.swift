import KodamaTensors

extension Parameters {
  /// The Euclidean norm over all numbers of all parameters.
  public var norm: Double {
    layout.entries.reduce(0.0) { $0 + arena.sumOfSquares(of: $1.range) }.squareRoot()
  }

  /// Multiplies every number by `factor`.
  public mutating func scale(by factor: S) { arena.scale(by: factor) }

  /// Adds other parameters of the same names and shapes.
  public mutating func add(_ other: Parameters) {
    precondition(layout.hasPlaces(of: other.layout), "parameters of other names or shapes are added")
    arena.addScaled(1, other.arena)
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

  /// Copies rows of a parameter, indices on its first axis, from other parameters of the same names and shapes.
  package mutating func copyRows(_ rows: [Int], of name: String, from other: Parameters) {
    precondition(layout.hasPlaces(of: other.layout), "rows of parameters of other names or shapes are copied")
    let entry = layout[name]
    let length = entry.range.count / max(1, entry.shape.extents.first ?? 1)
    for row in rows {
      let first = entry.range.lowerBound + row * length
      arena.copy(first..<first + length, from: other.arena)
    }
  }
}
