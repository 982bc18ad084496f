import KodamaCore

/// The metrics of `SampleLevels`.
public enum LevelMetrics: SoundMeasurement {
  /// The metric `peak`.
  public static let peak = Metric(
    name: "peak", title: "sample peak", unit: "dBFS", direction: .neither, scope: .sounds,
    definition: "20 log10 max |x| of the generated sound, over all channels", source: "AES17: full scale is 1")
  /// The metric `dc`.
  public static let offset = Metric(
    name: "dc", title: "offset from zero", unit: "%", direction: .lowerIsBetter, scope: .sounds,
    definition: "100 |mean x| of the generated sound, of full scale; mean over channels", source: "definition")
  /// The metric `clipping`.
  public static let clipping = Metric(
    name: "clipping", title: "clipped samples", unit: "%", direction: .lowerIsBetter, scope: .sounds,
    definition:
      "100 (samples in runs of at least 3 of one sign with |x| >= 1 - 2^-15) / samples of the generated sound; "
      + "mean over channels",
    source: "definition")
  /// The metric `silence`.
  public static let silence = Metric(
    name: "silence", title: "share of silence", unit: "%", direction: .neither, scope: .sounds,
    definition: "100 (frames of 20 ms with RMS below 0.001, -60 dBFS) / frames of the generated sound; no overlap, the "
      + "last frame may be shorter; mean over channels",
    source: "definition")
  static let metrics = [peak, offset, clipping, silence]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    let levels = try SampleLevels(of: sound)
    return [levels.peak, levels.offset, levels.clipping, levels.silence]
  }
}
