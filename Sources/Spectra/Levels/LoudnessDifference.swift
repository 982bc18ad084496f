import KodamaCore

/// How far the loudness of a sound is from its reference's: |L − L_reference| of integrated loudness, in LU.
///
/// - Source: ITU-R BS.1770-4 through libebur128; see `Loudness`.
public enum LoudnessDifference: PairMeasurement {
  /// The metric `loudness-difference`.
  public static let metric = Metric(
    name: "loudness-difference", title: "difference of loudness", unit: "LU", direction: .lowerIsBetter,
    scope: .pairsOfAnyLength, definition: "|integrated loudness - that of the reference|, as in loudness",
    source: "ITU-R BS.1770-4 through libebur128")
  static let metrics = [metric]

  /// The difference of a pair; undefined where either sound has no loudness.
  ///
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  public static func score(reference: any SampleSource, generated: any SampleSource) throws -> Score {
    if reference.frames == 0 || generated.frames == 0 { return .noSamples }
    return switch (try Loudness.integrated(of: reference), try Loudness.integrated(of: generated)) {
    case (.value(let expected), .value(let actual)): .value(abs(actual - expected))
    case (.undefined(let reason), _): .undefined(reason: "the reference: \(reason)")
    case (_, .undefined(let reason)): .undefined(reason: "the generated sound: \(reason)")
    }
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated)]
  }
}
