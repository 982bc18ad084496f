#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How log-mel features are computed from sound: everything that two programs must agree on to mean the same numbers.
///
/// Frame k is centred on sample k · hop, with zeros outside the sound. With |X[k, f]| its spectrum under a periodic Hann
/// window and w the triangular filters of equal area of librosa's `filters.mel`,
///
///     energy[k, b] = Σ_f w[b, f] · |X[k, f]|        (or |X[k, f]|², where the spectrum is power)
///     value[k, b]  = (ln max(energy[k, b], floor) − offset) / divisor
///
/// A sound of n samples has 1 + ⌊n / hop⌋ frames.
public struct LogMelConvention: Sendable, Hashable, Codable {
  /// What the filters gather.
  public enum Spectrum: String, Sendable, Hashable, Codable, CaseIterable {
    /// |X|.
    case magnitude
    /// |X|².
    case power
  }

  /// Samples per second, in Hz.
  public var sampleRate: Int
  /// Samples of a frame: the length of the Fourier transform.
  public var fftLength: Int
  /// Samples under the window, in the middle of a frame.
  public var windowLength: Int
  /// Samples from one frame to the next.
  public var hopLength: Int
  /// The number of mel bands.
  public var bands: Int
  /// Where the first band begins, in Hz.
  public var minimumFrequency: Double
  /// Where the last band ends, in Hz.
  public var maximumFrequency: Double
  /// The scale of pitch on which bands have equal distances.
  public var scale: MelScale
  /// What the filters gather.
  public var spectrum: Spectrum
  /// Energies below this count as this.
  public var floor: Double
  /// Taken from the logarithm.
  public var offset: Double
  /// What the difference is divided by.
  public var divisor: Double

  /// Features of a rate. Where `offset` and `divisor` are left out, they are such that speech has a mean near 0 and a
  /// deviation near 1, which is what a network learns from soonest: magnitudes of a spoken corpus have logarithms of
  /// −5.4 ± 1.9.
  public init(
    sampleRate: Int, fftLength: Int, windowLength: Int? = nil, hopLength: Int, bands: Int,
    minimumFrequency: Double = 0, maximumFrequency: Double? = nil, scale: MelScale = .slaney,
    spectrum: Spectrum = .magnitude, floor: Double = 1e-5, offset: Double? = nil, divisor: Double? = nil
  ) {
    self.sampleRate = sampleRate
    self.fftLength = fftLength
    self.windowLength = windowLength ?? fftLength
    self.hopLength = hopLength
    self.bands = bands
    self.minimumFrequency = minimumFrequency
    self.maximumFrequency = maximumFrequency ?? Double(sampleRate) / 2
    self.scale = scale
    self.spectrum = spectrum
    self.floor = floor
    let isPower = spectrum == .power
    self.offset = offset ?? (isPower ? -10 : -5)
    self.divisor = divisor ?? (isPower ? 4 : 2)
  }

  /// What vocoders of speech usually hear, 46 ms under the window every 12 ms at 22,050 Hz, in lengths that are powers of
  /// two near these times at other rates; 80 bands, or 40 at rates below 12 kHz.
  public static func standard(sampleRate: Int) -> LogMelConvention {
    let fftLength = powerOfTwo(near: Double(sampleRate) * 1024 / 22_050)
    return LogMelConvention(
      sampleRate: sampleRate, fftLength: fftLength, hopLength: max(1, fftLength / 4),
      bands: sampleRate < 12_000 ? 40 : 80)
  }

  /// The number of frames of a sound of some samples.
  public func frames(ofSamples count: Int) -> Int { 1 + count / hopLength }

  private static func powerOfTwo(near length: Double) -> Int { 1 << max(1, Int(log2(max(2, length)).rounded())) }
}
