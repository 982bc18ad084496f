/// YIN's cumulative mean normalized difference, one frame at a time.
///
/// d(k) = 2 (r(0) − r(k)) − Σ_{n<k} y[n]² with r the autocorrelation, which comes from a Fourier transform over so many
/// zeros that it does not wrap within the periods that are looked for; d′(k) = d(k) / (Σ_{j≤k} d(j) / k + 2.2e-308), so
/// that it is 0 in digital silence.
final class NormalizedDifference {
  private let frameLength: Int
  private let periods: ClosedRange<Int>
  private let fft: RealFFT
  private let buffers: FFTBuffers
  private let differences: UnsafeMutableBufferPointer<Double>

  init(_ yin: YIN) {
    frameLength = yin.frameLength
    periods = yin.periods
    fft = RealFFT.of(length: RealFFT.fastLength(atLeast: yin.frameLength + yin.periods.upperBound + 1))
    buffers = FFTBuffers(length: fft.length)
    differences = .allocate(capacity: yin.periods.count)
    differences.initialize(repeating: 0)
  }

  deinit { differences.deallocate() }

  /// d′ of every period, the shortest first; valid until the next call, while this object lives.
  ///
  /// - Precondition: `frameLength` samples.
  func of(_ samples: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<Double> {
    precondition(samples.count == frameLength, "\(samples.count) samples for frames of \(frameLength)")
    autocorrelate(samples)
    let scale = 1 / Double(fft.length)
    let correlation = buffers.signal
    let energy = correlation[0] * scale
    var (leading, sum) = (0.0, 0.0)
    for period in 1...periods.upperBound {
      let sample = Double(samples[period - 1])
      leading += sample * sample
      let difference = 2 * (energy - correlation[period] * scale) - leading
      sum += difference
      if period >= periods.lowerBound {
        differences[period - periods.lowerBound] = difference / (sum / Double(period) + Double.leastNormalMagnitude)
      }
    }
    return UnsafeBufferPointer(differences)
  }

  /// Leaves the autocorrelation times the length of the transform in the signal buffer.
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
