import KodamaCore

/// The mel-cepstral distortions of sounds of any length, aligned by exact dynamic time warping without c0.
///
/// MCD = K · mean over the cells of the optimal path of |c − ĉ|, with K and the mel-cepstra of `MelCepstralDistortion`.
/// The path minimizes the distance without c0. `mcd-dtw` averages this distance; `mcd-pymcd` averages the distance with
/// c0 along the same path, as the tool pymcd does in its mode `dtw`.
///
/// Only the averaging is pymcd's: the tool uses spectral envelopes from WORLD at 22,050 Hz, with order 13 and α 0.65,
/// and paths from fastdtw, so its own values for sounds differ (on the spoken digits of the tests, 0.5 to 1.7 times
/// these).
///
/// - Source: Kubichek 1993; Sakoe and Chiba 1978; pymcd 0.2.1; the frames are this package's own.
public enum AlignedMelCepstralDistortion: PairMeasurement {
  /// The metric `mcd-dtw`.
  public static let metric = Metric(
    name: "mcd-dtw", title: "mel-cepstral distortion, aligned", unit: "dB", direction: .lowerIsBetter,
    scope: .pairsOfAnyLength,
    definition: "10 sqrt(2) / ln 10 times the mean of |c - c'| along the path of exact dynamic time warping, c0 "
      + "counted neither in path nor distance; \(MelCepstralDistortion.convention)",
    source: "Kubichek 1993; Sakoe and Chiba 1978; pysptk 1.0 for sp2mc")
  /// The metric `mcd-pymcd`.
  public static let pymcdMetric = Metric(
    name: "mcd-pymcd", title: "mel-cepstral distortion, counted as by pymcd", unit: "dB", direction: .lowerIsBetter,
    scope: .pairsOfAnyLength,
    definition: "10 sqrt(2) / ln 10 times the mean of |c - c'| along the path of exact dynamic time warping, c0 "
      + "counted in the distance but not in the path, as pymcd does; over the mel-cepstra of mcd, where pymcd itself takes "
      + "WORLD's envelopes at 22050 Hz, order 13, alpha 0.65; \(MelCepstralDistortion.convention)",
    source: "pymcd 0.2.1, mode dtw, on equal mel-cepstra; pysptk 1.0 for sp2mc")
  static let metrics = [metric, pymcdMetric]

  /// Both scores of a pair.
  public struct Scores: Sendable, Equatable {
    /// `mcd-dtw`: the mean distance without c0.
    public let withoutC0: Score
    /// `mcd-pymcd`: the mean distance with c0, along the path found without.
    public let withC0: Score
  }

  /// The distortions of a pair; undefined as `mcd` is, and where N·M frames exceed 2³⁰ or those of one sound 2¹⁷.
  ///
  /// - Precondition: both have one sample rate and number of channels.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func scores(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Scores {
    let scores = try CepstralDistortion.alignedScores(
      reference: reference, generated: generated, workers: workers, aligning: 1, counting: 0,
      analysis: CepstralAnalysis.textbook)
    return Scores(withoutC0: scores.aligned, withC0: scores.counted)
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    let scores = try scores(reference: reference, generated: generated, workers: workers)
    return [scores.withoutC0, scores.withC0]
  }
}
