import KodamaCore

/// The mel-cepstral distortion in the convention of ParallelWaveGAN's `evaluate_mcd`.
///
/// c0 is included in both the path and the distance. Coefficients by SPTK's mel-cepstral analysis (`mcep`, which fits
/// the periodogram without bias, not sp2mc) of whole frames of 1,024 samples, 256 apart, under a symmetric Hamming
/// window of unit energy, with 1e-6 added to the power on the scale of 16-bit integers; order and α of
/// `MelCepstrum.parameters`. Three things differ: the path is optimal, while fastdtw's is approximate; samples are not
/// rounded to 16 bits; and rates that the tool refuses have this package's parameters.
///
/// - Source: kan-bayashi/ParallelWaveGAN, `utils/evaluate_mcd.py`.
public enum ParallelWaveGANMelCepstralDistortion: PairMeasurement {
  /// The metric `mcd-pwg`.
  public static let metric = Metric(
    name: "mcd-pwg", title: "mel-cepstral distortion, ParallelWaveGAN's convention", unit: "dB",
    direction: .lowerIsBetter, scope: .pairsOfAnyLength,
    definition: "10 sqrt(2) / ln 10 times the mean of |c - c'| along the path of exact dynamic time warping, c0 "
      + "counted in path and distance; SPTK's mcep of power + 1e-6, samples on the scale of 16 bits; (order, alpha) by rate as "
      + "mcd has it; whole frames 1024/256, unit-energy symmetric Hamming; mean over channels; undefined for silence",
    source: "kan-bayashi/ParallelWaveGAN, evaluate_mcd; pysptk 1.0 for mcep")
  static let metrics = [metric]

  /// The distortion of a pair; undefined where either has fewer than 1,024 samples or a channel of zeros, and otherwise
  /// as `mcd-dtw` is.
  ///
  /// - Precondition: both have one sample rate and number of channels.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    try CepstralDistortion.alignedScores(
      reference: reference, generated: generated, workers: workers, aligning: 0, counting: 0,
      analysis: CepstralAnalysis.parallelWaveGAN
    ).counted
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }
}
