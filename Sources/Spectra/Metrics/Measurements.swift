import KodamaCore

/// The value of a metric, or the reason why there is none.
public enum Score: Sendable, Equatable, Codable {
  /// A finite number in the metric's unit.
  case value(Double)
  /// The metric has no value for this input.
  case undefined(reason: String)

  /// The value, if it is defined.
  public var value: Double? {
    if case .value(let value) = self { return value }
    return nil
  }

  /// The score of a sound without samples.
  static let noSamples = Score.undefined(reason: "there are no samples")
  /// The score of a level in dB for a silent sound.
  static let silent = Score.undefined(reason: "the sound is silent")
}

/// Metrics of pairs that are computed in one pass over the sound.
protocol PairMeasurement: SendableMetatype {
  /// The metrics that `measure` returns, in order; all of one scope.
  static var metrics: [Metric] { get }
  /// The scores of a pair.
  ///
  /// - Precondition: both have one sample rate and number of channels, and one length unless the metrics are for pairs
  ///   of any length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  static func measure(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score]
  /// The scores of a pair of different lengths, along the path of dynamic time warping.
  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score]
}

extension PairMeasurement {
  /// The scores of a pair of different lengths: undefined, unless a measurement compares frame by frame and implements
  /// this method.
  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score] {
    let reason = "it compares sample by sample, and dtw matches frames"
    return metrics.map { _ in .undefined(reason: reason) }
  }
}

/// Metrics of single sounds that are computed in one pass over the sound.
protocol SoundMeasurement: SendableMetatype {
  /// The metrics that `measure` returns, in order.
  static var metrics: [Metric] { get }
  /// The scores of a sound.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score]
}

/// Metrics of sets that are computed from a summary of each set.
protocol SetMeasurement: SendableMetatype {
  /// The summary of a set of sounds.
  associatedtype Summary: Sendable, Codable
  /// The metrics that `compare` returns, in order.
  static var metrics: [Metric] { get }
  /// The summary of one sound.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  static func summary(of source: any SampleSource, workers: Workers) throws -> Summary
  /// Adds the sounds of one summary to another of the same sample rate.
  static func add(_ other: Summary, to summary: inout Summary)
  /// The scores of two sets of the same sample rate.
  static func compare(reference: Summary, generated: Summary) -> [Score]
}
