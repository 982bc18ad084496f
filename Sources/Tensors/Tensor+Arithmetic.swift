// Arithmetic without a tape, for the parameters of a network as a whole and outside of training.

extension Tensor {
  /// Σ x² over some elements, in double precision and a fixed order.
  package func sumOfSquares(of range: Range<Int>) -> Double {
    precondition(range.upperBound <= count, "elements \(range) of \(count)")
    defer { withExtendedLifetime(self) {} }
    return S.primitives.sumOfSquares(n: range.count, region.base + range.lowerBound)
  }

  /// Σ x² over all elements, in double precision and a fixed order.
  package var sumOfSquares: Double { sumOfSquares(of: 0..<count) }

  /// At most `limit` evenly spaced elements, at indices i · count / limit.
  package func spreadElements(_ limit: Int) -> [S] {
    let taken = Swift.min(limit, count)
    return withUnsafeBuffer { all in (0..<taken).map { all[$0 * all.count / taken] } }
  }

  /// The index of the first element that is not finite; nil where all are finite.
  package var firstNotFinite: Int? { withUnsafeBuffer(Self.firstNotFinite) }

  // Models are checked when they are loaded: unspecialized, this was a fifth of the time.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private static func firstNotFinite(_ numbers: UnsafeBufferPointer<S>) -> Int? {
    for index in 0..<numbers.count where !numbers[index].isFinite { return index }
    return nil
  }

  /// The products of the rows of a matrix with a vector. Each depends, to the bit, only on its row and the vector.
  ///
  /// - Shapes: [rows, columns], [columns] → [rows].
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

  /// Replaces a range of elements by those of another tensor.
  ///
  /// - Precondition: `other` has as many elements as the range.
  package mutating func replace(_ range: Range<Int>, with other: Tensor) {
    precondition(range.count == other.count && range.upperBound <= count, "\(other.count) elements for \(range)")
    defer { withExtendedLifetime(other) {} }
    (mutable.base + range.lowerBound).update(from: other.region.base, count: range.count)
  }

  /// Copies a range of elements from a tensor of the same shape.
  package mutating func copy(_ range: Range<Int>, from other: Tensor) {
    precondition(
      shape == other.shape && range.upperBound <= count, "elements \(range) of shapes \(shape), \(other.shape)")
    defer { withExtendedLifetime(other) {} }
    (mutable.base + range.lowerBound).update(from: other.region.base + range.lowerBound, count: range.count)
  }
}

extension Tensor<Float> {
  /// ⟨x, y⟩ = Σ x · y over all elements, in double precision and a fixed order.
  ///
  /// - Precondition: equal shapes.
  package func innerProduct(with other: Tensor) -> Double {
    precondition(shape == other.shape, "the inner product of shapes \(shape) and \(other.shape)")
    return withUnsafeBuffer { x in
      other.withUnsafeBuffer { y in x.indices.reduce(0.0) { $0 + Double(x[$1]) * Double(y[$1]) } }
    }
  }
}
