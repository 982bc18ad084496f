import KodamaCore

/// The distance of log-mel spectrograms: the mean of |difference| over all frames, bands and channels.
enum MelDistance {
  /// The distance of a pair in a convention; undefined where the sounds are too short for reflection at the ends.
  static func score(
    _ mel: MelSpectrogram, reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> Score {
    let (stft, bands) = (mel.stft, mel.filterbank.bands)
    if reference.frames == 0 { return .noSamples }
    let shortest = max(stft.paddedSamples + 1, stft.fftLength - 2 * stft.paddedSamples)
    if reference.frames < shortest {
      return .undefined(reason: "mirroring at the ends needs \(shortest) samples, and there are \(reference.frames)")
    }
    var total = 0.0
    try stft.forEachFrame(
      of: reference, and: generated, workers: workers, partial: { Part(bins: stft.bins, bands: bands) },
      visit: { $0.add($1, mel) }, merge: { total += $0.sum })
    let frames = stft.frames(samples: reference.frames) * reference.channelCount
    return .value(total / Double(frames * bands))
  }

  /// The sum over a run of frames, and scratch memory.
  private struct Part: Sendable {
    var sum = 0.0
    private var power: [Double]
    private var reference: [Float]
    private var generated: [Float]

    init(bins: Int, bands: Int) {
      power = [Double](repeating: 0, count: bins)
      reference = [Float](repeating: 0, count: bands)
      generated = reference
    }

    mutating func add(_ spectra: FrameSpectra, _ mel: MelSpectrogram) {
      power.withUnsafeMutableBufferPointer { power in
        let power = power.baseAddress.unsafelyUnwrapped
        spectra.power(to: power)
        mel.gather(power, into: &reference)
        spectra.secondPower(to: power)
        mel.gather(power, into: &generated)
      }
      var distance = 0.0
      for band in reference.indices { distance += Double((reference[band] - generated[band]).magnitude) }
      sum += distance
    }
  }
}

/// The distance of the spectrograms that HiFi-GAN uses as input and in its loss: `MelSpectrogram.hifiGAN`, natural
/// logarithms.
///
/// - Source: Kong, Kim and Bae 2020 (arXiv:2010.05646), whose training loss is 45 times this.
public enum HiFiGANMelDistance: PairMeasurement {
  /// The metric `mel-l1-hifigan`.
  public static let metric = Metric(
    name: "mel-l1-hifigan", title: "mel distance, HiFi-GAN's convention", unit: "", direction: .lowerIsBetter,
    scope: .pairs,
    definition: "mean |difference| of ln max(mel, 1e-5) over frames, bands and channels; 80 Slaney bands of magnitude "
      + "sqrt(power + 1e-9) from 0 to 8000 Hz or half the rate; STFT 1024/256, periodic Hann, mirrored by 384 samples",
    source: "Kong, Kim and Bae 2020; jik876/hifi-gan")
  static let metrics = [metric]

  private static let spectrograms = RateCache { MelSpectrogram.hifiGAN(sampleRate: $0) }

  /// The distance of a pair; undefined for fewer than 385 samples.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    try MelDistance.score(
      spectrograms[reference.sampleRate], reference: reference, generated: generated, workers: workers)
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }
}

/// The distance of the spectrograms that ParallelWaveGAN's vocoders use as input: `MelSpectrogram.parallelWaveGAN`,
/// base-10 logarithms.
///
/// - Source: kan-bayashi/ParallelWaveGAN, `logmelfilterbank`.
public enum ParallelWaveGANMelDistance: PairMeasurement {
  /// The metric `mel-l1-pwg`.
  public static let metric = Metric(
    name: "mel-l1-pwg", title: "mel distance, ParallelWaveGAN's convention", unit: "", direction: .lowerIsBetter,
    scope: .pairs,
    definition: "mean |difference| of log10 max(mel, 1e-10) over frames, bands and channels; 80 Slaney bands of "
      + "magnitude from 80 to 7600 Hz or half the rate; STFT 1024/256, periodic Hann, centered, reflected at the ends",
    source: "kan-bayashi/ParallelWaveGAN")
  static let metrics = [metric]

  private static let spectrograms = RateCache { MelSpectrogram.parallelWaveGAN(sampleRate: $0) }

  /// The distance of a pair; undefined for fewer than 513 samples, and at 160 Hz and below.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    let rate = reference.sampleRate
    if rate <= 160 { return .undefined(reason: "the lowest band begins at 80 Hz, and at \(rate) Hz there is none") }
    return try MelDistance.score(
      spectrograms[rate], reference: reference, generated: generated, workers: workers)
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }
}
