import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The fundamental frequency by the YIN method.
///
/// For each frame y of N samples and each period k: d(k) = Σ_{n<N} (y[n] − y[n + k])² with zeros after the frame, and
/// d′(k) = d(k) · k / Σ_{j≤k} d(j). The period is the smallest at which d′ has a trough under the threshold, or else
/// the minimum of d′; it is refined by a parabola through its neighbors. Frame t is centered on sample t · hopLength,
/// with zeros outside the sound.
///
/// - Source: de Cheveigné and Kawahara 2002; librosa 0.11's `yin` for the conventions, with one addition: a frame is
///   voiced where d′ has a trough under the threshold. librosa makes no voicing decision.
public struct YIN: Sendable, Equatable {
  /// Samples per second of the sounds, in Hz.
  public let sampleRate: Int
  /// Samples of a frame.
  public let frameLength: Int
  /// Samples from one frame to the next.
  public let hopLength: Int
  /// The lowest frequency of the search, in Hz.
  public let minimumFrequency: Double
  /// The highest frequency of the search, in Hz.
  public let maximumFrequency: Double
  /// The threshold of d′: the first trough under it is the period.
  public let threshold: Double
  /// The upper bound of the aperiodicity of voiced frames.
  public let voicingThreshold: Double

  /// The shortest and the longest period of the search, in samples.
  let periods: ClosedRange<Int>

  /// C2, in Hz.
  static let lowestFrequency = 65.40639132514966
  /// C7, in Hz.
  static let highestFrequency = 2093.004522404789
  /// The lowest sample rate with defaults, in Hz: below it there are hardly any periods to choose from.
  package static let lowestSampleRate = 200

  /// The frames and frequencies of the metrics in words.
  static let frameConventions =
    "frames of the least power of two >= 60 ms, hop a quarter, zeros outside, 65.4 to 2093 Hz (or rate/2)"
  /// The reason why pitch is undefined at a rate.
  static func needsHigherRate(than rate: Int) -> String {
    "pitch needs a sample rate of \(lowestSampleRate) Hz, and it is \(rate)"
  }

  /// The settings of the metrics: frames of the least power of two that lasts 60 ms (2,048 samples at 22,050 Hz), a
  /// quarter of it from one to the next, 65.4 Hz (C2) to 2,093 Hz (C7) or half the rate, threshold 0.1, voicing
  /// threshold 0.2.
  ///
  /// - Precondition: a rate of at least 200 Hz.
  public init(sampleRate: Int) {
    precondition(
      sampleRate >= YIN.lowestSampleRate, "pitch needs a rate of \(YIN.lowestSampleRate) Hz, not \(sampleRate)")
    var length = 4
    while Double(length) < 0.06 * Double(sampleRate) { length *= 2 }
    self.init(
      sampleRate: sampleRate, frameLength: length, hopLength: length / 4, minimumFrequency: YIN.lowestFrequency,
      maximumFrequency: min(YIN.highestFrequency, Double(sampleRate) / 2))
  }

  /// - Precondition: positive lengths, frameLength ≤ 2²⁸, 0 < minimum < maximum ≤ sampleRate/2, and frames that contain
  ///   a period of the lowest frequency.
  public init(
    sampleRate: Int, frameLength: Int, hopLength: Int, minimumFrequency: Double, maximumFrequency: Double,
    threshold: Double = 0.1, voicingThreshold: Double = 0.2
  ) {
    precondition(
      sampleRate > 0 && hopLength > 0 && (4...1 << 28).contains(frameLength),
      "frames of \(frameLength) samples, \(hopLength) apart, at \(sampleRate) Hz")
    let rate = Double(sampleRate)
    precondition(
      minimumFrequency > 0 && minimumFrequency < maximumFrequency && maximumFrequency <= rate / 2,
      "frequencies from \(minimumFrequency) to \(maximumFrequency) Hz at a rate of \(sampleRate) Hz")
    precondition(
      rate / minimumFrequency < Double(frameLength - 1),
      "a frame of \(frameLength) samples holds no period of \(minimumFrequency) Hz at \(sampleRate) Hz")
    self.sampleRate = sampleRate
    self.frameLength = frameLength
    self.hopLength = hopLength
    self.minimumFrequency = minimumFrequency
    self.maximumFrequency = maximumFrequency
    self.threshold = threshold
    self.voicingThreshold = voicingThreshold
    let shortest = Int(rate / maximumFrequency)
    periods = shortest...max(shortest + 1, min(Int((rate / minimumFrequency).rounded(.up)), frameLength - 1))
  }

  /// The tracks of every channel.
  ///
  /// - Precondition: the sound has the sample rate of these settings.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public func tracks(of source: any SampleSource, workers: Workers = .all) throws -> [PitchTrack] {
    try analysis(of: source, candidates: nil, workers: workers).map(\.track)
  }

  /// The frequency of the period at an index of `differences`, refined by its neighbors, in Hz.
  func frequency(at index: Int, of differences: UnsafeBufferPointer<Double>) -> Double {
    Double(sampleRate) / (Double(periods.lowerBound + index) + YIN.shift(at: index, of: differences))
  }

  /// The offset of the vertex of the parabola through a value and its neighbors, where it is less than 1.
  private static func shift(at index: Int, of numbers: UnsafeBufferPointer<Double>) -> Double {
    if index == 0 || index == numbers.count - 1 { return 0 }
    let curvature = numbers[index + 1] + numbers[index - 1] - 2 * numbers[index]
    let slope = (numbers[index + 1] - numbers[index - 1]) / 2
    return abs(slope) >= abs(curvature) ? 0 : -slope / curvature
  }
}
