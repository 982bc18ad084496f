import KodamaCore

/// How far the magnitudes of a sound are from its reference's, relative to the reference.
///
/// SC = ‖|X| − |Y|‖ / ‖|Y|‖ (Frobenius norms over frames and bins of all channels), Y the reference. STFT: 2,048 samples,
/// hop 512, periodic Hann, centred, zeros outside.
///
/// - Source: Arık, Jun and Diamos 2018, equation 6.
public enum SpectralConvergence: PairMeasurement {
  /// The metric `spectral-convergence`.
  public static let metric = Metric(
    name: "spectral-convergence", title: "spectral convergence", unit: "", direction: .lowerIsBetter, scope: .pairs,
    definition: "Frobenius(|X| - |Y|) / Frobenius(|Y|), Y the reference; STFT 2048/512, periodic Hann, centred",
    source: "Arik, Jun and Diamos 2018")
  static let metrics = [metric]
  /// As good as none, as the power of the smallest Float is 1e-90; and far enough from the smallest Double for quotients of
  /// powers to stay finite.
  static let powerFloor = 1e-100

  /// The spectral convergence of a pair; undefined where the reference is silent.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and whatever reading throws.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    if reference.frames == 0 { return .noSamples }
    let sums = try MagnitudeSums(
      .standard, powerFloor: powerFloor, reference: reference, generated: generated, workers: workers)
    if sums.referenceIsSilent { return .undefined(reason: "the reference is silent") }
    return .value(sums.convergence)
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }
}
