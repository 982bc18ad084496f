import KodamaCore

/// The integers that numbers are rounded to: `lowest` to `highest`, each times a scale.
package struct IntegerGrid: Sendable, Equatable {
  package let lowest: Float
  package let highest: Float
  /// Whether 0 is one of them. Without it there are two, `lowest` and `highest`.
  package let hasZero: Bool

  private init(lowest: Float, highest: Float, hasZero: Bool = true) {
    (self.lowest, self.highest, self.hasZero) = (lowest, highest, hasZero)
  }

  /// The weights of a precision.
  ///
  /// - Precondition: one whose weights are integers.
  package static func weights(_ precision: Precision) -> IntegerGrid {
    guard let range = precision.weightRange else { preconditionFailure("the weights of \(precision) are no integers") }
    return IntegerGrid(
      lowest: Float(range.lowerBound), highest: Float(range.upperBound), hasZero: precision != .binary)
  }

  /// Inputs of 8 bits with a zero point, which is taken off.
  package static func inputs(zeroPoint: Int) -> IntegerGrid {
    IntegerGrid(lowest: Float(-zeroPoint), highest: Float(255 - zeroPoint))
  }

  /// The integer nearest to x / scale, halves to even; the end of the grid where that lies beyond. Without 0 it is the
  /// highest of positive numbers and of 0.
  package func nearest(_ x: Float, scale: Float) -> Float {
    if !hasZero { return x < 0 ? lowest : highest }
    // At this size a step between floats is 1, so that the sum is rounded to an integer: quicker than a call.
    let magic: Float = 0x1.8p23
    return min(max(x / scale, lowest), highest) + magic - magic
  }

  /// The scale that gives numbers back with the least sum of squared errors.
  ///
  /// Of -1, 0 and 1 it is found exactly: the mean of the k largest sizes S with the largest (Σ S)² / k, and without 0
  /// the mean of all. Of more integers it is one that gives all numbers back exactly, as those that were rounded
  /// before, or the best of those tried: fractions of the one whose grid just reaches the number of the largest size.
  /// Cutting off a few large numbers often costs less than a coarser step costs all others.
  ///
  /// - Returns: positive and finite, also where all numbers are 0.
  /// - Source: Rastegari et al. 2016, "XNOR-Net", eq. 6, of two integers; of three the least of Li et al. 2016,
  ///   "Ternary weight networks", eq. 5, over all thresholds instead of their approximation.
  package func scale(of numbers: UnsafeBufferPointer<Float>, ratios: [Float]) -> Float {
    let largest = numbers.reduce(0) { max($0, abs($1)) }
    if largest == 0 { return 1 / highest }
    if highest == 1 { return signScale(of: numbers, largest: largest) }
    if let scale = exactScale(of: numbers, largest: largest) { return scale }
    var best = (scale: Float(1), error: Double.infinity)
    for ratio in ratios {
      let scale = max(ratio * (largest / highest), .leastNormalMagnitude)
      // Errors over the largest number, whose squares are in range whatever the numbers are.
      let error = squaredError(of: numbers, scale: scale, unit: largest)
      if error < best.error { best = (scale, error) }
    }
    return best.scale
  }

  /// The scale of a row or group of weights, in bfloat16: a weight is then exactly the product of its integer and its
  /// scale, and a scale takes two bytes.
  package func weightScale(of weights: UnsafeBufferPointer<Float>) -> Float {
    BFloat16(clamping: scale(of: weights, ratios: Self.weightRatios)).float
  }

  /// For the weights of a row or group.
  package static let weightRatios: [Float] = (0...50).map { 1.15 - 0.015 * Float($0) }
  /// For a layer's inputs, of which there are many.
  package static let inputRatios: [Float] = (0...20).map { 1 - 0.035 * Float($0) }

  private func squaredError(of numbers: UnsafeBufferPointer<Float>, scale: Float, unit: Float) -> Double {
    var sum = 0.0
    for x in numbers {
      let error = Double((nearest(x, scale: scale) * scale - x) / unit)
      sum += error * error
    }
    return sum
  }

  /// The best scale of signs.
  private func signScale(of numbers: UnsafeBufferPointer<Float>, largest: Float) -> Float {
    // Over the largest number, so that no sum overflows.
    var sizes = numbers.map { Double(abs($0) / largest) }
    if hasZero { sizes.sort(by: >) }
    var (sum, best) = (0.0, (scale: 0.0, gain: -1.0))
    for (index, size) in sizes.enumerated() {
      sum += size
      let gain = sum * sum / Double(index + 1)
      if hasZero ? gain > best.gain : index == sizes.count - 1 { best = (sum / Double(index + 1), gain) }
    }
    return min(max(Float(best.scale) * largest, .leastNormalMagnitude), .greatestFiniteMagnitude)
  }

  /// The largest scale of which all numbers are multiples, to the precision of floats, one in bfloat16 before others; nil
  /// where there is none that has the number of the largest size in the grid.
  private func exactScale(of numbers: UnsafeBufferPointer<Float>, largest: Float) -> Float? {
    let limit = max(highest, -lowest)
    var first: Float?
    for size in 1...Int(limit) {
      let scale = largest / Float(size)
      if scale < .leastNormalMagnitude { break }
      let isExact = numbers.allSatisfy { x in
        let integer = nearest(x, scale: scale)
        // Twice the rounding error of a product and a quotient of floats.
        return abs(x - integer * scale) <= 2 * largest * .ulpOfOne
      }
      if isExact && BFloat16(scale).float == scale { return scale }
      if isExact && first == nil { first = scale }
    }
    return first
  }
}
