#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Philox {
  /// A uniform number in [0, 1) with 53 random bits, as numpy's `Generator.random()`.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A standard normal number by Box and Muller's method: √(−2 ln(1 − u₁)) · cos(2π u₂). Two uniform numbers make one
  /// normal number, so that the position in the stream depends on the number of draws only. (numpy uses the ziggurat
  /// method instead.)
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// A uniform integer in 0..<`bound` by Lemire's method on 32 random bits, as numpy's bounded integers.
  ///
  /// - Precondition: 0 < bound ≤ 2³² − 1.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0 && bound <= Int(UInt32.max), "the bound \(bound) of a random integer is outside 1...2^32-1")
    if bound == 1 { return 0 }
    let range = UInt32(bound)
    var product = UInt64(nextUInt32()) * UInt64(range)
    if UInt32(truncatingIfNeeded: product) < range {
      let threshold = (0 &- range) % range
      while UInt32(truncatingIfNeeded: product) < threshold { product = UInt64(nextUInt32()) * UInt64(range) }
    }
    return Int(product >> 32)
  }

  /// An index drawn with the given probabilities: the first whose cumulative sum, divided by the whole sum, is above a
  /// uniform number, as numpy's `Generator.choice(n, p=…)`.
  ///
  /// - Precondition: `weights` holds at least one positive number and no negative one.
  public mutating func categorical(_ weights: some Collection<Double>) -> Int {
    var total = 0.0
    for weight in weights { total += weight }
    precondition(total > 0 && total.isFinite, "the weights of a draw must have a positive, finite sum, not \(total)")
    let target = uniform()
    var (sum, index, last) = (0.0, 0, 0)
    for weight in weights {
      sum += weight
      if sum / total > target { return index }
      if weight > 0 { last = index }
      index += 1
    }
    return last
  }

  /// Shuffles in place by Fisher and Yates' method, the same order as numpy's `Generator.shuffle`. (The standard
  /// library's `shuffle(using:)` may change between versions.)
  public mutating func shuffle<T>(_ array: inout [T]) {
    for i in stride(from: array.count - 1, to: 0, by: -1) { array.swapAt(i, integer(upTo: UInt32(i))) }
  }

  /// A uniform integer in 0...`limit` by rejection under the smallest mask of ones, as numpy's shuffle draws it.
  private mutating func integer(upTo limit: UInt32) -> Int {
    let mask = UInt32.max >> UInt32(limit.leadingZeroBitCount)
    while true {
      let value = nextUInt32() & mask
      if value <= limit { return Int(value) }
    }
  }
}
