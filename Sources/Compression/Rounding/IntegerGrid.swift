import KodamaInference

/// The integers that numbers are rounded to: `lowest` to `highest`, each times a scale.
struct IntegerGrid: Sendable, Equatable {
  let lowest: Float
  let highest: Float

  /// The weights of a precision.
  ///
  /// - Precondition: one whose weights are integers.
  static func weights(_ precision: Precision) -> IntegerGrid {
    guard let range = precision.weightRange else { preconditionFailure("the weights of \(precision) are no integers") }
    return IntegerGrid(lowest: Float(range.lowerBound), highest: Float(range.upperBound))
  }

  /// Inputs of 8 bits with a zero point, which is taken off.
  static func inputs(zeroPoint: Int) -> IntegerGrid {
    IntegerGrid(lowest: Float(-zeroPoint), highest: Float(255 - zeroPoint))
  }

  /// The integer nearest to x / scale, halves to even; the end of the grid where that lies beyond.
  func nearest(_ x: Float, scale: Float) -> Float {
    // At this size a step between floats is 1, so that the sum is rounded to an integer: quicker than a call.
    let magic: Float = 0x1.8p23
    return min(max(x / scale, lowest), highest) + magic - magic
  }

  /// The scale that gives numbers back with the least sum of squared errors, of those tried: fractions of the one whose
  /// grid just reaches the number of the largest size. Cutting off a few large numbers often costs less than a coarser
  /// step costs all others.
  ///
  /// - Returns: positive and finite, also where all numbers are 0.
  func scale(of numbers: UnsafeBufferPointer<Float>, ratios: [Float]) -> Float {
    let largest = numbers.reduce(0) { max($0, abs($1)) }
    if largest == 0 { return 1 / highest }
    var best = (scale: Float(1), error: Double.infinity)
    for ratio in ratios {
      let scale = max(ratio * (largest / highest), .leastNormalMagnitude)
      // Errors over the largest number, whose squares are in range whatever the numbers are.
      let error = squaredError(of: numbers, scale: scale, unit: largest)
      if error < best.error { best = (scale, error) }
    }
    return best.scale
  }

  /// For the weights of a row or group.
  static let weightRatios: [Float] = (0...50).map { 1.15 - 0.015 * Float($0) }
  /// For a layer's inputs, of which there are many.
  static let inputRatios: [Float] = (0...20).map { 1 - 0.035 * Float($0) }

  private func squaredError(of numbers: UnsafeBufferPointer<Float>, scale: Float, unit: Float) -> Double {
    var sum = 0.0
    for x in numbers {
      let error = Double((nearest(x, scale: scale) * scale - x) / unit)
      sum += error * error
    }
    return sum
  }
}
