import KodamaCore

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
