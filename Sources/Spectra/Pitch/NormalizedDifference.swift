/// YIN's cumulative mean normalized difference, one frame at a time.
///
/// d(k) = 2 (r(0) − r(k)) − Σ_{n<k} y[n]² with r the autocorrelation, computed by a Fourier transform with enough zero
/// padding that it does not wrap within the periods of the search; d′(k) = d(k) / (Σ_{j≤k} d(j) / k + 2.2e-308), so
/// that it is 0 in digital silence.
///
/// The zeros after the frame add the energy of the last k samples to d(k), a share of about k/N of the total, so d′ of
/// a long period stays above a threshold even for a perfectly periodic frame. Voicing is therefore decided by the same
/// quotient for e(k) = Σ_{n<N−k} (y[n] − y[n + k])² / (N − k), which uses no sample outside the frame: the
/// aperiodicity. It is 1 where the mean of e is below 1e-10 of the power, as in silence and in constant sound.
final class NormalizedDifference {
  private let frameLength: Int
  private let periods: ClosedRange<Int>
  private let fft: RealFFT
  private let buffers: FFTBuffers
  private let differences: UnsafeMutableBufferPointer<Double>
  private let aperiodicities: UnsafeMutableBufferPointer<Double>

  /// One value for each period, the shortest first.
  struct Values {
    /// d′.
    let differences: UnsafeBufferPointer<Double>
    /// e(k) · k / Σ_{j≤k} e(j).
    let aperiodicities: UnsafeBufferPointer<Double>
  }

  init(_ yin: YIN) {
    frameLength = yin.frameLength
    periods = yin.periods
    fft = RealFFT.of(length: RealFFT.fastLength(atLeast: yin.frameLength + yin.periods.upperBound + 1))
    buffers = FFTBuffers(length: fft.length)
    differences = .allocate(capacity: yin.periods.count)
    differences.initialize(repeating: 0)
    aperiodicities = .allocate(capacity: yin.periods.count)
    aperiodicities.initialize(repeating: 1)
  }

  deinit {
    differences.deallocate()
    aperiodicities.deallocate()
  }

  /// The values of a frame, valid until the next call, while this object lives.
  ///
  /// - Precondition: `frameLength` samples.
  func of(_ samples: UnsafeBufferPointer<Float>) -> Values {
    precondition(samples.count == frameLength, "\(samples.count) samples for frames of \(frameLength)")
    autocorrelate(samples)
    let scale = 1 / Double(fft.length)
    let correlation = buffers.signal
    let energy = correlation[0] * scale
    let least = 2e-10 * energy / Double(frameLength)
    var (leading, trailing, sum, insideSum) = (0.0, 0.0, 0.0, 0.0)
    for period in 1...periods.upperBound {
      let (first, last) = (Double(samples[period - 1]), Double(samples[frameLength - period]))
      leading += first * first
      trailing += last * last
      let difference = 2 * (energy - correlation[period] * scale) - leading
      let inside = (difference - trailing) / Double(frameLength - period)
      sum += difference
      insideSum += inside
      if period >= periods.lowerBound {
        let index = period - periods.lowerBound
        differences[index] = difference / (sum / Double(period) + Double.leastNormalMagnitude)
        let mean = insideSum / Double(period)
        aperiodicities[index] = mean > least ? inside / mean : 1
      }
    }
    return Values(
      differences: UnsafeBufferPointer(differences), aperiodicities: UnsafeBufferPointer(aperiodicities))
  }

  /// Writes the autocorrelation times the length of the transform to the signal buffer.
  private func autocorrelate(_ samples: UnsafeBufferPointer<Float>) {
    let (signal, spectrum) = (buffers.signal, buffers.spectrum)
    for n in 0..<frameLength { signal[n] = Double(samples[n]) }
    for n in frameLength..<fft.length { signal[n] = 0 }
    fft.forward(buffers)
    for bin in 0..<fft.bins {
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      spectrum[2 * bin] = real * real + imaginary * imaginary
      spectrum[2 * bin + 1] = 0
    }
    fft.inverse(buffers)
  }
}
