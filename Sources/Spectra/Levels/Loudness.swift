import KodamaCore

/// The perceived loudness of a sound, and the peak of the continuous signal that its samples represent.
///
/// Loudness is integrated over the whole sound in blocks of 400 ms, three quarters of which overlap, gated at −70 LUFS
/// and at 10 LU below the loudness of the remaining blocks; K-weighted. Channels are left, right, center and the two
/// surrounds in libebur128's order for their number; a sixth and further ones, and the fourth of six, are ignored. The
/// true peak is taken at four times the rate (twice from 96 kHz on, at the rate itself from 192 kHz on), and is that of
/// the loudest channel.
///
/// - Source: ITU-R BS.1770-4 and EBU R 128, through libebur128, whose weighting at rates other than 48 kHz is corrected
///   by a constant (−0.22 LU at 8 kHz). The remaining dependence on the rate is in its shelf filter, which deviates by
///   up to 0.2 dB at 1 kHz and 8 kHz.
public enum Loudness: SoundMeasurement {
  /// The metric `loudness`.
  public static let metric = Metric(
    name: "loudness", title: "integrated loudness", unit: "LUFS", direction: .neither, scope: .sounds,
    definition:
      "K-weighted power of blocks of 400 ms, 75 % overlapping, gated at -70 LUFS and at -10 LU, of the generated "
      + "sound",
    source: "ITU-R BS.1770-4 through libebur128, its weighting corrected for the rate")
  /// The metric `true-peak`.
  public static let truePeakMetric = Metric(
    name: "true-peak", title: "true peak", unit: "dBTP", direction: .neither, scope: .sounds,
    definition:
      "20 log10 of the largest magnitude at four times the rate (twice from 96 kHz on) of the generated sound",
    source: "ITU-R BS.1770-4 through libebur128")
  static let metrics = [metric, truePeakMetric]

  /// The integrated loudness in LUFS; undefined for less than 400 ms and for silence.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func integrated(of sound: any SampleSource) throws -> Score {
    try LoudnessMeter.reading(of: sound, truePeak: false).loudness
  }

  /// The true peak in dBTP; undefined for silence.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func truePeak(of sound: any SampleSource) throws -> Score {
    try LoudnessMeter.reading(of: sound, truePeak: true).truePeak
  }

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    let reading = try LoudnessMeter.reading(of: sound, truePeak: true)
    return [reading.loudness, reading.truePeak]
  }
}

/// The difference in loudness between a sound and its reference: |L − L_reference| of integrated loudness, in LU.
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
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
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
