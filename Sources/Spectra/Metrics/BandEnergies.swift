import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The distribution of the energies of mel bands over all frames of all channels of a set of sounds, in dB.
///
/// A value is 10 log₁₀ max(energy, 1e-10) of a band of librosa's mel spectrogram: STFT of 2,048 samples, hop 512,
/// periodic Hann, centered, zeros outside; 128 bands of power up to half the rate, Slaney scale and norm. The values of
/// up to 16,384 frames (6 minutes at 22,050 Hz) are stored; of more, the number in each step of 0.02 dB and their sum:
/// 8 MB become 16 MB, and the distance is accurate to about 0.0005 dB.
public struct BandEnergies: Sendable, Equatable, Codable {
  /// Samples per second of the sounds, in Hz.
  public let sampleRate: Int
  /// The number of frames so far, over all channels.
  public private(set) var frames = 0
  private let mel: MelSpectrogram
  private var values = Values.exact([])

  /// The maximum number of frames whose values are stored individually.
  static let exactFrames = 1 << 14

  private enum Values: Equatable, Codable {
    /// [frame, band].
    case exact([Float])
    case histogram(LevelHistogram)
  }

  /// The distribution of no sounds.
  public init(sampleRate: Int) {
    self.sampleRate = sampleRate
    mel = .librosa(sampleRate: sampleRate)
  }

  private enum CodingKeys: CodingKey { case sampleRate, frames, values }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(sampleRate: try container.decode(Int.self, forKey: .sampleRate))
    frames = try container.decode(Int.self, forKey: .frames)
    values = try container.decode(Values.self, forKey: .values)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sampleRate, forKey: .sampleRate)
    try container.encode(frames, forKey: .frames)
    try container.encode(values, forKey: .values)
  }

  /// The number of bands.
  public var bands: Int { mel.filterbank.bands }

  /// Adds the frames of a sound.
  ///
  /// - Precondition: the sound has the sample rate of the distribution.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading. The distribution is then unchanged.
  public mutating func add(_ source: any SampleSource, workers: Workers = .all) throws {
    precondition(
      source.sampleRate == sampleRate, "a sound of \(source.sampleRate) Hz in a distribution of \(sampleRate) Hz")
    let filterbank = mel.filterbank
    let before = self
    do {
      try mel.stft.forEachRows(
        of: source, columns: filterbank.bands, workers: workers,
        row: { power, row in
          filterbank.forEachBand(of: power) { row[$0] = Float(10 * log10(max($1, 1e-10))) }
        }, { append($0) })
    } catch {
      self = before
      throw error
    }
  }

  /// Adds the frames of another distribution.
  ///
  /// - Precondition: one sample rate.
  public mutating func add(_ other: BandEnergies) {
    precondition(other.sampleRate == sampleRate, "a distribution of \(other.sampleRate) Hz in one of \(sampleRate) Hz")
    switch other.values {
    case .exact(let decibels): append(decibels)
    case .histogram(let histogram):
      var sum = self.histogram
      sum.add(histogram)
      values = .histogram(sum)
      frames += other.frames
    }
  }

  /// The Wasserstein-1 distance of the two distributions of each band, mean over bands, in dB; undefined where either
  /// side has no frame.
  ///
  /// - Precondition: one sample rate.
  public func distance(to other: BandEnergies) -> Score {
    precondition(sampleRate == other.sampleRate, "distributions of \(sampleRate) and \(other.sampleRate) Hz")
    if frames == 0 || other.frames == 0 { return .noSamples }
    var sum = 0.0
    if case .exact(let first) = values, case .exact(let second) = other.values {
      for band in 0..<bands {
        sum += Wasserstein.distance(column(band, of: first), column(band, of: second))
      }
    } else {
      let (first, second) = (histogram, other.histogram)
      for band in 0..<bands { sum += first.distance(to: second, band: band) }
    }
    return .value(sum / Double(bands))
  }

  private mutating func append(_ decibels: [Float]) {
    frames += decibels.count / bands
    // Moved out first, so that the array is not shared and copied on append.
    let old = values
    values = .exact([])
    switch old {
    case .exact(var kept):
      kept += decibels
      values = .exact(kept)
      if frames > BandEnergies.exactFrames { values = .histogram(histogram) }
    case .histogram(var histogram):
      histogram.add(decibels)
      values = .histogram(histogram)
    }
  }

  private var histogram: LevelHistogram {
    switch values {
    case .histogram(let histogram): return histogram
    case .exact(let decibels):
      var histogram = LevelHistogram(bands: bands)
      histogram.add(decibels)
      return histogram
    }
  }

  private func column(_ band: Int, of decibels: [Float]) -> [Float] {
    stride(from: band, to: decibels.count, by: bands).map { decibels[$0] }
  }
}

/// The distance of the distributions of band energies, of two sounds or of two sets.
public enum BandEnergyDistance: SetMeasurement {
  /// The metric `band-wasserstein`.
  public static let metric = Metric(
    name: "band-wasserstein", title: "distance of distributions of band energies", unit: "dB",
    direction: .lowerIsBetter, scope: .sets,
    definition:
      "Wasserstein-1 between the values 10 log10 max(energy, 1e-10) of all frames of two sets, for each of 128 "
      + "mel bands (Slaney scale and norm, power), mean over bands; STFT 2048/512, periodic Hann, centered",
    source: "librosa 0.11's melspectrogram; scipy's wasserstein_distance")
  static let metrics = [metric]

  static func summary(of source: any SampleSource, workers: Workers) throws -> BandEnergies {
    var energies = BandEnergies(sampleRate: source.sampleRate)
    try energies.add(source, workers: workers)
    return energies
  }

  static func add(_ other: BandEnergies, to summary: inout BandEnergies) { summary.add(other) }

  static func compare(reference: BandEnergies, generated: BandEnergies) -> [Score] {
    [reference.distance(to: generated)]
  }
}

/// The Wasserstein-1 distance of two distributions on a line: ∫ |F(x) − G(x)| dx with F and G the shares of values that
/// are at most x.
enum Wasserstein {
  /// The distance of two samples, with equal weights within each sample.
  ///
  /// - Precondition: neither is empty.
  static func distance(_ first: [Float], _ second: [Float]) -> Double {
    precondition(!first.isEmpty && !second.isEmpty, "distance of \(first.count) and \(second.count) values")
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, sum) = (0, 0, 0.0)
    var position = Double(min(a[0], b[0]))
    while i < a.count || j < b.count {
      let next = Double(j == b.count || (i < a.count && a[i] <= b[j]) ? a[i] : b[j])
      sum += abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)) * (next - position)
      position = next
      if j == b.count || (i < a.count && a[i] <= b[j]) { i += 1 } else { j += 1 }
    }
    return sum
  }
}
