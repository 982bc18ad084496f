import KodamaCore

/// The spectral convergence: the error of magnitudes relative to the reference.
///
/// SC = ‖|X| − |Y|‖ / ‖|Y|‖ (Frobenius norms over frames and bins of all channels), Y the reference. STFT: 2,048
/// samples, hop 512, periodic Hann, centered, zeros outside.
///
/// - Source: Arık, Jun and Diamos 2018, equation 6.
public enum SpectralConvergence: PairMeasurement {
  /// The metric `spectral-convergence`.
  public static let metric = Metric(
    name: "spectral-convergence", title: "spectral convergence", unit: "", direction: .lowerIsBetter, scope: .pairs,
    definition: "Frobenius(|X| - |Y|) / Frobenius(|Y|), Y the reference; STFT 2048/512, periodic Hann, centered",
    source: "Arik, Jun and Diamos 2018")
  static let metrics = [metric]
  /// Practically no floor, as the power of the smallest Float is 1e-90; but far enough above the smallest Double for
  /// quotients of powers to stay finite.
  static let powerFloor = 1e-100

  /// The spectral convergence of a pair; undefined where the reference is silent.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
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

/// The log-spectral distance of two sounds.
///
/// LSD = mean over frames of √(mean over bins of (10 log₁₀ P/Q)²), dB, with P and Q the power of each bin relative to a
/// full-scale sine, floored at 1e-10 (−100 dB). STFT: 2,048 samples, hop 512, periodic Hann, centered, zeros outside.
/// Frames of all channels have equal weight.
///
/// - Source: Gray and Markel 1976; some papers omit the factor 10, so their values are a tenth.
public enum LogSpectralDistance: PairMeasurement {
  /// The metric `lsd`.
  public static let metric = Metric(
    name: "lsd", title: "log-spectral distance", unit: "dB", direction: .lowerIsBetter, scope: .pairs,
    definition: "mean over frames of sqrt(mean over bins of (10 log10 P/Q)^2), power relative to a full-scale sine, "
      + "floored at 1e-10; STFT 2048/512, periodic Hann, centered",
    source: "Gray and Markel 1976")
  static let metrics = [metric]

  /// The distance of a pair.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
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

/// The sums behind spectral convergence and the distance of log magnitudes, over all frames, bins and channels,
/// with Y the reference and magnitudes √max(power, floor).
struct MagnitudeSums: Sendable {
  /// Σ (|X| − |Y|)², Σ |Y|² and Σ |ln |X| − ln |Y||.
  private var sums = SIMD3<Double>.zero
  /// Frames times bins times channels.
  private let count: Int

  private let powerFloor: Double

  /// Whether the reference never exceeds the floor.
  var referenceIsSilent: Bool { sums[1] <= Double(count) * powerFloor * (1 + 1e-9) }
  /// √(Σ (|X| − |Y|)² / Σ |Y|²).
  var convergence: Double { (sums[0] / sums[1]).squareRoot() }
  /// The mean of |ln |X| − ln |Y||.
  var logarithmicDistance: Double { sums[2] / Double(count) }

  /// - Parameter powerFloor: the lower bound of the power |X|², positive.
  init(
    _ stft: STFT, powerFloor: Double, reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws {
    count = stft.frames(samples: reference.frames) * stft.bins * reference.channelCount
    self.powerFloor = powerFloor
    let kernels = SpectralKernels.current
    try stft.forEachFrame(
      of: reference, and: generated, workers: workers, partial: { SIMD3<Double>.zero },
      visit: { $0 += kernels.magnitudeSums($1, floor: powerFloor) }, merge: { sums += $0 })
  }
}
