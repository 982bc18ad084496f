import KodamaCore

/// Mel bands over time, by the conventions of different tools.
///
/// value[t, b] = compression(Σ_k weight[b, k] · spectrum[t, k]), the spectrum being power or magnitude.
public struct MelSpectrogram: Sendable, Equatable {
  /// The spectrum that the filters weight.
  public enum Spectrum: Sendable, Equatable {
    /// |X|².
    case power
    /// √(|X|² + offset).
    case magnitude(offset: Double)
  }

  /// The compression of the bands' energies.
  public enum Compression: Sendable, Equatable {
    /// Nothing.
    case none
    /// log₁₀ max(energy, floor).
    case log10(floor: Float)
    /// ln max(energy, floor).
    case naturalLogarithm(floor: Float)
  }

  /// The transform, which defines the frames.
  public let stft: STFT
  /// The filters.
  public let filterbank: MelFilterbank
  /// The spectrum that the filters weight.
  public let spectrum: Spectrum
  /// The compression of the bands' energies.
  public let compression: Compression

  /// - Precondition: the filters have as many bins as the transform; floors are positive.
  public init(stft: STFT, filterbank: MelFilterbank, spectrum: Spectrum = .power, compression: Compression = .none) {
    precondition(
      stft.bins == filterbank.bins, "a transform of \(stft.bins) bins and filters for \(filterbank.bins)")
    switch compression {
    case .none: break
    case .log10(let floor), .naturalLogarithm(let floor):
      precondition(floor > 0, "the floor of a logarithm must be positive, not \(floor)")
    }
    self.stft = stft
    self.filterbank = filterbank
    self.spectrum = spectrum
    self.compression = compression
  }

  /// librosa's `feature.melspectrogram` with its defaults: FFT 2048, hop 512, 128 bands of power up to half the rate.
  public static func librosa(sampleRate: Int) -> MelSpectrogram {
    let stft = STFT.standard
    return MelSpectrogram(
      stft: stft, filterbank: MelFilterbank(sampleRate: sampleRate, fftLength: stft.fftLength))
  }

  /// The input of ParallelWaveGAN's vocoders: FFT 1024, hop 256, reflected at the ends, 80 bands of magnitude from 80
  /// to 7,600 Hz (or half the rate), log₁₀ above 1e-10.
  ///
  /// - Precondition: a rate above 160 Hz, because the lowest band starts at 80 Hz.
  /// - Source: kan-bayashi/ParallelWaveGAN, `logmelfilterbank`.
  public static func parallelWaveGAN(sampleRate: Int) -> MelSpectrogram {
    precondition(sampleRate > 160, "at \(sampleRate) Hz there is nothing above 80 Hz; the rate must be over 160 Hz")
    let stft = STFT(fftLength: 1024, hopLength: 256, padding: .reflect)
    let filterbank = MelFilterbank(
      sampleRate: sampleRate, fftLength: 1024, bands: 80, minimumFrequency: 80,
      maximumFrequency: min(7600, Double(sampleRate) / 2))
    return MelSpectrogram(
      stft: stft, filterbank: filterbank, spectrum: .magnitude(offset: 0), compression: .log10(floor: 1e-10))
  }

  /// The input of HiFi-GAN: FFT 1024, hop 256, n·256 samples give n frames, 80 bands of magnitude up to 8,000 Hz (or
  /// half the rate), natural logarithm above 1e-5.
  ///
  /// - Source: jik876/hifi-gan, `mel_spectrogram`.
  public static func hifiGAN(sampleRate: Int) -> MelSpectrogram {
    let stft = STFT(fftLength: 1024, hopLength: 256, padding: .reflectAroundHop)
    let filterbank = MelFilterbank(
      sampleRate: sampleRate, fftLength: 1024, bands: 80, maximumFrequency: min(8000, Double(sampleRate) / 2))
    return MelSpectrogram(
      stft: stft, filterbank: filterbank, spectrum: .magnitude(offset: 1e-9),
      compression: .naturalLogarithm(floor: 1e-5))
  }

  /// The mel bands of one channel.
  ///
  /// - Shapes: samples [T] → [frames, bands].
  /// - Throws: `SpectraFault.notFinite`.
  public func callAsFunction(_ samples: [Float], workers: Workers = .all) throws -> Spectrogram {
    try stft.rows(of: samples, bands: filterbank.bands, workers: workers) { power, row in
      gather(power, into: row)
    }
  }

  /// Writes the bands of a frame, and overwrites its power.
  func gather(_ power: UnsafeMutablePointer<Double>, into row: UnsafeMutablePointer<Float>) {
    if case .magnitude(let offset) = spectrum {
      SpectralKernels.current.squareRoots(power, count: stft.bins, offset: offset)
    }
    switch compression {
    case .none: filterbank.apply(power, to: row)
    case .log10(let floor):
      filterbank.logarithms(of: power, floor: Double(floor), factor: 0.4342944819032518, to: row)
    case .naturalLogarithm(let floor): filterbank.logarithms(of: power, floor: Double(floor), to: row)
    }
  }
}
