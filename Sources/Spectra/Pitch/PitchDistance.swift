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
  static let metrics = [errorMetric, voicingMetric]

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

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    try PitchComparison.scores(reference: reference, generated: generated, workers: workers, tracks: tracks)
  }

  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score] {
    try PitchComparison.warpedScores(reference: reference, generated: generated, workers: workers, tracks: tracks)
  }

  /// The tracks by YIN: from the sound's cache, or else computed.
  static func tracks(of source: any SampleSource, workers: Workers) throws -> [PitchTrack] {
    if let sound = source as? MeasuredSound { return try sound.plainTracks(workers: workers) }
    return try YIN(sampleRate: source.sampleRate).tracks(of: source, workers: workers)
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
