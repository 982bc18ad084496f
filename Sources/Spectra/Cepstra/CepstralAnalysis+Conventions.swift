extension CepstralAnalysis {
  /// This package's own convention, for the distances of the textbook: frames of the least power of two that lasts 1/32 s
  /// (1,024 samples at 22,050 Hz), a quarter apart, periodic Hann, centred, zeros outside; power relative to a full-scale
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
