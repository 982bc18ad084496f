import KodamaSignal

/// Triangular filters that combine the bins of a Fourier transform into mel bands.
///
/// Band b rises from 0 at corner f[b] to its peak at f[b + 1] and falls to 0 at f[b + 2], with bands + 2 corners at
/// equal distances on the mel scale. A band that is narrower than a bin may contain none, and is then always 0.
///
/// - Source: librosa 0.11's `filters.mel`, whose defaults these are.
public struct MelFilterbank: Sendable, Equatable {
  /// The normalization of the filters.
  public enum Normalization: String, Sendable, Equatable, Codable, CaseIterable {
    /// Each filter has the same area: its peak is 2 / (width in Hz).
    case slaney
    /// Each filter's peak is 1.
    case none
  }

  /// The number of bands.
  public let bands: Int
  /// Bins of the Fourier transform, fftLength/2 + 1.
  public let bins: Int
  /// The frequency of each band's peak, in Hz.
  public let centerFrequencies: [Double]
  /// The bins under each filter.
  let ranges: [Range<Int>]
  /// The weights of those bins, band after band.
  let weights: [Double]

  /// - Parameters:
  ///   - sampleRate: in Hz.
  ///   - fftLength: samples of a frame.
  ///   - bands: the number of bands.
  ///   - minimumFrequency: the lower edge of the first filter, in Hz.
  ///   - maximumFrequency: the upper edge of the last filter, in Hz; nil for sampleRate/2.
  /// - Precondition: a positive rate, length and number of bands; 0 ≤ minimum < maximum.
  public init(
    sampleRate: Int, fftLength: Int, bands: Int = 128, minimumFrequency: Double = 0, maximumFrequency: Double? = nil,
    scale: MelScale = .slaney, normalization: Normalization = .slaney
  ) {
    let maximum = maximumFrequency ?? Double(sampleRate) / 2
    precondition(sampleRate > 0 && fftLength > 0, "no filters at \(sampleRate) Hz for \(fftLength) samples")
    precondition(bands > 0, "a mel filterbank needs at least one band, not \(bands)")
    precondition(
      minimumFrequency >= 0 && minimumFrequency < maximum,
      "mel bands cannot lie between \(minimumFrequency) and \(maximum) Hz")
    self.bands = bands
    bins = fftLength / 2 + 1
    let corners = scale.frequencies(from: minimumFrequency, to: maximum, count: bands + 2)
    centerFrequencies = Array(corners[1...bands])
    var ranges: [Range<Int>] = []
    var weights: [Double] = []
    for band in 0..<bands {
      let (low, peak, high) = (corners[band], corners[band + 1], corners[band + 2])
      let height = normalization == .slaney ? 2 / (high - low) : 1
      // Only the bins between the corners are considered, and one more on either side because of rounding.
      let spacing = Double(sampleRate) / Double(fftLength)
      let near =
        max(0, min(bins, Int(low / spacing) - 1))..<min(bins, max(0, Int(min(high / spacing, Double(bins)))) + 2)
      let triangle = near.map { bin -> Double in
        let frequency = Double(bin) * Double(sampleRate) / Double(fftLength)
        return max(0, min((frequency - low) / (peak - low), (high - frequency) / (high - peak))) * height
      }
      let first = triangle.firstIndex { $0 > 0 } ?? 0
      let end = (triangle.lastIndex { $0 > 0 } ?? -1) + 1
      ranges.append(near.lowerBound + first..<near.lowerBound + max(first, end))
      weights += triangle[first..<max(first, end)]
    }
    self.ranges = ranges
    self.weights = weights
  }

  /// The filters as a matrix, [band, bin], row-major.
  public var matrix: [Float] {
    var matrix = [Float](repeating: 0, count: bands * bins)
    var next = 0
    for (band, range) in ranges.enumerated() {
      for bin in range {
        matrix[band * bins + bin] = Float(weights[next])
        next += 1
      }
    }
    return matrix
  }

  /// The bands of one frame: Σ_k weight[b, k] · spectrum[k], at most the largest finite number.
  func apply(_ spectrum: UnsafePointer<Double>, to output: UnsafeMutablePointer<Float>) {
    forEachBand(of: spectrum) { output[$0] = Float(min($1, Double(Float.greatestFiniteMagnitude))) }
  }

  /// factor · (ln max(energy, floor) − offset) of every band of one frame.
  ///
  /// - Precondition: a floor that is positive and a normal number.
  func logarithms(
    of spectrum: UnsafePointer<Double>, floor: Double, offset: Double = 0, factor: Double = 1,
    to output: UnsafeMutablePointer<Float>
  ) {
    let count = PaddedMatrix.padded(bands)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { energies in
      // The padding after the last band is 1, whose logarithm is 0.
      energies.initialize(repeating: 1)
      forEachBand(of: spectrum) { band, energy in
        energies[band] = min(max(energy, floor), Double(Float.greatestFiniteMagnitude))
      }
      SpectralKernels.current.logarithms(energies.baseAddress.unsafelyUnwrapped, count: count)
      for band in 0..<bands { output[band] = Float(factor * (energies[band] - offset)) }
    }
  }

  /// Calls `body` with every band and its energy Σ_k weight[b, k] · spectrum[k].
  @inline(__always)
  func forEachBand(of spectrum: UnsafePointer<Double>, _ body: (_ band: Int, _ energy: Double) -> Void) {
    weights.withUnsafeBufferPointer { weights in
      var next = 0
      for (band, range) in ranges.enumerated() {
        var sum = 0.0
        for bin in range {
          sum += weights[next] * spectrum[bin]
          next += 1
        }
        body(band, sum)
      }
    }
  }
}
