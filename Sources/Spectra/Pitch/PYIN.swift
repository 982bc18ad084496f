import KodamaCore

/// The fundamental frequency by the probabilistic YIN method.
///
/// Every trough of YIN's d′ is a candidate, with the probability that one of 100 thresholds, Beta(2, 18) distributed,
/// and among the troughs under it a Boltzmann distribution (2) that favors short periods, select it. A hidden Markov
/// model over pitches 10 cents apart, each voiced and unvoiced, gives the most likely sequence: pitch changes by at
/// most 35.92 octaves per second with triangular probability, voicing changes with probability 0.01.
///
/// - Source: Mauch and Dixon 2014; librosa 0.11's `pyin` for the constants.
public struct PYIN: Sendable, Equatable {
  /// The frames and the range of pitches; the threshold is not used.
  public let yin: YIN

  /// - Parameter yin: the frames and the range of pitches; the threshold is not used.
  public init(_ yin: YIN) { self.yin = yin }

  /// The settings of the metrics: the frames and frequencies of `YIN.init(sampleRate:)`.
  ///
  /// - Precondition: a rate of at least 200 Hz.
  public init(sampleRate: Int) { yin = YIN(sampleRate: sampleRate) }

  /// The settings of the metrics in words.
  static let conventions =
    "pYIN, 100 thresholds Beta(2, 18), Boltzmann 2, bins of 10 cents, switching 0.01, 35.92 octaves/s; "
    + YIN.frameConventions
  /// The source of the method.
  static let source = "Mauch and Dixon 2014; librosa 0.11's pyin"

  /// The tracks of every channel.
  ///
  /// - Precondition: the sound has the sample rate of these settings.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public func tracks(of source: any SampleSource, workers: Workers = .all) throws -> [PitchTrack] {
    try bothTracks(of: source, workers: workers).map(\.probabilistic)
  }

  /// The tracks of every channel by YIN and by pYIN.
  typealias Tracks = [(plain: PitchTrack, probabilistic: PitchTrack)]

  /// Computes the tracks of every channel by both methods, which share most of the work.
  func computedTracks(of source: any SampleSource, workers: Workers) throws -> Tracks {
    let scale = PitchScale(yin)
    let decoder = PitchDecoder(yin, scale: scale)
    let finder = PitchCandidateFinder(yin, scale: scale)
    return try yin.analysis(of: source, candidates: finder, workers: workers).map { analysis in
      let states = decoder.states(analysis.candidates)
      let track = PitchTrack(
        frequencies: states.map { scale.frequency(ofBin: $0 % scale.count) }, isVoiced: states.map { $0 < scale.count },
        hopLength: yin.hopLength, sampleRate: yin.sampleRate)
      return (analysis.track, track)
    }
  }
}

extension PYIN {
  /// The metrics that need tracks by pYIN.
  static let metrics =
    [
      PitchDistance.probabilisticErrorMetric, PitchDistance.probabilisticVoicingMetric, VoicedShare.metric,
      Tuning.metric,
    ] + PitchDistribution.metrics

  /// The tracks of every channel by YIN and by pYIN: from the sound's cache, or else computed.
  func bothTracks(of source: any SampleSource, workers: Workers) throws -> Tracks {
    if let sound = source as? MeasuredSound, self == PYIN(sampleRate: source.sampleRate) {
      return try sound.tracks(workers: workers)
    }
    return try computedTracks(of: source, workers: workers)
  }
}
