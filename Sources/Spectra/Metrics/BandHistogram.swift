/// How many values of each band lie in each step of 0.02 dB, and their sum.
///
/// With the sums the integral of a distribution over a step is known exactly, and with it the Wasserstein distance,
/// except in steps in which the two distributions cross: there they are taken as straight, which is good to about 0.0005 dB.
struct BandHistogram: Sendable, Equatable {
  private let bands: Int
  /// [band, step].
  private var counts: [Int]
  /// The sum of the values less the beginning of their step, [band, step].
  private var offsets: [Double]
  /// The values of each band.
  private var total = 0
  private var largest: Float = 0

  /// The floor of the values, dB.
  private static let lowest = -100.0
  private static let width = 0.02
  /// Up to 60 dB, more than sound within full scale has; what is above counts in the last step, however far.
  private static let steps = 8001

  init(bands: Int) {
    self.bands = bands
    counts = [Int](repeating: 0, count: bands * Self.steps)
    offsets = [Double](repeating: 0, count: bands * Self.steps)
  }

  /// Adds values, [frame, band].
  mutating func add(_ decibels: [Float]) {
    total += decibels.count / bands
    for (index, value) in decibels.enumerated() {
      let offset = Double(value) - Self.lowest
      let step = max(0, min(Self.steps - 1, Int(offset / Self.width)))
      let place = index % bands * Self.steps + step
      counts[place] += 1
      offsets[place] += offset - Double(step) * Self.width
      largest = max(largest, value)
    }
  }

  /// Adds the values of another histogram.
  mutating func add(_ other: BandHistogram) {
    total += other.total
    for index in counts.indices { counts[index] += other.counts[index] }
    for index in offsets.indices { offsets[index] += other.offsets[index] }
    largest = max(largest, other.largest)
  }

  /// The Wasserstein-1 distance of the distributions of a band, in dB.
  ///
  /// - Precondition: both have values.
  func distance(to other: BandHistogram, band: Int) -> Double {
    let (n, m) = (Double(total), Double(other.total))
    let end = Double(max(largest, other.largest)) - Self.lowest
    var (sum, below, otherBelow) = (0.0, 0, 0)
    for step in 0..<Self.steps {
      let place = band * Self.steps + step
      let before = Double(below) / n - Double(otherBelow) / m
      below += counts[place]
      otherBelow += other.counts[place]
      let after = Double(below) / n - Double(otherBelow) / m
      let isLast = step == Self.steps - 1
      let width = isLast ? max(Self.width, end - Double(step) * Self.width) : Self.width
      // What a value adds to the integral of its distribution is what is left of the step after it.
      let first = Double(counts[place]) * width - offsets[place]
      let second = Double(other.counts[place]) * width - other.offsets[place]
      let integral = abs(before * width + first / n - second / m)
      if before * after < 0 {
        let straight = width * (before * before + after * after) / (2 * (abs(before) + abs(after)))
        sum += max(integral, straight)
      } else {
        sum += integral
      }
    }
    return sum
  }
}
