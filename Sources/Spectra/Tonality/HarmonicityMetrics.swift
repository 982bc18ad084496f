import KodamaCore

/// The mean harmonics-to-noise ratio of a sound: how much of it repeats from period to period. Silent frames do not
/// count.
public enum HarmonicsToNoise: SoundMeasurement {
  /// The metric `hnr`.
  public static let metric = Metric(
    name: "hnr", title: "harmonics-to-noise ratio", unit: "dB", direction: .neither, scope: .sounds,
    definition:
      "mean over frames that are not silent, of all channels, of 10 log10(r / (1 - r)), r the largest maximum of the "
      + "normalized autocorrelation; " + Harmonicity.conventions,
    source: Harmonicity.source)
  static let metrics = [metric]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    if sound.frames == 0 { return [.noSamples] }
    if let absence = absence(sound) { return [.undefined(reason: absence)] }
    let mean = try HarmonicityDistance.summary(of: sound, workers: workers).mean
    return [mean.map(Score.value) ?? .undefined(reason: "no frame has a harmonics-to-noise ratio: all are silent")]
  }

  /// The reason why a sound has no frames; nil where it has some.
  private static func absence(_ sound: any SampleSource) -> String? {
    if sound.sampleRate < Harmonicity.lowestSampleRate {
      return "a harmonics-to-noise ratio needs a sample rate of \(Harmonicity.lowestSampleRate) Hz, and it is "
        + "\(sound.sampleRate)"
    }
    let isLongEnough = Harmonicity.ofRate[sound.sampleRate].frames(samples: sound.frames) > 0
    return isLongEnough ? nil : "a harmonics-to-noise ratio needs 0.12 s of sound"
  }
}

/// The distances of harmonics-to-noise ratios, of two sounds or of two sets: whether the generated sound is as tonal,
/// or as noisy, as the reference.
public enum HarmonicityDistance: SetMeasurement {
  /// The metric `hnr-difference`.
  public static let difference = Metric(
    name: "hnr-difference", title: "difference of harmonics-to-noise ratios", unit: "dB", direction: .lowerIsBetter,
    scope: .sets,
    definition: "|mean ratio of all frames - that of the reference|, frames as in hnr; " + Harmonicity.conventions,
    source: Harmonicity.source)
  /// The metric `hnr-wasserstein`.
  public static let distance = Metric(
    name: "hnr-wasserstein", title: "distance of distributions of harmonics-to-noise ratios", unit: "dB",
    direction: .lowerIsBetter, scope: .sets,
    definition: "Wasserstein-1 between the ratios of all frames of two sets, frames as in hnr; "
      + Harmonicity.conventions,
    source: Harmonicity.source + "; scipy's wasserstein_distance")
  static let metrics = [difference, distance]

  static func summary(of source: any SampleSource, workers: Workers) throws -> LevelDistribution {
    if source.sampleRate < Harmonicity.lowestSampleRate { return LevelDistribution(of: source) }
    if let sound = source as? MeasuredSound { return try sound.harmonicity(workers: workers) }
    return try Harmonicity.ofRate[source.sampleRate].distribution(of: source, workers: workers)
  }

  static func compare(reference: LevelDistribution, generated: LevelDistribution) -> [Score] {
    reference.distances(to: generated) { "no frame of \($0) has a harmonics-to-noise ratio: short, or silent" }
  }
}

extension Harmonicity {
  /// The ratios of all channels.
  func distribution(of source: any SampleSource, workers: Workers) throws -> LevelDistribution {
    var distribution = LevelDistribution(of: source)
    for ratios in try ratios(of: source, workers: workers) { distribution.add(ratios) }
    return distribution
  }
}
