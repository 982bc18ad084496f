import KodamaCore

/// The textbook mel-cepstral distortion, frame by frame.
///
/// MCD = K · mean over frames of √(Σ_{m ≥ 1} (c[m] − ĉ[m])²), K = 10 √2 / ln 10 = 6.1418515, dB: without c0, which is
/// only loudness. Mel-cepstra: `MelCepstrum` with `MelCepstrum.parameters` of the power relative to a full-scale sine,
/// floored at 1e-10; frames of the least power of two that lasts 1/32 s (1,024 samples at 22,050 Hz), a quarter of it
/// apart, periodic Hann, centered, zeros outside. The mean over channels is taken. Memory is bounded for any length.
///
/// - Source: Kubichek 1993; the frames are this package's own.
public enum MelCepstralDistortion: PairMeasurement {
  /// The metric `mcd`.
  public static let metric = Metric(
    name: "mcd", title: "mel-cepstral distortion, frame by frame", unit: "dB", direction: .lowerIsBetter, scope: .pairs,
    definition: "10 sqrt(2) / ln 10 times the mean over frames of |c - c'|, c0 not counted; \(convention)",
    source: "Kubichek 1993; pysptk 1.0 for sp2mc")
  static let metrics = [metric]

  /// The frames and coefficients in words.
  static let convention =
    "mel-cepstra by sp2mc of max(power, 1e-10 of a full-scale sine), (order, alpha) by rate: 16000 Hz 23/0.42, 22050 "
    + "34/0.45, 24000 34/0.46, 44100 39/0.53, 48000 39/0.55, elsewhere alpha nearest to the mel scale and the order of "
    + "the next rate below, under 16000 Hz 23 rate/16000; frames of the least power of two over 1/32 s, hop a quarter, "
    + "periodic Hann, centered; mean over channels; undefined for silence"

  /// The distortion of a pair; undefined where a channel of either is silent (nowhere above the floor), and below 1,000
  /// Hz and above 768,000 Hz.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func score(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> Score {
    try CepstralDistortion.scores(
      reference: reference, generated: generated, analysis: CepstralAnalysis.textbook
    ) { analysis, reference, generated in
      var (sum, isReferenceAudible, isGeneratedAudible) = (0.0, false, false)
      try analysis.stft.forEachFrame(
        of: reference, and: generated, workers: workers, partial: { Part(analysis) },
        visit: { $0.add($1, analysis) },
        merge: { part in
          sum += part.sum
          isReferenceAudible = isReferenceAudible || part.reference.isAudible
          isGeneratedAudible = isGeneratedAudible || part.generated.isAudible
        })
      if !isReferenceAudible { return .referenceIsSilent }
      if !isGeneratedAudible { return .generatedIsSilent }
      let mean = sum / Double(analysis.stft.frames(samples: reference.frames))
      return .means(DynamicTimeWarping.Means(aligned: mean, counted: mean))
    }.counted
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated, workers: workers)]
  }

  /// The sum of distances over a run of frames, and scratch memory.
  private struct Part: Sendable {
    var sum = 0.0
    var reference: CepstralAnalysis.Scratch
    var generated: CepstralAnalysis.Scratch
    private var referenceCoefficients: [Double]
    private var generatedCoefficients: [Double]

    init(_ analysis: CepstralAnalysis) {
      reference = analysis.makeScratch()
      generated = analysis.makeScratch()
      referenceCoefficients = [Double](repeating: 0, count: analysis.dimensions)
      generatedCoefficients = referenceCoefficients
    }

    mutating func add(_ spectra: FrameSpectra, _ analysis: CepstralAnalysis) {
      analysis.analyze(spectra.first, &reference, &referenceCoefficients)
      analysis.analyze(spectra.second, &generated, &generatedCoefficients)
      var squares = 0.0
      for m in 1..<analysis.dimensions {
        let difference = referenceCoefficients[m] - generatedCoefficients[m]
        squares += difference * difference
      }
      sum += squares.squareRoot()
    }
  }
}
