import KodamaCore

/// The value of a metric, or why there is none.
public enum Score: Sendable, Equatable {
  /// A finite number in the metric's unit.
  case value(Double)
  /// The metric has no value for this input.
  case undefined(reason: String)

  /// The number, if there is one.
  public var value: Double? {
    if case .value(let value) = self { return value }
    return nil
  }

  /// Every metric's answer to a sound without samples.
  static let noSamples = Score.undefined(reason: "there are no samples")
  /// The answer of a level in dB to a sound of zeros.
  static let silent = Score.undefined(reason: "the sound is silent")
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
