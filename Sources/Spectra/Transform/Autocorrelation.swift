/// The autocorrelation of real numbers by a Fourier transform, up to some lag.
final class Autocorrelation {
  private let fft: RealFFT
  private let buffers: FFTBuffers
  private let length: Int

  /// - Parameters:
  ///   - length: the number of numbers.
  ///   - reach: the largest lag.
  init(length: Int, reach: Int) {
    self.length = length
    fft = RealFFT.of(length: RealFFT.fastLength(atLeast: length + reach + 1))
    buffers = FFTBuffers(length: fft.length)
  }

  /// The length of the transform, by which the sums are multiplied.
  var transformLength: Int { fft.length }

  /// The sums by their lags, each times the length of the transform; valid until the next call, while this object lives.
  var sums: UnsafePointer<Double> { UnsafePointer(buffers.signal) }

  /// Computes the sums of the numbers that `fill` writes, as many as announced.
  func compute(_ fill: (UnsafeMutablePointer<Double>) -> Void) {
    let (signal, spectrum) = (buffers.signal, buffers.spectrum)
    fill(signal)
    for n in length..<fft.length { signal[n] = 0 }
    fft.forward(buffers)
    for bin in 0..<fft.bins {
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      spectrum[2 * bin] = real * real + imaginary * imaginary
      spectrum[2 * bin + 1] = 0
    }
    fft.inverse(buffers)
  }
}
