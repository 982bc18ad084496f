/// The mel-cepstrum of a power spectrum: its logarithm on a warped frequency axis, as a few cosines.
///
/// c = irfft(ln P), c[0] halved, followed by the frequency warping with `order` and `alpha` of all fftLength
/// coefficients. As all of this is linear in ln P, it is one precomputed matrix: C[j] = Σ_k matrix[j, k] · ln P[k].
///
/// - Source: Tokuda, Kobayashi and Imai 1994; pysptk 1.0's `sp2mc`.
public struct MelCepstrum: Sendable, Equatable {
  /// Samples of the frames whose power is taken.
  public let fftLength: Int
  /// The last coefficient; there are order + 1.
  public let order: Int
  /// The all-pass constant of the frequency warping.
  public let alpha: Double
  /// [coefficient, bin].
  let matrix: PaddedMatrix

  /// Bins of the power spectrum, fftLength/2 + 1.
  public var bins: Int { fftLength / 2 + 1 }

  /// - Parameters:
  ///   - fftLength: samples of a frame, even.
  ///   - order: the last coefficient.
  ///   - alpha: the all-pass constant; see `MelCepstrum.parameters(sampleRate:)`.
  /// - Precondition: 2 ≤ fftLength ≤ 2²⁰ and even, 0 ≤ order ≤ 1,024, |alpha| < 1.
  public init(fftLength: Int, order: Int, alpha: Double) {
    precondition(
      (2...1 << 20).contains(fftLength) && fftLength % 2 == 0, "the FFT length \(fftLength) is not even in 2...2^20")
    precondition((0...1024).contains(order), "the order \(order) is outside 0...1024")
    precondition(abs(alpha) < 1, "the all-pass constant \(alpha) is not between -1 and 1")
    self.fftLength = fftLength
    self.order = order
    self.alpha = alpha
    let rows = FrequencyWarping(alpha: alpha).rows(count: fftLength, order: order)
    let bins = fftLength / 2 + 1
    var matrix = PaddedMatrix(rows: order + 1, columns: bins)
    let (fft, buffers) = (RealFFT.of(length: fftLength), FFTBuffers(length: fftLength))
    for j in 0...order {
      // The inverse transform of ln P is a sum of cosines over its bins; weighted, it is a transform of the weights.
      for n in 0..<fftLength { buffers.signal[n] = n == 0 ? rows[n][j] / 2 : rows[n][j] }
      fft.forward(buffers)
      for bin in 0..<bins {
        let bothSides = bin == 0 || bin == bins - 1 ? 1.0 : 2.0
        matrix[j, bin] = buffers.spectrum[2 * bin] * bothSides / Double(fftLength)
      }
    }
    self.matrix = matrix
  }

  /// The mel-cepstrum of a power spectrum.
  ///
  /// - Shapes: power [fftLength/2 + 1] → [order + 1].
  /// - Precondition: all powers are positive, finite and normal numbers.
  public func callAsFunction(_ power: [Double]) -> [Double] {
    precondition(power.count == bins, "\(power.count) powers for \(bins) bins")
    precondition(
      power.allSatisfy { $0.isNormal && $0 > 0 }, "a power that is not positive and finite has no logarithm")
    let kernels = SpectralKernels.current
    var logPower = power + [Double](repeating: 1, count: matrix.stride - bins)
    kernels.logarithms(&logPower, count: logPower.count)
    var coefficients = [Double](repeating: 0, count: order + 1)
    kernels.rowSums(matrix, logPower, &coefficients)
    return coefficients
  }
}

extension MelCepstrum {
  /// The order and the all-pass constant for a sample rate.
  ///
  /// 16,000 Hz: 23 and 0.42; 22,050 Hz: 34 and 0.45; 24,000 Hz: 34 and 0.46; 44,100 Hz: 39 and 0.53; 48,000 Hz: 39 and
  /// 0.55. At other rates α is the one that best approximates the mel scale, as computed by pysptk's `mcepalpha` (8,000
  /// Hz: 0.312), and the order is that of the next listed rate below, or under 16,000 Hz in proportion to the rate: 23
  /// · rate / 16000, rounded, at least 1 (8,000 Hz: 12).
  ///
  /// - Precondition: a positive sample rate.
  /// - Source: kan-bayashi/ParallelWaveGAN's `evaluate_mcd` for the listed rates; the rest is this package's own rule.
  public static func parameters(sampleRate: Int) -> (order: Int, alpha: Double) {
    precondition(sampleRate > 0, "a sample rate must be positive, not \(sampleRate)")
    if let listed = listedParameters.first(where: { $0.sampleRate == sampleRate }) {
      return (listed.order, listed.alpha)
    }
    let below = listedParameters.last { $0.sampleRate < sampleRate }
    let order = below?.order ?? max(1, (23 * sampleRate + 8000) / 16_000)
    return (order, FrequencyWarping.nearestToMel(sampleRate: sampleRate).alpha)
  }

  private static let listedParameters: [(sampleRate: Int, order: Int, alpha: Double)] = [
    (16_000, 23, 0.42), (22_050, 34, 0.45), (24_000, 34, 0.46), (44_100, 39, 0.53),
    (48_000, 39, 0.55),
  ]
}
