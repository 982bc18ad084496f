import KodamaCore

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
