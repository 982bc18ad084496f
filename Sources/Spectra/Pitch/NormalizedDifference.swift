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
  private let autocorrelation: Autocorrelation
  private let differences: UnsafeMutableBufferPointer<Double>
  /// Σ_{n<k} y[n]² and Σ_{n≥N−k} y[n]² of the current frame, by the period k.
  private let leading: UnsafeMutablePointer<Double>
  private let trailing: UnsafeMutablePointer<Double>

  init(_ yin: YIN) {
    frameLength = yin.frameLength
    periods = yin.periods
    autocorrelation = Autocorrelation(length: yin.frameLength, reach: yin.periods.upperBound)
    differences = .allocate(capacity: yin.periods.count)
    differences.initialize(repeating: 0)
    (leading, trailing) = (.allocate(capacity: periods.upperBound + 1), .allocate(capacity: periods.upperBound + 1))
    leading.initialize(repeating: 0, count: periods.upperBound + 1)
    trailing.initialize(repeating: 0, count: periods.upperBound + 1)
  }

  deinit {
    differences.deallocate()
    leading.deallocate()
    trailing.deallocate()
  }

  /// d′ of every period of a frame, the shortest first: valid until the next call, while this object lives.
  ///
  /// - Precondition: `frameLength` samples.
  func of(_ samples: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<Double> {
    precondition(samples.count == frameLength, "\(samples.count) samples for frames of \(frameLength)")
    autocorrelation.compute { signal in for n in 0..<frameLength { signal[n] = Double(samples[n]) } }
    let (first, last) = (samples.baseAddress.unsafelyUnwrapped, samples.baseAddress.unsafelyUnwrapped + frameLength)
    var sum = 0.0
    for period in 1...periods.upperBound {
      let (head, tail) = (Double(first[period - 1]), Double(last[-period]))
      leading[period] = leading[period - 1] + head * head
      trailing[period] = trailing[period - 1] + tail * tail
      let difference = difference(period)
      sum += difference
      if period >= periods.lowerBound {
        differences[period - periods.lowerBound] =
          difference / (sum / Double(period) + Double.leastNormalMagnitude)
      }
    }
    return UnsafeBufferPointer(differences)
  }

  /// e(k) · k / Σ_{j≤k} e(j) of the current frame, for the period k at an index of `of`.
  func aperiodicity(at index: Int) -> Double {
    let longest = periods.lowerBound + index
    let least = 2e-10 * autocorrelation.sums[0] * scale / Double(frameLength)
    var (sum, inside) = (0.0, 0.0)
    for period in 1...longest {
      inside = (difference(period) - trailing[period]) / Double(frameLength - period)
      sum += inside
    }
    let mean = sum / Double(longest)
    return mean > least ? inside / mean : 1
  }

  /// 1 / the length of the transform.
  private var scale: Double { 1 / Double(autocorrelation.transformLength) }

  /// d(k).
  private func difference(_ period: Int) -> Double {
    let correlation = autocorrelation.sums
    return 2 * (correlation[0] * scale - correlation[period] * scale) - leading[period]
  }
}
