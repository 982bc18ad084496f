import KodamaCore

/// How sound becomes mel-cepstra, one per frame.
struct CepstralAnalysis: Sendable {
  /// What the logarithm is taken of, with P the power of a bin times `scale`.
  enum Level: Sendable {
    /// max(P, floor).
    case floored(Double)
    /// P + offset.
    case raised(Double)
  }

  /// How coefficients come out of a frame's logarithms.
  enum Estimate: Sendable {
    case direct(MelCepstrum)
    case unbiased(UnbiasedMelCepstrum)

    /// The coefficients' order.
    fileprivate var order: Int {
      switch self {
      case .direct(let cepstrum): cepstrum.order
      case .unbiased(let analysis): analysis.start.order
      }
    }
    fileprivate var scratchCount: Int {
      switch self {
      case .direct: 0
      case .unbiased(let analysis): analysis.scratchCount
      }
    }
  }

  /// How the sound is cut into frames.
  let stft: STFT
  /// What the power |X|² is multiplied with.
  let scale: Double
  let level: Level
  let estimate: Estimate

  /// Numbers per frame: order + 1.
  var dimensions: Int { estimate.order + 1 }

  /// The sample rates, in Hz, at which frames of a useful length have a bounded number of samples.
  static let sampleRates = 1000...768_000

  /// Working memory of one run of frames.
  struct Scratch: Sendable {
    fileprivate var numbers: [Double]
    /// Whether any bin of any frame so far was above what silence gives.
    var isAudible = false
  }

  func makeScratch() -> Scratch {
    Scratch(numbers: [Double](repeating: 0, count: LaneMatrix.padded(stft.bins) + estimate.scratchCount))
  }

  /// Writes the coefficients of a frame.
  ///
  /// - Parameter spectrum: real part, imaginary part, real part, and so on of every bin.
  func analyze(
    _ spectrum: UnsafePointer<Double>, _ scratch: inout Scratch, _ coefficients: UnsafeMutablePointer<Double>
  ) {
    let kernels = SpectralKernels.current
    let stride = LaneMatrix.padded(stft.bins)
    if !scratch.isAudible { scratch.isAudible = isAudible(spectrum) }
    scratch.numbers.withUnsafeMutableBufferPointer { numbers in
      let levels = numbers.baseAddress.unsafelyUnwrapped
      fill(levels, spectrum)
      // After the last bin stand ones, whose logarithm is zero.
      for bin in stft.bins..<stride { levels[bin] = 1 }
      kernels.logarithms(levels, count: stride)
      switch estimate {
      case .direct(let cepstrum): kernels.rowSums(cepstrum.matrix, levels, coefficients)
      case .unbiased(let analysis):
        analysis.fit(logPower: levels, scratch: levels + stride, coefficients: coefficients)
      }
    }
  }

  private func fill(_ levels: UnsafeMutablePointer<Double>, _ spectrum: UnsafePointer<Double>) {
    for bin in 0..<stft.bins {
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      levels[bin] = (real * real + imaginary * imaginary) * scale
    }
    switch level {
    case .floored(let floor): for bin in 0..<stft.bins { levels[bin] = max(levels[bin], floor) }
    case .raised(let offset): for bin in 0..<stft.bins { levels[bin] += offset }
    }
  }

  private func isAudible(_ spectrum: UnsafePointer<Double>) -> Bool {
    let floor = if case .floored(let floor) = level { floor } else { 0.0 }
    return (0..<stft.bins).contains { bin in
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      return (real * real + imaginary * imaginary) * scale > floor
    }
  }
}
