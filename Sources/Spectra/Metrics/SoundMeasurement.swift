import KodamaCore

/// Metrics of single sounds that come out of one pass over the sound.
protocol SoundMeasurement: SendableMetatype {
  /// What `measure` gives, in its order.
  static var metrics: [Metric] { get }
  /// The scores of a sound.
  ///
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score]
}
