import KodamaCore

/// The distance of magnitudes at three resolutions of time and frequency, as used to train vocoders.
///
/// At each resolution magnitude = √max(|X|², 1e-8); spectral convergence ‖X − Y‖ / ‖Y‖ (Frobenius, Y the reference) and
/// log magnitude: mean |ln X − ln Y|. The scores are the means over FFT 1,024, 2,048 and 512 with hops 120, 240 and 50
/// and periodic Hann windows of 600, 1,200 and 240 samples, reflected at the ends; the distance is the sum of both.
/// Channels are treated as additional frames. Not symmetric.
///
/// - Source: Yamamoto, Song and Kim 2020 (arXiv:1910.11480); auraloss 0.4's `MultiResolutionSTFTLoss` for the
///   constants.
public enum MultiResolutionSTFT: PairMeasurement {
  /// The metric `mr-stft`: the sum of the other two.
  public static let metric = variant("mr-stft", "multi-resolution STFT distance", "mr-stft-sc + mr-stft-log")
  /// The metric `mr-stft-sc`.
  public static let convergenceMetric = variant(
    "mr-stft-sc", "multi-resolution spectral convergence", "mean over resolutions of Frobenius(X - Y) / Frobenius(Y)")
  /// The metric `mr-stft-log`.
  public static let logarithmicMetric = variant(
    "mr-stft-log", "multi-resolution log-magnitude distance", "mean over resolutions of mean |ln X - ln Y|")
  /// The lower bound of powers.
  package static let powerFloor = 1e-8
  static let metrics = [metric, convergenceMetric, logarithmicMetric]

  /// The resolutions.
  package static let resolutions = [(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)].map { fft, hop, window in
    STFT(fftLength: fft, hopLength: hop, windowLength: window, padding: .reflect)
  }

  /// The scores of a pair; undefined for sounds too short for reflection at the ends.
  public struct Scores: Sendable, Equatable {
    /// `mr-stft`.
    public let distance: Score
    /// `mr-stft-sc`.
    public let convergence: Score
    /// `mr-stft-log`.
    public let logarithmic: Score
  }

  /// The scores of a pair.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func scores(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Scores {
    let shortest = 1 + resolutions.reduce(0) { max($0, $1.paddedSamples) }
    if reference.frames < shortest {
      let reason = "mirroring at the ends needs \(shortest) samples, and there are \(reference.frames)"
      let score = reference.frames == 0 ? Score.noSamples : .undefined(reason: reason)
      return Scores(distance: score, convergence: score, logarithmic: score)
    }
    var (convergence, logarithmic) = (0.0, 0.0)
    for stft in resolutions {
      let sums = try MagnitudeSums(
        stft, powerFloor: powerFloor, reference: reference, generated: generated, workers: workers)
      convergence += sums.convergence / Double(resolutions.count)
      logarithmic += sums.logarithmicDistance / Double(resolutions.count)
    }
    return Scores(
      distance: .value(convergence + logarithmic), convergence: .value(convergence), logarithmic: .value(logarithmic))
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    let scores = try scores(reference: reference, generated: generated, workers: workers)
    return [scores.distance, scores.convergence, scores.logarithmic]
  }

  private static func variant(_ name: String, _ title: String, _ formula: String) -> Metric {
    Metric(
      name: name, title: title, unit: "", direction: .lowerIsBetter, scope: .pairs,
      definition: formula + "; Y the reference, magnitude sqrt(max(power, 1e-8)); STFT 1024/120/600, 2048/240/1200, "
        + "512/50/240 (FFT/hop/periodic Hann window), reflected at the ends",
      source: "Yamamoto, Song and Kim 2020; auraloss 0.4")
  }
}
