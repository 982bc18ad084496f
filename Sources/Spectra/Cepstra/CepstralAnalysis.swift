import KodamaCore

/// Mel-cepstral analysis of sound, one vector per frame.
struct CepstralAnalysis: Sendable {
  /// The argument of the logarithm, with P the power of a bin times `scale`.
  enum Level: Sendable {
    /// max(P, floor).
    case floored(Double)
    /// P + offset.
    case raised(Double)
  }

  /// The estimation of coefficients from a frame's logarithms.
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

  /// The transform, which defines the frames.
  let stft: STFT
  /// The factor of the power |X|².
  let scale: Double
  let level: Level
  let estimate: Estimate

  /// Numbers per frame: order + 1.
  var dimensions: Int { estimate.order + 1 }

  /// The sample rates, in Hz, at which frames of a useful length have a bounded number of samples.
  static let sampleRates = 1000...768_000

  /// Scratch memory for one run of frames.
  struct Scratch: Sendable {
    fileprivate var numbers: [Double]
    /// Whether any bin of any frame so far was above the level of silence.
    var isAudible = false
  }

  func makeScratch() -> Scratch {
    Scratch(numbers: [Double](repeating: 0, count: PaddedMatrix.padded(stft.bins) + estimate.scratchCount))
  }

  /// Writes the coefficients of a frame.
  ///
  /// - Parameter spectrum: real part, imaginary part, real part, and so on of every bin.
  func analyze(
    _ spectrum: UnsafePointer<Double>, _ scratch: inout Scratch, _ coefficients: UnsafeMutablePointer<Double>
  ) {
    let kernels = SpectralKernels.current
    let stride = PaddedMatrix.padded(stft.bins)
    if !scratch.isAudible { scratch.isAudible = isAudible(spectrum) }
    scratch.numbers.withUnsafeMutableBufferPointer { numbers in
      let levels = numbers.baseAddress.unsafelyUnwrapped
      fill(levels, spectrum)
      // The padding after the last bin is 1, whose logarithm is 0.
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

extension CepstralAnalysis {
  /// This package's own convention, for textbook distances: frames of the least power of two that lasts 1/32 s (1,024
  /// samples at 22,050 Hz), a quarter apart, periodic Hann, centered, zeros outside; power relative to a full-scale
  /// sine, floored at 1e-10; the direct mel-cepstrum of `MelCepstrum.parameters`.
  static let textbook = RateCache { sampleRate in
    var fftLength = 32
    while fftLength * 32 < sampleRate { fftLength *= 2 }
    let stft = STFT(fftLength: fftLength, hopLength: fftLength / 4)
    let (order, alpha) = MelCepstrum.parameters(sampleRate: sampleRate)
    return CepstralAnalysis(
      stft: stft, scale: 1 / stft.fullScalePower, level: .floored(1e-10),
      estimate: .direct(MelCepstrum(fftLength: fftLength, order: order, alpha: alpha)))
  }

  /// ParallelWaveGAN's: whole frames of 1,024 samples, 256 apart, symmetric Hamming of unit energy, on the scale of
  /// 16-bit integers; the unbiased mel-cepstrum of P + 1e-6 with the parameters of `MelCepstrum.parameters`.
  static let parallelWaveGAN = RateCache { sampleRate in
    let stft = STFT(fftLength: 1024, hopLength: 256, window: .symmetricHamming, padding: .none)
    let (order, alpha) = MelCepstrum.parameters(sampleRate: sampleRate)
    return CepstralAnalysis(
      stft: stft, scale: 32_768 * 32_768 / stft.windowEnergy, level: .raised(1e-6),
      estimate: .unbiased(UnbiasedMelCepstrum(fftLength: 1024, order: order, alpha: alpha)))
  }
}

extension STFT {
  /// Σ w².
  fileprivate var windowEnergy: Double { frameWindow.reduce(0) { $0 + $1 * $1 } }
}
