import KodamaCore
import KodamaSpectra

/// Correlation against lag, −1 to 1: positive lags are those of a wet recording behind the dry one.
public struct CorrelationCurve: Sendable, Equatable {
  /// The lag of the first value, in samples.
  public let firstLag: Int
  /// The values.
  public let values: [Float]

  /// The lag of the largest magnitude.
  public var peakLag: Int { firstLag + (values.indices.max { values[$0].magnitude < values[$1].magnitude } ?? 0) }

  /// The value at a lag.
  public subscript(lag: Int) -> Float { values[lag - firstLag] }
}

extension CorrelationCurve {
  /// The correlation of two recordings for all lags up to a longest one.
  ///
  /// Σ x[n] · y[n + lag] / (‖x‖ · ‖y‖) of pre-emphasized signals, whose peaks are narrower, through blocks and their
  /// spectra, so that memory is bounded.
  ///
  /// - Precondition: a positive longest lag, recordings that are not empty.
  init(_ pair: RecordingPair, longest: Int, workers: Workers) {
    let (x, y) = (pair.dry.samples, pair.wet.samples)
    let fft = RealFFT.of(length: RealFFT.fastLength(atLeast: max(1 << 18, 6 * longest)))
    let block = fft.length - 2 * longest
    let blocks = Workers.runs(of: 0..<x.count, most: block)
    // A fixed number of partial sums, so that the result does not depend on the threads.
    let parts = min(4, blocks.count)
    let sums = workers.map(parts: parts) { part -> [Double] in
      let (own, other) = (FFTBuffers(length: fft.length), FFTBuffers(length: fft.length))
      var sum = [Double](repeating: 0, count: 2 * fft.bins)
      for range in blocks[Workers.range(of: part, parts: parts, count: blocks.count)] {
        Self.fill(own, x, range)
        Self.fill(other, y, range.lowerBound - longest..<range.upperBound + longest)
        fft.forward(own)
        fft.forward(other)
        Self.addProducts(own, other, bins: fft.bins, to: &sum)
      }
      return sum
    }
    let buffers = FFTBuffers(length: fft.length)
    for sum in sums { for index in sum.indices { buffers.spectrum[index] += sum[index] } }
    fft.inverse(buffers)
    let scale = 1 / (Double(fft.length) * max(1e-30, Self.norm(x) * Self.norm(y)))
    firstLag = -longest
    values = (0...2 * longest).map { Float(buffers.signal[$0] * scale) }
  }

  /// The pre-emphasized sample; 0 outside the recording.
  private static func emphasized(_ samples: UnsafeBufferPointer<Float>, _ index: Int) -> Double {
    if index < 0 || index >= samples.count { return 0 }
    return Double(samples[index]) - (index > 0 ? 0.95 * Double(samples[index - 1]) : 0)
  }

  private static func fill(_ buffers: FFTBuffers, _ samples: [Float], _ range: Range<Int>) {
    samples.withUnsafeBufferPointer { samples in
      for (target, index) in range.enumerated() { buffers.signal[target] = emphasized(samples, index) }
    }
    for target in range.count..<buffers.length { buffers.signal[target] = 0 }
  }

  private static func norm(_ samples: [Float]) -> Double {
    samples.withUnsafeBufferPointer { samples in
      samples.indices.reduce(0.0) { $0 + emphasized(samples, $1) * emphasized(samples, $1) }.squareRoot()
    }
  }

  /// Adds conj(X) · Y.
  private static func addProducts(_ x: FFTBuffers, _ y: FFTBuffers, bins: Int, to sum: inout [Double]) {
    sum.withUnsafeMutableBufferPointer { sum in
      for bin in 0..<bins {
        let (a, b) = (x.spectrum[2 * bin], x.spectrum[2 * bin + 1])
        let (c, d) = (y.spectrum[2 * bin], y.spectrum[2 * bin + 1])
        sum[2 * bin] += a * c + b * d
        sum[2 * bin + 1] += a * d - b * c
      }
    }
  }
}
