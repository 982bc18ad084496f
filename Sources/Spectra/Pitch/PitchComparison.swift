import KodamaCore

/// The metrics of `PitchDistance` by pYIN.
enum ProbabilisticPitchDistance: PairMeasurement {
  static let metrics = [PitchDistance.probabilisticErrorMetric, PitchDistance.probabilisticVoicingMetric]

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    try PitchComparison.scores(reference: reference, generated: generated, workers: workers, tracks: tracks)
  }

  static func measureWarped(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [Score] {
    try PitchComparison.warpedScores(reference: reference, generated: generated, workers: workers, tracks: tracks)
  }

  /// The tracks by pYIN: from the sound's cache, or else computed.
  static func tracks(of source: any SampleSource, workers: Workers) throws -> [PitchTrack] {
    try PYIN(sampleRate: source.sampleRate).tracks(of: source, workers: workers)
  }
}

/// Scores of pitch tracks by any method: error in cents, and voicing error in percent.
enum PitchComparison {
  typealias Tracking = (_ source: any SampleSource, _ workers: Workers) throws -> [PitchTrack]

  /// The scores of a pair of one length.
  static func scores(
    reference: any SampleSource, generated: any SampleSource, workers: Workers, tracks: Tracking
  ) throws -> [Score] {
    if let undefined = undefined(reference) { return undefined }
    var agreement = PitchAgreement()
    for (first, second) in zip(try tracks(reference, workers), try tracks(generated, workers)) {
      agreement.add(reference: first, generated: second)
    }
    return [agreement.rootMeanSquareCents, agreement.voicingErrorPercent]
  }

  /// The scores of a pair of any lengths.
  static func warpedScores(
    reference: any SampleSource, generated: any SampleSource, workers: Workers, tracks: Tracking
  ) throws -> [Score] {
    if reference.frames == 0 || generated.frames == 0 { return [.noSamples, .noSamples] }
    if let undefined = undefined(reference) { return undefined }
    do {
      let agreement = try warpedAgreement(
        reference: reference, generated: generated, workers: workers, tracks: tracks)
      return [agreement.rootMeanSquareCents, agreement.voicingErrorPercent]
    } catch let obstacle as FrameAlignment.Obstacle {
      return [.undefined(reason: obstacle.reason), .undefined(reason: obstacle.reason)]
    }
  }

  /// The agreement of a pair of any lengths, channel by channel: each frame of the reference is compared with the
  /// matching frame of the generated sound on the path of `mcd-dtw` (the middle one of several).
  static func warpedAgreement(
    reference: any SampleSource, generated: any SampleSource, workers: Workers, tracks: Tracking
  ) throws -> PitchAgreement {
    let (references, others) = (try tracks(reference, workers), try tracks(generated, workers))
    let hop = YIN(sampleRate: reference.sampleRate).hopLength
    let channels = zip(SingleChannel.all(of: reference), SingleChannel.all(of: generated))
    var agreement = PitchAgreement()
    for (channel, pair) in channels.enumerated() {
      let (first, second) = (references[channel], others[channel])
      let alignment = try FrameAlignment(reference: pair.0, generated: pair.1, workers: workers)
      let path = alignment.frames(hopLength: hop, reference: first.frames, generated: second.frames)
      agreement.add(reference: first, generated: second, along: path)
    }
    return agreement
  }

  private static func undefined(_ reference: any SampleSource) -> [Score]? {
    if reference.sampleRate >= YIN.lowestSampleRate { return nil }
    let score = Score.undefined(reason: YIN.needsHigherRate(than: reference.sampleRate))
    return [score, score]
  }
}
