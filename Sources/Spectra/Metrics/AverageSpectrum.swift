import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The long-term average spectrum: the mean power in every bin over all frames of all channels of a set of sounds.
///
/// STFT: 2,048 samples, hop 512, periodic Hann, centered, zeros outside.
public struct AverageSpectrum: Sendable, Equatable, Codable {
  /// Samples per second of the sounds, in Hz.
  public let sampleRate: Int
  /// The transform, which defines the frames.
  public let stft: STFT
  /// The number of frames so far, over all channels.
  public private(set) var frames = 0
  private var sum: [Double]

  /// The spectrum of no sounds.
  public init(sampleRate: Int) {
    self.sampleRate = sampleRate
    stft = .standard
    sum = [Double](repeating: 0, count: stft.bins)
  }

  private enum CodingKeys: CodingKey { case sampleRate, frames, sum }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(sampleRate: try container.decode(Int.self, forKey: .sampleRate))
    frames = try container.decode(Int.self, forKey: .frames)
    sum = try container.decode([Double].self, forKey: .sum)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sampleRate, forKey: .sampleRate)
    try container.encode(frames, forKey: .frames)
    try container.encode(sum, forKey: .sum)
  }

  /// Adds the frames of a sound.
  ///
  /// - Precondition: the sound has the spectrum's sample rate.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading. The spectrum is then unchanged.
  public mutating func add(_ source: any SampleSource, workers: Workers = .all) throws {
    precondition(
      source.sampleRate == sampleRate, "a sound of \(source.sampleRate) Hz in a spectrum of \(sampleRate) Hz")
    let (bins, stft) = (stft.bins, stft)
    var total = sum
    try stft.forEachFrame(
      of: source, workers: workers, partial: { [Double](repeating: 0, count: bins) },
      visit: { partial, spectra in
        partial.withUnsafeMutableBufferPointer { partial in
          let spectrum = spectra.first
          for bin in 0..<bins {
            let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
            partial[bin] += real * real + imaginary * imaginary
          }
        }
      },
      merge: { for bin in 0..<bins { total[bin] += $0[bin] } })
    sum = total
    frames += stft.frames(samples: source.frames) * source.channelCount
  }

  /// Adds the frames of another spectrum.
  ///
  /// - Precondition: one sample rate.
  public mutating func add(_ other: AverageSpectrum) {
    precondition(other.sampleRate == sampleRate, "a spectrum of \(other.sampleRate) Hz in one of \(sampleRate) Hz")
    for bin in sum.indices { sum[bin] += other.sum[bin] }
    frames += other.frames
  }

  /// The mean power of every bin relative to a full-scale sine; empty where no frame was added.
  public var power: [Double] {
    if frames == 0 { return [] }
    let fullScale = stft.fullScalePower
    return sum.map { $0 / Double(frames) / fullScale }
  }

  /// 10 log₁₀ max(power, 1e-10), dB relative to a full-scale sine.
  public var decibels: [Double] { power.map { 10 * log10(max($0, 1e-10)) } }

  /// The root mean square over bins of the difference in dB; undefined where either side has no frame.
  ///
  /// - Precondition: one sample rate.
  public func distance(to other: AverageSpectrum) -> Score {
    precondition(sampleRate == other.sampleRate, "spectra of \(sampleRate) and \(other.sampleRate) Hz")
    if frames == 0 || other.frames == 0 { return .noSamples }
    let squares = zip(decibels, other.decibels).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return .value((squares / Double(stft.bins)).squareRoot())
  }
}

/// The distance of long-term average spectra, of two sounds or of two sets.
public enum AverageSpectrumDistance: SetMeasurement {
  /// The metric `ltas`.
  public static let metric = Metric(
    name: "ltas", title: "distance of mean spectra", unit: "dB", direction: .lowerIsBetter, scope: .sets,
    definition: "RMS over bins of the difference of 10 log10(mean power over all frames of a set), power relative to a "
      + "full-scale sine, floored at 1e-10; STFT 2048/512, periodic Hann, centered",
    source: "long-term average spectrum")
  static let metrics = [metric]

  static func summary(of source: any SampleSource, workers: Workers) throws -> AverageSpectrum {
    var spectrum = AverageSpectrum(sampleRate: source.sampleRate)
    try spectrum.add(source, workers: workers)
    return spectrum
  }

  static func add(_ other: AverageSpectrum, to summary: inout AverageSpectrum) { summary.add(other) }

  static func compare(reference: AverageSpectrum, generated: AverageSpectrum) -> [Score] {
    [reference.distance(to: generated)]
  }
}
