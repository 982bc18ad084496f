import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The flatness of the spectrum over time, in dB: about −2.5 dB for white noise, far below for tones.
///
/// For each frame 10 log₁₀ of the geometric mean over the arithmetic mean of the power of all bins, each at least 1e-10.
/// STFT of 2,048 samples, hop 512, periodic Hann, centered, zeros outside. Frames of which every bin is below that
/// floor, digital silence, have none: by the formula they would be as flat as noise.
///
/// - Source: Johnston 1988, "Transform coding of audio signals using perceptual noise criteria"; librosa 0.11's
///   `spectral_flatness` for the constants, which makes silence 1.
public enum SpectralFlatness: SoundMeasurement {
  /// The metric `flatness`.
  public static let metric = Metric(
    name: "flatness", title: "spectral flatness", unit: "dB", direction: .neither, scope: .sounds,
    definition: "mean over frames, of all channels, of " + conventions, source: source)
  static let metrics = [metric]

  static let conventions =
    "10 log10(geometric mean / arithmetic mean of max(power, 1e-10) over bins), without frames of digital silence; "
    + "STFT 2048/512, periodic Hann, centered"
  static let source = "Johnston 1988; librosa 0.11's spectral_flatness"

  /// The flatness of every frame of every channel that is not digital silence, in dB.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func levels(of source: any SampleSource, workers: Workers = .all) throws -> [Double] {
    let stft = STFT.standard
    var levels: [Double] = []
    try stft.forEachFrame(
      of: source, workers: workers, partial: { [Double]() },
      visit: { partial, spectra in
        let spectrum = spectra.first
        var (logarithms, powers, largest) = (0.0, 0.0, 0.0)
        for bin in 0..<stft.bins {
          let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
          let power = max(floor, real * real + imaginary * imaginary)
          logarithms += log(power)
          powers += power
          largest = max(largest, power)
        }
        if largest <= floor { return }
        let bins = Double(stft.bins)
        partial.append(10 / log(10) * (logarithms / bins - log(powers / bins)))
      }, merge: { levels += $0 })
    return levels
  }

  /// The least power of a bin.
  private static let floor = 1e-10

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    if sound.frames == 0 { return [.noSamples] }
    let levels = try levels(of: sound, workers: workers)
    return [levels.isEmpty ? .silent : .value(levels.reduce(0, +) / Double(levels.count))]
  }
}

/// The distances of spectral flatness, of two sounds or of two sets.
public enum FlatnessDistance: SetMeasurement {
  /// The metric `flatness-difference`.
  public static let difference = Metric(
    name: "flatness-difference", title: "difference of spectral flatness", unit: "dB", direction: .lowerIsBetter,
    scope: .sets,
    definition: "|mean over all frames - that of the reference| of " + SpectralFlatness.conventions,
    source: SpectralFlatness.source)
  /// The metric `flatness-wasserstein`.
  public static let distance = Metric(
    name: "flatness-wasserstein", title: "distance of distributions of spectral flatness", unit: "dB",
    direction: .lowerIsBetter, scope: .sets,
    definition: "Wasserstein-1 between the values of all frames of two sets of " + SpectralFlatness.conventions,
    source: SpectralFlatness.source + "; scipy's wasserstein_distance")
  static let metrics = [difference, distance]

  static func summary(of source: any SampleSource, workers: Workers) throws -> LevelDistribution {
    var distribution = LevelDistribution(of: source)
    distribution.add(try SpectralFlatness.levels(of: source, workers: workers))
    return distribution
  }

  static func compare(reference: LevelDistribution, generated: LevelDistribution) -> [Score] {
    reference.distances(to: generated) { "\($0) is silent" }
  }
}
