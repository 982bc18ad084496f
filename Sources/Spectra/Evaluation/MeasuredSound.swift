import KodamaCore

/// A sound with a cache of what several measurements need: its pitch tracks, its loudness, and its ratios of harmonics
/// to noise.
///
/// Tracking by pYIN takes longer than any other measurement, YIN alone a quarter of it, and the true peak most of the
/// time of loudness: they are computed only where a metric needs them.
final class MeasuredSound: SampleSource {
  private let base: any SampleSource
  private let needsProbabilisticPitch: Bool
  private let needsTruePeak: Bool
  private let plain = Locked<[PitchTrack]?>(nil)
  private let both = Locked<PYIN.Tracks?>(nil)
  private let reading = Locked<LoudnessMeter.Reading?>(nil)
  private let ratios = Locked<LevelDistribution?>(nil)

  /// - Parameter metrics: the requested metrics.
  init(_ base: any SampleSource, for metrics: [Metric]) {
    self.base = base
    needsProbabilisticPitch = metrics.contains(where: PYIN.metrics.contains)
    needsTruePeak = metrics.contains(Loudness.truePeakMetric)
  }

  var label: String { base.label }
  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var frames: Int { base.frames }
  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }

  /// The tracks by YIN and by pYIN, with the settings of the metrics.
  func tracks(workers: Workers) throws -> PYIN.Tracks {
    try both.computed { try PYIN(sampleRate: sampleRate).computedTracks(of: base, workers: workers) }
  }

  /// The tracks by YIN, with the settings of the metrics.
  func plainTracks(workers: Workers) throws -> [PitchTrack] {
    if needsProbabilisticPitch { return try tracks(workers: workers).map(\.plain) }
    return try plain.computed { try YIN(sampleRate: sampleRate).tracks(of: base, workers: workers) }
  }

  /// The ratios of harmonics to noise.
  ///
  /// - Precondition: a rate that is high enough.
  func harmonicity(workers: Workers) throws -> LevelDistribution {
    try ratios.computed { try Harmonicity.ofRate[sampleRate].distribution(of: base, workers: workers) }
  }

  /// Loudness, and the true peak where a metric needs it.
  func loudness() throws -> LoudnessMeter.Reading {
    try reading.computed { try LoudnessMeter.computedReading(of: base, truePeak: needsTruePeak) }
  }
}

extension Locked {
  /// The value, computed by the first caller, for whom the others wait.
  fileprivate func computed<Wrapped: Sendable>(_ body: () throws -> Wrapped) throws -> Wrapped
  where Value == Wrapped? {
    try withLock { value in
      if let value { return value }
      let computed = try body()
      value = computed
      return computed
    }
  }
}
