import KodamaCore

/// The difference in pitch between a sound and its reference.
///
/// RMSE = √(mean (1200 log₂(f / f_reference))²) over frames that are voiced in both sounds, in cents; voicing error =
/// the share of frames that are voiced in only one of the sounds, in percent. Frames of all channels have equal weight.
/// Both by YIN and by pYIN, with the settings of `YIN.init(sampleRate:)`.
///
/// - Source: de Cheveigné and Kawahara 2002; Mauch and Dixon 2014.
public enum PitchDistance: PairMeasurement {
  /// The metric `f0-rmse`: cents, by YIN.
  public static let errorMetric = error("f0-rmse", yin, "de Cheveigne and Kawahara 2002; librosa 0.11's yin")
  /// The metric `f0-voicing`: percent, by YIN.
  public static let voicingMetric = voicing(
    "f0-voicing", yin + ", voiced where d' inside the frame is below 0.2", "de Cheveigne and Kawahara 2002")
  /// The metric `f0-rmse-pyin`: cents, by pYIN.
  public static let probabilisticErrorMetric = error("f0-rmse-pyin", PYIN.conventions, PYIN.source)
  /// The metric `f0-voicing-pyin`: percent, by pYIN.
  public static let probabilisticVoicingMetric = voicing(
    "f0-voicing-pyin", PYIN.conventions, PYIN.source)
  static let metrics = [errorMetric, voicingMetric, probabilisticErrorMetric, probabilisticVoicingMetric]

  /// The agreement of a pair by the two methods.
  public struct Agreements: Sendable, Equatable {
    /// By YIN.
    public let plain: PitchAgreement
    /// By pYIN.
    public let probabilistic: PitchAgreement
  }

  /// The agreement of a pair, channel by channel.
  ///
  /// - Precondition: both have one sample rate of at least 200 Hz, one number of channels and one length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func agreements(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Agreements {
    let method = PYIN(sampleRate: reference.sampleRate)
    let references = try method.bothTracks(of: reference, workers: workers)
    let others = try method.bothTracks(of: generated, workers: workers)
    var (plain, probabilistic) = (PitchAgreement(), PitchAgreement())
    for (first, second) in zip(references, others) {
      plain.add(reference: first.plain, generated: second.plain)
      probabilistic.add(reference: first.probabilistic, generated: second.probabilistic)
    }
    return Agreements(plain: plain, probabilistic: probabilistic)
  }

  /// The agreement of a pair of any lengths, channel by channel: each frame of the reference is compared with the
  /// matching frame of the generated sound on the path of `mcd-dtw` (the middle one of several).
  static func warpedAgreements(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> Agreements {
    let method = PYIN(sampleRate: reference.sampleRate)
    let references = try method.bothTracks(of: reference, workers: workers)
    let others = try method.bothTracks(of: generated, workers: workers)
    let channels = zip(SingleChannel.all(of: reference), SingleChannel.all(of: generated))
    var (plain, probabilistic) = (PitchAgreement(), PitchAgreement())
    for (channel, pair) in channels.enumerated() {
      let (first, second) = (references[channel], others[channel])
      let alignment = try FrameAlignment(reference: pair.0, generated: pair.1, workers: workers)
      let path = alignment.frames(
        hopLength: method.yin.hopLength, reference: first.plain.frames, generated: second.plain.frames)
      plain.add(reference: first.plain, generated: second.plain, along: path)
      probabilistic.add(reference: first.probabilistic, generated: second.probabilistic, along: path)
    }
    return Agreements(plain: plain, probabilistic: probabilistic)
  }

  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score] {
    if reference.frames == 0 || generated.frames == 0 { return metrics.map { _ in .noSamples } }
    do {
      return try scores(reference) {
        try warpedAgreements(reference: reference, generated: generated, workers: workers)
      }
    } catch let obstacle as FrameAlignment.Obstacle {
      return metrics.map { _ in .undefined(reason: obstacle.reason) }
    }
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    try scores(reference) { try agreements(reference: reference, generated: generated, workers: workers) }
  }

  private static func scores(_ reference: any SampleSource, _ agreements: () throws -> Agreements) throws -> [Score] {
    if reference.sampleRate < YIN.lowestSampleRate {
      return metrics.map { _ in .undefined(reason: YIN.needsHigherRate(than: reference.sampleRate)) }
    }
    let agreements = try agreements()
    return [agreements.plain, agreements.probabilistic].flatMap { [$0.rootMeanSquareCents, $0.voicingErrorPercent] }
  }

  private static let yin = "YIN, threshold 0.1, parabolic interpolation; " + YIN.frameConventions

  private static func error(_ name: String, _ method: String, _ source: String) -> Metric {
    Metric(
      name: name, title: "error of the fundamental frequency", unit: "cents", direction: .lowerIsBetter, scope: .pairs,
      definition: "sqrt(mean (1200 log2(f / f_reference))^2) over frames voiced in both; " + method, source: source)
  }

  private static func voicing(_ name: String, _ method: String, _ source: String) -> Metric {
    Metric(
      name: name, title: "voicing error", unit: "%", direction: .lowerIsBetter, scope: .pairs,
      definition: "100 (frames voiced in one sound alone) / frames; " + method, source: source)
  }
}
