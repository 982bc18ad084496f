/// A histogram of levels in steps of 0.02 dB, for each of some bands, with the sum of the values in each step.
///
/// The sums determine the integral of a distribution over a step exactly, and with it the Wasserstein distance, except
/// in steps in which the two distributions cross: there they are interpolated linearly, which is accurate to about
/// 0.0005 dB.
struct LevelHistogram: Sendable, Equatable, Codable {
  private let bands: Int
  /// [band, step].
  private var counts: [Int]
  /// The sum of the offsets of the values from the start of their step, [band, step].
  private var offsets: [Double]
  /// The number of values of each band.
  private var total = 0
  private var largest: Float = 0

  /// The floor of the values, dB.
  private static let lowest = -100.0
  private static let width = 0.02
  /// Up to 60 dB, more than sound within full scale reaches; larger values are counted in the last step.
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
      let cell = index % bands * Self.steps + step
      counts[cell] += 1
      offsets[cell] += offset - Double(step) * Self.width
      largest = max(largest, value)
    }
  }

  /// Adds the values of another histogram.
  mutating func add(_ other: LevelHistogram) {
    total += other.total
    for index in counts.indices { counts[index] += other.counts[index] }
    for index in offsets.indices { offsets[index] += other.offsets[index] }
    largest = max(largest, other.largest)
  }

  /// The Wasserstein-1 distance of the distributions of a band, in dB.
  ///
  /// - Precondition: both have values.
  func distance(to other: LevelHistogram, band: Int) -> Double {
    let (n, m) = (Double(total), Double(other.total))
    let end = Double(max(largest, other.largest)) - Self.lowest
    var (sum, below, otherBelow) = (0.0, 0, 0)
    for step in 0..<Self.steps {
      let cell = band * Self.steps + step
      let before = Double(below) / n - Double(otherBelow) / m
      below += counts[cell]
      otherBelow += other.counts[cell]
      let after = Double(below) / n - Double(otherBelow) / m
      let isLast = step == Self.steps - 1
      let width = isLast ? max(Self.width, end - Double(step) * Self.width) : Self.width
      // A value contributes the rest of the step after it to the integral of its distribution.
      let first = Double(counts[cell]) * width - offsets[cell]
      let second = Double(other.counts[cell]) * width - other.offsets[cell]
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
