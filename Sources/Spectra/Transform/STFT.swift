/// The short-time Fourier transform: framing, window and transform.
///
/// X[t, k] = Σ_n w[n] x[t·hop + n − pad] exp(−2πikn / fftLength), t = 0..<frames, k = 0...fftLength/2, with w the
/// window, centered in the frame and zero outside `windowLength`.
///
/// The defaults are librosa's: 2,048 samples, hop 512, periodic Hann, centered, zeros outside. `torch.stft` differs in
/// padding by `.reflect`.
///
/// - Source: Allen and Rabiner 1977; librosa 0.11's `stft` for the conventions.
public struct STFT: Sendable, Equatable {
  /// The padding before the first sample and after the last.
  public enum Padding: String, Sendable, Equatable, Codable, CaseIterable {
    /// Frame t is centered on sample t·hop; fftLength/2 zeros on either side (librosa 0.11).
    case zeros
    /// Frame t is centered on sample t·hop; fftLength/2 samples reflected about the first and the last sample
    /// (`torch.stft`).
    case reflect
    /// Frame t starts at sample t·hop; only complete frames are used.
    case none
    /// (fftLength − hop)/2 samples reflected on either side, so that frame t is centered on the samples of step t and a
    /// signal of n·hop samples gives n frames (HiFi-GAN).
    case reflectAroundHop
  }

  /// Samples of a frame: the length of the Fourier transform.
  public let fftLength: Int
  /// Samples from one frame to the next.
  public let hopLength: Int
  /// Samples under the window, at most `fftLength`.
  public let windowLength: Int
  /// The shape of the window.
  public let window: Window
  /// The padding of the signal.
  public let padding: Padding

  /// The window over the whole frame, zero outside its own length.
  package let frameWindow: [Double]

  /// - Parameters:
  ///   - fftLength: samples of a frame.
  ///   - hopLength: samples from one frame to the next.
  ///   - windowLength: samples under the window; nil for `fftLength`. A shorter window is centered.
  ///   - window: the shape of the window.
  ///   - padding: the padding of the signal.
  /// - Precondition: all lengths positive, fftLength ≤ 2³⁰, windowLength ≤ fftLength, and for `.reflectAroundHop` also
  ///   hopLength ≤ fftLength with an even difference.
  public init(
    fftLength: Int = 2048, hopLength: Int = 512, windowLength: Int? = nil, window: Window = .hann,
    padding: Padding = .zeros
  ) {
    let windowLength = windowLength ?? fftLength
    precondition((1...1 << 30).contains(fftLength), "the FFT length \(fftLength) is outside 1...2^30")
    precondition(hopLength > 0, "the hop length must be positive, not \(hopLength)")
    precondition(
      (1...fftLength).contains(windowLength), "the window length \(windowLength) is outside 1...\(fftLength)")
    precondition(
      padding != .reflectAroundHop || (hopLength <= fftLength && (fftLength - hopLength) % 2 == 0),
      "frames of \(fftLength) samples cannot lie evenly around steps of \(hopLength)")
    self.fftLength = fftLength
    self.hopLength = hopLength
    self.windowLength = windowLength
    self.window = window
    self.padding = padding
    let lead = (fftLength - windowLength) / 2
    frameWindow =
      [Double](repeating: 0, count: lead) + window.values(length: windowLength)
      + [Double](repeating: 0, count: fftLength - windowLength - lead)
  }

  /// The defaults, with a precomputed window.
  public static let standard = STFT()

  /// The number of frequencies, fftLength/2 + 1.
  public var bins: Int { fftLength / 2 + 1 }

  /// The number of padding samples before the first sample, and after the last.
  public var paddedSamples: Int {
    switch padding {
    case .zeros, .reflect: fftLength / 2
    case .none: 0
    case .reflectAroundHop: (fftLength - hopLength) / 2
    }
  }

  /// The number of frames of a signal; 0 for one that is shorter than a frame, or empty.
  public func frames(samples: Int) -> Int {
    let padded = samples + 2 * paddedSamples
    return samples <= 0 || padded < fftLength ? 0 : 1 + (padded - fftLength) / hopLength
  }

  /// The center of a bin in Hz: k · sampleRate / fftLength.
  public func frequency(ofBin bin: Int, sampleRate: Int) -> Double {
    Double(bin) * Double(sampleRate) / Double(fftLength)
  }

  /// |X|² of a full-scale sine at the center of a bin, (Σw / 2)²: 0 dBFS.
  public var fullScalePower: Double {
    let half = frameWindow.reduce(0, +) / 2
    return half * half
  }
}
