import KodamaCore

/// How much of a sound has a pitch, by pYIN.
public enum VoicedShare: SoundMeasurement {
  /// The metric `voiced-share`.
  public static let metric = Metric(
    name: "voiced-share", title: "share of voiced frames", unit: "%", direction: .neither, scope: .sounds,
    definition: "100 (voiced frames) / frames, of all channels; " + PYIN.conventions, source: PYIN.source)
  static let metrics = [metric]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    if sound.frames == 0 { return [.noSamples] }
    if sound.sampleRate < YIN.lowestSampleRate {
      return [.undefined(reason: YIN.needsHigherRate(than: sound.sampleRate))]
    }
    let voicing = try PYIN(sampleRate: sound.sampleRate).tracks(of: sound, workers: workers).flatMap(\.isVoiced)
    return [.value(100 * Double(voicing.count { $0 }) / Double(voicing.count))]
  }
}
