// Arithmetic without a tape: what is done to the parameters of a network as a whole, and outside of training.

extension Tensor {
  /// Σ x² over some elements, in double precision and one fixed order.
  package func sumOfSquares(of range: Range<Int>) -> Double {
    precondition(range.upperBound <= count, "elements \(range) of \(count)")
    defer { withExtendedLifetime(self) {} }
    return S.primitives.sumOfSquares(n: range.count, region.base + range.lowerBound)
  }

  /// Σ x² over all elements, in double precision and one fixed order.
  package var sumOfSquares: Double { sumOfSquares(of: 0..<count) }

  /// At most so many elements that are spread evenly: i · count / limit of each i.
  package func spreadElements(_ limit: Int) -> [S] {
    let places = Swift.min(limit, count)
    return withUnsafeBuffer { all in (0..<places).map { all[$0 * all.count / places] } }
  }

  /// The index of the first element that is not finite; nil where all are finite.
  package var firstNotFinite: Int? { withUnsafeBuffer { $0.firstIndex { !$0.isFinite } } }

  /// The products of the rows of a matrix with a vector. The bits of each depend on nothing but its row and the vector.
  ///
  /// - Shapes: [rows, columns], as many numbers as columns → as many as rows.
  package func products(withRow vector: [S]) -> [S] {
    precondition(shape == [shape[0], vector.count], "shape \(shape) is multiplied with \(vector.count) numbers")
    let source = region
    defer { withExtendedLifetime(self) {} }
    return (0..<shape[0]).map { S.primitives.dot(n: vector.count, source.base + $0 * vector.count, vector) }
  }

  /// x ← factor · x.
  package mutating func scale(by factor: S) {
    let target = mutable
    S.primitives.scale(n: count, factor, target.base, target.base)
  }

  /// x ← x + factor · y.
  ///
  /// - Precondition: equal shapes.
  package mutating func addScaled(_ factor: S, _ other: Tensor) {
    precondition(shape == other.shape, "shape \(other.shape) is added to \(shape)")
    defer { withExtendedLifetime(other) {} }
    S.primitives.addScaled(n: count, factor, other.region.base, mutable.base)
  }

  /// Copies the elements of another tensor over some of this one's.
  ///
  /// - Precondition: as many as the range.
  package mutating func replace(_ range: Range<Int>, with other: Tensor) {
    precondition(range.count == other.count && range.upperBound <= count, "\(other.count) elements for \(range)")
    defer { withExtendedLifetime(other) {} }
    (mutable.base + range.lowerBound).update(from: other.region.base, count: range.count)
  }

  /// Copies some elements of a tensor of the same shape over those of this one.
  package mutating func copy(_ range: Range<Int>, from other: Tensor) {
    precondition(
      shape == other.shape && range.upperBound <= count, "elements \(range) of shapes \(shape), \(other.shape)")
    defer { withExtendedLifetime(other) {} }
    (mutable.base + range.lowerBound).update(from: other.region.base + range.lowerBound, count: range.count)
  }
}

extension Tensor<Float> {
  /// ⟨x, y⟩ = Σ x · y over all elements, in double precision and one fixed order.
  ///
  /// - Precondition: equal shapes.
  package func innerProduct(with other: Tensor) -> Double {
    precondition(shape == other.shape, "the inner product of shapes \(shape) and \(other.shape)")
    return withUnsafeBuffer { x in
      other.withUnsafeBuffer { y in x.indices.reduce(0.0) { $0 + Double(x[$1]) * Double(y[$1]) } }
    }
  }
}
