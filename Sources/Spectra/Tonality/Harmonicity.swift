import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The harmonics-to-noise ratio of a sound over time, in dB.
///
/// In each frame the sound, less its local mean, is multiplied by a Gaussian window, and its autocorrelation divided by
/// that of the window. The largest maximum r of the quotient between the shortest and the longest period, interpolated
/// by windowed sin(x)/x, is the share of the energy that repeats: the ratio is 10 log₁₀ (r / (1 − r)). A frame whose
/// peak is below about a tenth of the sound's is silent and has none.
///
/// The constants are those of Praat's "To Harmonicity (ac)" in its standard settings: a frame every 10 ms, as many as
/// fit into the sound symmetrically, periods of up to 1/75 s, windows of 4.5 of them (twice that for the Gaussian, whose
/// ends hardly count), silence below 0.1.
///
/// - Source: Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio
///   of a sampled sound"; Praat 6.1 for the constants and the interpolation. Praat takes all channels together, here
///   each is analyzed alone.
public struct Harmonicity: Sendable, Equatable {
  /// Samples per second of the sounds, in Hz.
  public let sampleRate: Int

  /// Half of a frame, in samples.
  package let half: Int
  /// The longest period, in samples, rounded down.
  let period: Int
  /// The lags below which maxima are looked for, in samples.
  let lags: Int
  /// The largest lag that is interpolated from, in samples.
  let reach: Int
  let window: [Double]
  /// The autocorrelation of the window, by the lag up to `reach`, relative to lag 0.
  let windowCorrelation: [Double]

  /// From one frame to the next, in seconds.
  static let hop = 0.01
  /// The lowest fundamental frequency, in Hz.
  static let lowestFrequency = 75.0
  /// Periods of the lowest frequency under a window.
  private static let periods = 9.0
  /// The share of the sound's peak below which a frame is silent.
  static let silence = 0.1
  /// The lowest sample rate, in Hz: below it there are hardly any periods to choose from.
  package static let lowestSampleRate = 1_000

  /// The settings of each rate, whose windows take longer to compute than a short sound to measure.
  static let ofRate = RateCache { Harmonicity(sampleRate: $0) }

  /// The settings of a rate, computed once.
  ///
  /// - Precondition: a rate of at least 1,000 Hz.
  package static func cached(sampleRate: Int) -> Harmonicity { ofRate[sampleRate] }

  /// The constants in words.
  static let conventions =
    "autocorrelation under a Gaussian window of 0.12 s, a frame every 10 ms, periods up to 1/75 s, silence below 0.1 "
    + "of the sound's peak"
  /// The source of the method.
  static let source = "Boersma 1993; Praat's To Harmonicity (ac), standard settings"

  /// - Precondition: a rate of at least 1,000 Hz.
  public init(sampleRate: Int) {
    precondition(
      sampleRate >= Self.lowestSampleRate,
      "a harmonics-to-noise ratio needs a rate of \(Self.lowestSampleRate) Hz, not \(sampleRate)")
    self.sampleRate = sampleRate
    let rate = Double(sampleRate)
    period = Int(rate / Self.lowestFrequency)
    half = Int(Self.periods / Self.lowestFrequency * rate) / 2 - 1
    let length = 2 * half
    lags = Int(Double(length) / Self.periods) + 2
    reach = length / 4
    let edge = exp(-12.0)
    let width = Double(length + 1)
    window = (1...length).map { n in
      let x = (Double(n) - width / 2) / width
      return (exp(-48 * x * x) - edge) / (1 - edge)
    }
    let correlation = Autocorrelation(length: length, reach: reach)
    let window = window
    correlation.compute { numbers in for n in window.indices { numbers[n] = window[n] } }
    let sums = correlation.sums
    windowCorrelation = (0...reach).map { sums[$0] / sums[0] }
    withExtendedLifetime(correlation) {}
  }

  /// The number of frames of a sound; 0 where it is shorter than a window.
  func frames(samples: Int) -> Int {
    let seconds = Double(samples) * (1 / Double(sampleRate)) - Self.periods / Self.lowestFrequency
    return seconds < 0 ? 0 : Int(seconds / Self.hop) + 1
  }

  /// The first sample of a frame of a sound of so many samples. The order of operations is Praat's: the middle of a frame
  /// often lies on the limit between two samples.
  package func start(ofFrame frame: Int, samples: Int) -> Int {
    let step = 1 / Double(sampleRate)
    let first = 0.5 * (step * Double(samples)) - 0.5 * (Double(frames(samples: samples)) * Self.hop) + 0.5 * Self.hop
    let middle = first + Double(frame) * Self.hop
    return Int(((middle - 0.5 * step) / step + 1).rounded(.down)) - half
  }
}
