import KodamaCore

/// The log-spectral distance of two sounds.
///
/// LSD = mean over frames of √(mean over bins of (10 log₁₀ P/Q)²), dB, with P and Q the power of each bin relative to a
/// full-scale sine, floored at 1e-10 (−100 dB). STFT: 2,048 samples, hop 512, periodic Hann, centred, zeros outside.
/// Frames of all channels count alike.
///
/// - Source: Gray and Markel 1976; the 10 is left out in some papers, whose values are a tenth.
public enum LogSpectralDistance: PairMeasurement {
  /// The metric `lsd`.
  public static let metric = Metric(
    name: "lsd", title: "log-spectral distance", unit: "dB", direction: .lowerIsBetter, scope: .pairs,
    definition: "mean over frames of sqrt(mean over bins of (10 log10 P/Q)^2), power relative to a full-scale sine, "
      + "floored at 1e-10; STFT 2048/512, periodic Hann, centred",
    source: "Gray and Markel 1976")
  static let metrics = [metric]

  /// The distance of a pair.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    if reference.frames == 0 { return .noSamples }
    let stft = STFT.standard
    let scale = 1 / stft.fullScalePower
    var total = 0.0
    let kernels = SpectralKernels.current
    try stft.forEachFrame(
      of: reference, and: generated, workers: workers, partial: { 0.0 },
      visit: { sum, spectra in
        let squares = kernels.squaredLogRatios(spectra, scale: scale, floor: 1e-10)
        sum += (squares / Double(stft.bins)).squareRoot()
      }, merge: { total += $0 })
    let count = Double(stft.frames(samples: reference.frames) * reference.channelCount)
    return .value(total / count * decibelsPerNeper)
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }

  /// 10 / ln 10: dB of power for one step of its natural logarithm.
  private static let decibelsPerNeper = 4.342944819032518
}
