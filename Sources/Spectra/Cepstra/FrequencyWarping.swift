#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The warping of the frequency axis by a first-order all-pass filter, z̃⁻¹ = (z⁻¹ − α) / (1 − α z⁻¹).
///
/// A frequency ω is mapped to ω̃ = ω + 2 arctan(α sin ω / (1 − α cos ω)): with α > 0 low frequencies are expanded,
/// which approximates the mel scale where α matches the sample rate.
///
/// - Source: Oppenheim and Johnson 1972; SPTK's `freqt`.
struct FrequencyWarping: Sendable, Equatable {
  /// The all-pass constant α, −1 < α < 1.
  let alpha: Double

  /// The warped frequency, in radians per sample.
  func warped(_ omega: Double) -> Double {
    omega + 2 * atan2(alpha * sin(omega), 1 - alpha * cos(omega))
  }

  /// The coefficients 0...order of a warped cepstrum, as weights of the coefficients of the cepstrum.
  ///
  /// - Shapes: [count, order + 1]: row n contains the contributions of coefficient n to each coefficient of the warped
  ///   cepstrum.
  func rows(count: Int, order: Int) -> [[Double]] {
    // Coefficient 0 is unchanged; each further row is the previous one, filtered by the all-pass once more.
    var row = [Double](repeating: 0, count: order + 1)
    row[0] = 1
    var rows: [[Double]] = []
    for _ in 0..<count {
      rows.append(row)
      let last = row
      row[0] = alpha * last[0]
      if order >= 1 { row[1] = (1 - alpha * alpha) * last[0] + alpha * last[1] }
      for j in stride(from: 2, through: order, by: 1) { row[j] = last[j - 1] + alpha * (last[j] - row[j - 1]) }
    }
    return rows
  }

  /// The warping that best approximates the mel scale m(f) = 1000 log₂(1 + f / 1000) over the frequencies of a rate:
  /// both axes end at 1, and the mean square of their difference over 1,000 points is least, among α = 0, 0.001 …
  /// 0.999.
  ///
  /// - Source: pysptk 1.0's `util.mcepalpha`.
  static func nearestToMel(sampleRate: Int) -> FrequencyWarping {
    let points = 1000
    let mel = (0..<points).map { log(1 + Double(sampleRate) / 2 / Double(points) * Double($0) / 1000) }
    func distance(_ warping: FrequencyWarping) -> Double {
      let end = warping.warped(Double.pi * Double(points - 1) / Double(points))
      return mel.indices.reduce(0.0) { sum, point in
        let difference =
          mel[point] / mel[points - 1] - warping.warped(Double.pi * Double(point) / Double(points)) / end
        return sum + difference * difference
      }
    }
    // The distance is unimodal, so bisection finds the same α as trying all 1,000.
    var (low, high) = (0, 999)
    while low < high {
      let middle = (low + high) / 2
      let (a, b) = (FrequencyWarping(alpha: Double(middle) / 1000), FrequencyWarping(alpha: Double(middle + 1) / 1000))
      if distance(a) <= distance(b) { high = middle } else { low = middle + 1 }
    }
    return FrequencyWarping(alpha: Double(low) / 1000)
  }
}
