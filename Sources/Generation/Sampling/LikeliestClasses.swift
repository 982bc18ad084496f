/// Keeps the largest of a list of weights and sets the others to 0, in place and without sorting.
///
/// The smallest weight to keep is found digit by digit, from the highest: a histogram of the digit tells in which run
/// of weights the quota (so many classes, or so much probability) is reached. One pass over the weights per digit,
/// whatever they are.
enum LikeliestClasses {
  /// Keeps the `count` largest weights.
  static func keep(_ count: Int, of weights: UnsafeMutableBufferPointer<Float>) {
    keep(quota: Double(count), of: weights) { _ in 1 }
  }

  /// Keeps the fewest largest weights whose sum is at least `share` of the sum of all.
  static func keep(share: Double, of weights: UnsafeMutableBufferPointer<Float>) {
    var sum = 0.0
    for weight in weights { sum += Double(weight) }
    keep(quota: share * sum, of: weights) { Double($0) }
  }

  /// Keeps the fewest largest weights whose measures reach `quota`; of equal weights the first.
  @inline(__always)
  private static func keep(
    quota: Double, of weights: UnsafeMutableBufferPointer<Float>, measure: (Float) -> Double
  ) {
    // The bits of numbers that are not negative are in the order of the numbers.
    var (threshold, known, rest) = (UInt32(0), UInt32(0), quota)
    var shift: UInt32 = 32
    while shift > 0 {
      shift -= 8
      var histogram = InlineArray<256, Double>(repeating: 0)
      for weight in weights where weight.bitPattern & known == threshold {
        histogram[Int(weight.bitPattern >> shift & 255)] += measure(weight)
      }
      var digit = 255
      while digit > 0 && histogram[digit] < rest {
        rest -= histogram[digit]
        digit -= 1
      }
      threshold |= UInt32(digit) << shift
      known |= 255 << shift
    }
    for index in weights.indices where weights[index].bitPattern <= threshold {
      if weights[index].bitPattern == threshold && rest > 0 {
        rest -= measure(weights[index])
      } else {
        weights[index] = 0
      }
    }
  }
}
