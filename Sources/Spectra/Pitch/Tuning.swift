import KodamaCore

/// Whether sounds keep to the notes of their references, by pYIN.
public enum Tuning: SetMeasurement {
  /// The metric `in-tune`.
  public static let metric = Metric(
    name: "in-tune", title: "share of voiced frames on a note of the reference", unit: "%", direction: .higherIsBetter,
    scope: .sets,
    definition:
      "100 (voiced frames within 30 cents of a note of the reference) / voiced frames; a note is the median of the "
      + "70 cents in a row that hold the most voiced frames of the reference, without those of other notes, and at least "
      + "1 % of them all; " + PYIN.conventions,
    source: PYIN.source)
  static let metrics = [metric]

  /// The pitches of a set; nil where the rate is too low for any.
  static func summary(of source: any SampleSource, workers: Workers) throws -> PitchCounts? {
    if source.sampleRate < YIN.lowestSampleRate { return nil }
    var counts = PitchCounts(sampleRate: source.sampleRate)
    if source.frames == 0 { return counts }
    for track in try PYIN(sampleRate: source.sampleRate).tracks(of: source, workers: workers) { counts.add(track) }
    return counts
  }

  static func add(_ other: PitchCounts?, to summary: inout PitchCounts?) {
    if let other { summary?.add(other) }
  }

  static func compare(reference: PitchCounts?, generated: PitchCounts?) -> [Score] {
    guard let reference, let generated else {
      return [.undefined(reason: "pitch needs a sample rate of \(YIN.lowestSampleRate) Hz")]
    }
    for (side, counts) in [("the reference", reference), ("the generated sound", generated)] {
      if counts.voiced + counts.unvoiced == 0 { return [.noSamples] }
      if counts.voiced == 0 { return [.undefined(reason: "no frame of \(side) is voiced")] }
    }
    return [.value(generated.percent(near: reference.notes))]
  }
}
