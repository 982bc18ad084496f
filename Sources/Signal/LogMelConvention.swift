#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The convention by which log-mel features are computed: everything that two programs must agree on to compute the
/// same values.
///
/// Frame k is centered on sample k · hop, with zeros outside the sound. With |X[k, f]| its spectrum under a periodic
/// Hann window and w the triangular filters of equal area of librosa's `filters.mel`,
///
///     energy[k, b] = Σ_f w[b, f] · |X[k, f]|        (or |X[k, f]|², where the spectrum is power)
///     value[k, b]  = (ln max(energy[k, b], floor) − offset) / divisor
///
/// A sound of n samples has 1 + ⌊n / hop⌋ frames.
public struct LogMelConvention: Sendable, Hashable, Codable {
  /// The spectrum that the filters weight.
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
  /// The lower edge of the first band, in Hz.
  public var minimumFrequency: Double
  /// The upper edge of the last band, in Hz.
  public var maximumFrequency: Double
  /// The pitch scale on which bands are equidistant.
  public var scale: MelScale
  /// The spectrum that the filters weight.
  public var spectrum: Spectrum
  /// The lower bound of energies.
  public var floor: Double
  /// Subtracted from the logarithm.
  public var offset: Double
  /// The divisor of the difference.
  public var divisor: Double

  /// A convention for a sample rate. The default `offset` and `divisor` give speech a mean near 0 and a standard
  /// deviation near 1, which speeds up learning: the log magnitudes of a spoken corpus are −5.4 ± 1.9.
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

  /// The usual features of speech vocoders: windows of 46 ms every 12 ms at 22,050 Hz, and lengths that are powers of
  /// two near these times at other rates; 80 bands, or 40 at rates below 12 kHz.
  public static func standard(sampleRate: Int) -> LogMelConvention {
    let fftLength = powerOfTwo(near: Double(sampleRate) * 1024 / 22_050)
    return LogMelConvention(
      sampleRate: sampleRate, fftLength: fftLength, hopLength: max(1, fftLength / 4),
      bands: sampleRate < 12_000 ? 40 : 80)
  }

  /// The number of frames for a number of samples.
  public func frames(ofSamples count: Int) -> Int { 1 + count / hopLength }

  private static func powerOfTwo(near length: Double) -> Int { 1 << max(1, Int(log2(max(2, length)).rounded())) }
}

/// What keeps a convention from meaning anything.
extension LogMelConvention {
  /// Samples of a frame, at most.
  package static let longestFrame = 65_536
  /// Samples per second, at most: beyond any recording's.
  package static let highestRate = 1_000_000

  /// The first invalid field, under its name in files, with its value and the allowed values; nil where all are valid.
  package var problem: (field: String, value: String, allowed: String)? {
    if !(1...Self.highestRate).contains(sampleRate) {
      return ("sample_rate", "\(sampleRate)", "from 1 to \(Self.highestRate) Hz")
    }
    // An even length has a center: frame k is then symmetric around sample k · hop.
    if !(2...Self.longestFrame).contains(fftLength) || fftLength % 2 != 0 {
      return ("fft_length", "\(fftLength)", "an even number from 2 to \(Self.longestFrame)")
    }
    for (field, value) in [("window_length", windowLength), ("hop_length", hopLength), ("bands", bands)]
    where !(1...fftLength).contains(value) { return (field, "\(value)", "from 1 to fft_length, \(fftLength)") }
    let nyquist = Double(sampleRate) / 2
    if !(minimumFrequency >= 0 && minimumFrequency < maximumFrequency) {
      return (
        "minimum_frequency", "\(minimumFrequency)", "at least 0 and below maximum_frequency, \(maximumFrequency)"
      )
    }
    if !(maximumFrequency <= nyquist) {
      return ("maximum_frequency", "\(maximumFrequency)", "at most half of sample_rate, \(nyquist)")
    }
    if !(floor >= 1e-30 && floor <= 1e30) { return ("floor", "\(floor)", "from 1e-30 to 1e30") }
    if !(abs(offset) <= 1e30) { return ("offset", "\(offset)", "a number of at most 1e30") }
    if !(abs(divisor) >= 1e-30 && abs(divisor) <= 1e30) {
      return ("divisor", "\(divisor)", "a number that is not 0, of at most 1e30")
    }
    return nil
  }
}
