import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The spectra of two recordings and their cross-spectrum, added over overlapping Hann windows at a fixed lag.
///
/// Coherence γ² = |Sxy|² / (Sxx · Syy), 1 where y is a linear function of x.
struct CrossSpectrum {
  /// Samples of a window: more than three times the lags around the fixed one that are searched.
  static let window = 16_384
  /// The lags searched around the fixed one.
  static let reach = 4_096

  /// The cross-spectrum: real part, imaginary part, and so on.
  private(set) var cross: [Double]
  private(set) var dry: [Double]
  private(set) var wet: [Double]
  /// The number of windows.
  private(set) var count = 0

  private static var bins: Int { window / 2 + 1 }

  init() {
    (cross, dry, wet) = ([Double](repeating: 0, count: 2 * Self.bins), [], [])
    dry = [Double](repeating: 0, count: Self.bins)
    wet = dry
  }

  static func + (a: CrossSpectrum, b: CrossSpectrum) -> CrossSpectrum {
    var sum = a
    for index in sum.cross.indices { sum.cross[index] += b.cross[index] }
    for index in sum.dry.indices {
      sum.dry[index] += b.dry[index]
      sum.wet[index] += b.wet[index]
    }
    sum.count += b.count
    return sum
  }

  /// The spectra of sections of a pair, of about six seconds each at 48 kHz: the windows that start in each, but for those
  /// where one of both is silent.
  ///
  /// - Returns: the sections that have windows, by the sample of their middle.
  static func sections(_ pair: RecordingPair, lag: Int, workers: Workers) -> [(middle: Int, spectrum: CrossSpectrum)] {
    let (x, y) = (pair.dry.samples, pair.wet.samples)
    // The dry samples of windows that lie in both recordings.
    let usable = max(0, -lag)..<max(max(0, -lag), min(x.count, y.count - lag) - window + 1)
    if usable.isEmpty { return [] }
    let ranges = Workers.runs(of: usable, most: 32 * window / 2)
    let least = [x, y].map { SoundLevels.rootMeanSquare($0[...]) * 0.01 }
    let spectra = workers.map(parts: ranges.count) { part -> CrossSpectrum in
      var sum = CrossSpectrum()
      let (own, other) = (FFTBuffers(length: window), FFTBuffers(length: window))
      for start in stride(from: ranges[part].lowerBound, to: ranges[part].upperBound, by: window / 2) {
        let (a, b) = (x[start..<start + window], y[start + lag..<start + lag + window])
        if SoundLevels.rootMeanSquare(a) <= least[0] || SoundLevels.rootMeanSquare(b) <= least[1] { continue }
        sum.add(a, b, own, other)
      }
      return sum
    }
    return zip(ranges, spectra).filter { $0.1.count > 0 }.map {
      (($0.0.lowerBound + $0.0.upperBound + window) / 2, $0.1)
    }
  }

  private static let hann = Window.hann.values(length: window)

  private mutating func add(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>, _ own: FFTBuffers, _ other: FFTBuffers) {
    let fft = RealFFT.of(length: Self.window)
    for (samples, buffers) in [(a, own), (b, other)] {
      samples.withUnsafeBufferPointer { samples in
        for n in 0..<Self.window { buffers.signal[n] = Double(samples[n]) * Self.hann[n] }
      }
      fft.forward(buffers)
    }
    let (x, y) = (own.spectrum, other.spectrum)
    for bin in 0..<Self.bins {
      let (a, b, c, d) = (x[2 * bin], x[2 * bin + 1], y[2 * bin], y[2 * bin + 1])
      cross[2 * bin] += a * c + b * d
      cross[2 * bin + 1] += a * d - b * c
      dry[bin] += a * a + b * b
      wet[bin] += c * c + d * d
    }
    count += 1
  }

  /// The coherence of a bin.
  private func coherence(_ bin: Int) -> Double {
    let product = dry[bin] * wet[bin]
    let power = cross[2 * bin] * cross[2 * bin] + cross[2 * bin + 1] * cross[2 * bin + 1]
    return product > 0 ? min(1, power / product) : 0
  }

  /// The share of the wet power that is a linear function of the dry recording, with the power of pre-emphasized signals:
  /// Σ γ² · Syy / Σ Syy.
  var linearShare: (part: Double, whole: Double) {
    var (part, whole) = (0.0, 0.0)
    for bin in 0..<Self.bins {
      let slope = sin(Double.pi * Double(bin) / Double(Self.window))
      let power = wet[bin] * slope * slope
      part += coherence(bin) * power
      whole += power
    }
    return (part, whole)
  }

  /// The lag around the fixed one at which the windows agree best, by the phases of all bins weighted with their
  /// coherence, between samples by a parabola.
  ///
  /// - Source: Knapp and Carter 1976, "The generalized correlation method for estimation of time delay", §III (SCOT).
  var bestLag: Double {
    let curve = transformed { bin in
      let product = dry[bin] * wet[bin]
      return product > 0 ? 1 / product.squareRoot() : 0
    }
    let peak = curve.peakLag
    if abs(peak) == Self.reach { return Double(peak) }
    let (a, b, c) = (
      Double(curve[peak - 1].magnitude), Double(curve[peak].magnitude), Double(curve[peak + 1].magnitude)
    )
    let bend = a - 2 * b + c
    return Double(peak) + (bend < 0 ? max(-0.5, min(0.5, 0.5 * (a - c) / bend)) : 0)
  }

  /// The impulse response of the box as far as it is linear, around the fixed lag: Sxy / Sxx where the coherence is above
  /// that of chance.
  var impulseResponse: CorrelationCurve {
    let least = max(0.02, 6 / Double(count))
    return transformed { bin in
      let coherence = coherence(bin)
      return coherence > least ? coherence / dry[bin] : 0
    }
  }

  /// The correlation around the fixed lag with the power of pre-emphasized signals, whose sign is that of the box.
  var correlation: CorrelationCurve {
    transformed { bin in
      let slope = sin(Double.pi * Double(bin) / Double(Self.window))
      return slope * slope
    }
  }

  /// The cross-spectrum times a weight for each bin, as a function of the lag.
  private func transformed(_ weight: (Int) -> Double) -> CorrelationCurve {
    let (fft, buffers) = (RealFFT.of(length: Self.window), FFTBuffers(length: Self.window))
    for bin in 0..<Self.bins {
      let weight = weight(bin)
      buffers.spectrum[2 * bin] = cross[2 * bin] * weight
      buffers.spectrum[2 * bin + 1] = cross[2 * bin + 1] * weight
    }
    fft.inverse(buffers)
    return CorrelationCurve(
      firstLag: -Self.reach,
      values: (-Self.reach...Self.reach).map { Float(buffers.signal[$0 < 0 ? Self.window + $0 : $0]) })
  }
}
