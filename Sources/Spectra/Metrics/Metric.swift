import KodamaCore

/// A number that says how far generated sound is from its reference: what it is called and what it means.
public struct Metric: Sendable, Hashable, Codable {
  /// Which way is better.
  public enum Direction: String, Sendable, Codable {
    case lowerIsBetter
    case higherIsBetter
    /// A fact about the sound that is neither good nor bad.
    case neither
  }

  /// What is compared.
  public enum Scope: String, Sendable, Codable {
    /// Each generated sound, by itself.
    case sounds
    /// A pair of sounds of one length, sample by sample or frame by frame.
    case pairs
    /// A pair of sounds whose lengths may differ.
    case pairsOfAnyLength
    /// Two sets of sounds, of any number and length; also two single sounds.
    case sets

    /// Whether a sound needs its counterpart.
    public var isOfPairs: Bool { self == .pairs || self == .pairsOfAnyLength }
  }

  /// The name on a command line: `mr-stft-sc`.
  public let name: String
  /// The name as a key in JSON: `mrStftSc`.
  public let key: String
  /// The name in words.
  public let title: String
  /// The unit; empty for a pure number.
  public let unit: String
  /// Which way is better.
  public let direction: Direction
  /// What is compared.
  public let scope: Scope
  /// The formula and its constants.
  public let definition: String
  /// Where the definition comes from.
  public let source: String

  init(
    name: String, title: String, unit: String, direction: Direction, scope: Scope, definition: String, source: String
  ) {
    let words = name.split(separator: "-")
    let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
    key = (words.prefix(1).map(String.init) + rest).joined()
    self.name = name
    self.title = title
    self.unit = unit
    self.direction = direction
    self.scope = scope
    self.definition = definition
    self.source = source
  }

  /// The metric with this name.
  ///
  /// - Throws: `SpectraFault.unknownMetric`.
  public static func named(_ name: String) throws -> Metric {
    guard let metric = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name)
      throw SpectraFault.unknownMetric(
        name: name, nearest: EditDistance.nearest(to: name, of: known) ?? "", known: known)
    }
    return metric
  }

  /// Every metric, in the order of tables.
  public static var all: [Metric] {
    pairMeasurements.flatMap { $0.metrics } + soundMeasurements.flatMap { $0.metrics }
      + setMeasurements.flatMap { $0.metrics }
  }

  /// The measurements that compare pairs. A new metric is a file of its own and an entry here or below.
  static let pairMeasurements: [any PairMeasurement.Type] = [
    LogSpectralDistance.self, MultiResolutionSTFT.self, SpectralConvergence.self, HiFiGANMelDistance.self,
    ParallelWaveGANMelDistance.self, MelCepstralDistortion.self, AlignedMelCepstralDistortion.self,
    ParallelWaveGANMelCepstralDistortion.self, ScaleInvariantSDR.self, SignalError.self, PitchDistance.self,
    LoudnessDifference.self,
  ]

  /// The measurements of single sounds.
  static let soundMeasurements: [any SoundMeasurement.Type] = [Loudness.self, LevelMetrics.self]

  /// The measurements that compare sets.
  static let setMeasurements: [any SetMeasurement.Type] = [
    AverageSpectrumDistance.self, BandEnergyDistance.self,
  ]
}

/// Metrics of pairs that come out of one pass over the sound.
protocol PairMeasurement: SendableMetatype {
  /// What `measure` gives, in its order; all of one scope.
  static var metrics: [Metric] { get }
  /// The scores of a pair.
  ///
  /// - Precondition: both have one sample rate and number of channels, and one length unless the metrics are for pairs of
  ///   any length.
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  static func measure(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score]
  /// The scores of a pair of different lengths, along the path of dynamic time warping.
  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score]
}

extension PairMeasurement {
  /// The scores of a pair of different lengths whose metrics are of pairs of one length: none, unless a measurement compares
  /// frame by frame and says how along a path of dynamic time warping.
  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score] {
    let reason = "it compares sample by sample, and dtw matches frames"
    return metrics.map { _ in .undefined(reason: reason) }
  }
}

/// Metrics of single sounds that come out of one pass over the sound.
protocol SoundMeasurement: SendableMetatype {
  /// What `measure` gives, in its order.
  static var metrics: [Metric] { get }
  /// The scores of a sound.
  ///
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score]
}

/// Metrics of sets that are read off a summary of each.
protocol SetMeasurement: SendableMetatype {
  /// What is kept of a set of sounds.
  associatedtype Summary: Sendable
  /// What `compare` gives, in its order.
  static var metrics: [Metric] { get }
  /// The summary of one sound.
  ///
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  static func summary(of source: any SampleSource, workers: Workers) throws -> Summary
  /// Adds the sounds of one summary to another of the same sample rate.
  static func add(_ other: Summary, to summary: inout Summary)
  /// The scores of two sets of the same sample rate.
  static func compare(reference: Summary, generated: Summary) -> [Score]
}
