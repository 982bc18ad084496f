#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Mel-cepstral analysis: the mel-cepstrum whose spectrum fits a periodogram without bias.
///
/// Minimizes over c: mean over ω of P(ω) / D(ω) − ln(P(ω) / D(ω)), D(ω) = exp(2 Σ_m c[m] cos mω̃), with ω̃ the warped
/// frequency. It follows the peaks of the periodogram, whereas `MelCepstrum` follows the mean of its logarithm. Solved
/// by at most thirty Newton steps from `MelCepstrum`'s coefficients, until the mean of P/D changes by less than a
/// thousandth per step.
///
/// - Source: Tokuda, Kobayashi and Imai 1994; SPTK's `mcep` for the initial value and the stopping rule.
struct UnbiasedMelCepstrum: Sendable, Equatable {
  /// The initial estimate.
  let start: MelCepstrum
  /// cos(j ω̃[k]), [0...2 · order, bin].
  private let cosines: PaddedMatrix
  /// The weight of each bin in a mean over the unit circle; zero in the padding.
  private let weights: [Double]
  /// (−α)^m, [order + 1].
  private let target: [Double]

  private static let mostSteps = 30
  private static let change = 1e-3

  /// - Precondition: that of `MelCepstrum`.
  init(fftLength: Int, order: Int, alpha: Double) {
    start = MelCepstrum(fftLength: fftLength, order: order, alpha: alpha)
    var cosines = PaddedMatrix(rows: 2 * order + 1, columns: start.bins)
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

  /// The number of elements of scratch memory for `fit`.
  var scratchCount: Int {
    let (count, row) = (start.order + 1, PaddedMatrix.padded(start.order + 1))
    return cosines.stride + 3 * count + row + count * row
  }

  /// The coefficients of a frame.
  ///
  /// - Parameters:
  ///   - logPower: ln P of every bin, padded with zeros to whole vector registers.
  ///   - scratch: `scratchCount` elements.
  ///   - coefficients: order + 1 elements.
  func fit(
    logPower: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>, coefficients: UnsafeMutablePointer<Double>
  ) {
    let (kernels, count, stride) = (SpectralKernels.current, start.order + 1, cosines.stride)
    let ratios = scratch
    // The correlations 0...2 · order, of which there are fewer than twice as many as coefficients.
    let correlations = ratios + stride
    let step = correlations + 2 * count
    let pivots = step + count
    let row = PaddedMatrix.padded(count)
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
      // The Hessian, of which the solver reads the lower triangle.
      for i in 0..<count {
        for j in 0...i { normal[i * row + j] = correlations[i - j] + correlations[i + j] }
      }
      // A periodogram with only one or two nonzero bins has a singular Hessian: the last estimate is kept.
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
