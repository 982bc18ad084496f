#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Mel-cepstral analysis: the mel-cepstrum whose spectrum fits a periodogram without bias.
///
/// Least over c: mean over ω of P(ω) / D(ω) − ln(P(ω) / D(ω)), D(ω) = exp(2 Σ_m c[m] cos mω̃), with ω̃ the warped
/// frequency. It follows the peaks of the periodogram, where `MelCepstrum` runs through the middle of its logarithm. Newton
/// steps from `MelCepstrum`'s coefficients, until the mean of P/D changes by less than a thousandth from one to the next,
/// at most thirty.
///
/// - Source: Tokuda, Kobayashi and Imai 1994; SPTK's `mcep` for where it starts and ends.
struct UnbiasedMelCepstrum: Sendable, Equatable {
  /// Where the steps start.
  let start: MelCepstrum
  /// cos(j ω̃[k]), [0...2 · order, bin].
  private let cosines: LaneMatrix
  /// What each bin counts in a mean over the circle; zero after the last.
  private let weights: [Double]
  /// (−α)^m, [order + 1].
  private let target: [Double]

  private static let mostSteps = 30
  private static let change = 1e-3

  /// - Precondition: that of `MelCepstrum`.
  init(fftLength: Int, order: Int, alpha: Double) {
    start = MelCepstrum(fftLength: fftLength, order: order, alpha: alpha)
    var cosines = LaneMatrix(rows: 2 * order + 1, columns: start.bins)
    var weights = [Double](repeating: 0, count: cosines.stride)
    let warping = FrequencyWarping(alpha: alpha)
    for bin in 0..<start.bins {
      let warped = warping.warped(2 * Double.pi * Double(bin) / Double(fftLength))
      for j in 0...2 * order { cosines[j, bin] = cos(Double(j) * warped) }
      weights[bin] = (bin == 0 || bin == start.bins - 1 ? 1 : 2) / Double(fftLength)
    }
    self.cosines = cosines
    self.weights = weights
    target = (0...order).map { pow(-alpha, Double($0)) }
  }

  /// Numbers of working memory that `fit` needs.
  var scratchCount: Int {
    let (count, row) = (start.order + 1, LaneMatrix.padded(start.order + 1))
    return cosines.stride + 3 * count + row + count * row
  }

  /// The coefficients of a frame.
  ///
  /// - Parameters:
  ///   - logPower: ln P of every bin, and zeros up to a whole register.
  ///   - scratch: `scratchCount` numbers.
  ///   - coefficients: order + 1 numbers.
  func fit(
    logPower: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>, coefficients: UnsafeMutablePointer<Double>
  ) {
    let (kernels, count, stride) = (SpectralKernels.current, start.order + 1, cosines.stride)
    let ratios = scratch
    // The correlations 0...2 · order, of which there are fewer than twice as many as coefficients.
    let correlations = ratios + stride
    let step = correlations + 2 * count
    let pivots = step + count
    let row = LaneMatrix.padded(count)
    let normal = pivots + row
    kernels.rowSums(start.matrix, logPower, coefficients)
    var previous = meanLogarithm(logPower) / 2
    for iteration in 1...UnbiasedMelCepstrum.mostSteps {
      kernels.columnSums(cosines, rows: count, coefficients, ratios)
      for bin in 0..<stride { ratios[bin] = logPower[bin] - 2 * ratios[bin] }
      kernels.exponentials(ratios, count: stride)
      weights.withUnsafeBufferPointer { weights in
        for bin in 0..<stride { ratios[bin] *= weights[bin] }
      }
      kernels.rowSums(cosines, ratios, correlations)
      let mean = correlations[0]
      if iteration > 1 {
        if abs((mean - previous) / mean) < UnbiasedMelCepstrum.change { return }
        previous = mean
      }
      for m in 0..<count { step[m] = correlations[m] - target[m] }
      // The second derivatives, of which the solver reads the lower half.
      for i in 0..<count {
        for j in 0...i { normal[i * row + j] = correlations[i - j] + correlations[i + j] }
      }
      // A periodogram that is zero but for a bin or two has no curvature to follow: the last fit stands.
      if !kernels.solvePositiveDefinite(normal, step, count: count, pivots: pivots) { return }
      for m in 0..<count { coefficients[m] += step[m] }
    }
  }

  private func meanLogarithm(_ logPower: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for bin in 0..<start.bins { sum += weights[bin] * logPower[bin] }
    return sum
  }
}
