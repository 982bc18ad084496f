#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The harmonics-to-noise ratio of one frame after the other, with the buffers that it takes.
final class HarmonicityFrame {
  private let settings: Harmonicity
  /// The largest distance of a sample of the whole sound from its mean.
  private let peak: Double
  private let autocorrelation: Autocorrelation
  /// The autocorrelation divided by that of the window, by the lag from 0 to `reach`.
  private var correlation: [Double]

  /// Lags on either side in the first estimate of a maximum.
  private static let shortDepth = 30
  /// Lags on either side in the last, where there are as many.
  private static let fullDepth = 700
  /// Maxima whose first estimate is so much below the best are not estimated again.
  private static let margin = 0.05

  init(_ settings: Harmonicity, peak: Double) {
    self.settings = settings
    self.peak = peak
    autocorrelation = Autocorrelation(length: 2 * settings.half, reach: settings.reach)
    correlation = [Double](repeating: 0, count: settings.reach + 1)
  }

  /// The ratio in dB; nil where the frame is silent.
  ///
  /// - Precondition: samples of a whole window.
  func ratio(of samples: UnsafeBufferPointer<Float>) -> Double? {
    var localPeak = 0.0
    autocorrelation.compute { localPeak = apply(samples, to: $0) }
    if localPeak == 0 { return nil }
    let sums = autocorrelation.sums
    correlation[0] = 1
    for lag in 1...settings.reach { correlation[lag] = sums[lag] / (sums[0] * settings.windowCorrelation[lag]) }
    let strength = strength
    // The least strength of a frame that is not silent: 0 where its peak is a fifth of the sound's, 1 where it is a tenth.
    let silence = max(0, 2 - min(1, localPeak / peak) / Harmonicity.silence)
    guard strength > silence else { return nil }
    if strength <= 1e-15 { return -150 }
    return strength > 1 - 1e-15 ? 150 : 10 * log10(strength / (1 - strength))
  }

  /// Subtracts the mean of two periods in the middle, and applies the window.
  ///
  /// - Returns: the largest magnitude within half a period of the middle.
  private func apply(_ samples: UnsafeBufferPointer<Float>, to windowed: UnsafeMutablePointer<Double>) -> Double {
    let (half, period) = (settings.half, settings.period)
    let mean = samples[half - period..<half + period].reduce(0) { $0 + Double($1) } / Double(2 * period)
    settings.window.withUnsafeBufferPointer { window in
      for n in window.indices { windowed[n] = (Double(samples[n]) - mean) * window[n] }
    }
    let around = period / 2 + 1
    return (max(0, half - around)..<min(2 * half, half + around)).reduce(0) { max($0, abs(windowed[$1])) }
  }

  /// The largest of the maxima, at most 1; 0 where there is none.
  private var strength: Double {
    correlation.withUnsafeBufferPointer { r in
      var estimates: [(lag: Int, strength: Double)] = []
      for lag in 2..<max(2, min(settings.lags, settings.reach))
      where r[lag] > 0 && r[lag] > r[lag - 1] && r[lag] >= r[lag + 1] {
        estimates.append((lag, Self.reflected(maximum(r, near: lag, depth: Self.shortDepth, tolerance: 1e-3).value)))
      }
      let best = estimates.reduce(0) { max($0, $1.strength) }
      return estimates.reduce(0) { largest, estimate in
        if estimate.strength < best - Self.margin { return largest }
        let (lag, value) = maximum(r, near: estimate.lag, depth: Self.fullDepth, tolerance: 1e-8)
        // Shorter periods are beyond half the rate.
        return lag > 2 ? max(largest, Self.reflected(value)) : largest
      }
    }
  }

  /// The division by the window's correlation can give more than 1.
  private static func reflected(_ strength: Double) -> Double { strength > 1 ? 1 / strength : strength }

  /// The maximum of the interpolated correlation within one lag of a whole one.
  private func maximum(
    _ r: UnsafeBufferPointer<Double>, near lag: Int, depth: Int, tolerance: Double
  ) -> (lag: Double, value: Double) {
    let bounds = Double(lag - 1)...Double(lag + 1)
    let (place, least) = BrentMinimum.find(in: bounds, tolerance: tolerance) { -interpolated(r, at: $0, depth: depth) }
    return (place, -least)
  }

  /// The correlation between two lags, by sin(x)/x under a raised cosine over `depth` lags on either side, fewer at the
  /// end of what is known. It is even in the lag.
  private func interpolated(_ r: UnsafeBufferPointer<Double>, at x: Double, depth: Int) -> Double {
    let left = Int(x.rounded(.down))
    let fraction = x - Double(left)
    if fraction == 0 { return r[abs(left)] }
    let depth = min(depth, settings.reach - left)
    // sin π(x − n) changes its sign from lag to lag.
    let sine = sin(.pi * fraction) / .pi
    return sine
      * (Self.side(r, from: left, by: -1, distance: fraction, count: depth)
        + Self.side(r, from: left + 1, by: 1, distance: 1 - fraction, count: depth))
  }

  /// Σ ±r / distance · (1 + cos(π distance / (farthest distance + 1))) / 2 over lags on one side.
  private static func side(
    _ r: UnsafeBufferPointer<Double>, from first: Int, by direction: Int, distance: Double, count: Int
  ) -> Double {
    let angle = Double.pi / (distance + Double(count))
    // cos of the next multiple from the last two.
    let twice = 2 * cos(angle)
    var (before, now) = (cos((distance - 1) * angle), cos(distance * angle))
    var (sum, sign, lag, far) = (0.0, 0.5, first, distance)
    for _ in 0..<count {
      sum += sign * r[abs(lag)] / far * (1 + now)
      (before, now) = (now, twice * now - before)
      sign = -sign
      lag += direction
      far += 1
    }
    return sum
  }
}
