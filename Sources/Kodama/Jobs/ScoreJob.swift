import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// Scores recordings by a model: what `kodama score` does.
public struct ScoreJob {
  /// What came of it. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// One recording.
    public struct File: Sendable, Equatable, Codable {
      /// Its path in the corpus.
      public let path: String
      /// Its samples at the model's rate.
      public let samples: Int
      /// Mean of −log2 p over its samples.
      public let bitsPerSample: Double
    }

    /// Mean of −log2 p over all samples of all files.
    public let bitsPerSample: Double
    /// Entropy of the codes of all files, in bits per sample.
    public let orderZeroEntropy: Double
    /// Entropy of a code where the one before it in the file is known, in bits per sample; nil without pairs.
    public let orderOneEntropy: Double?
    /// Samples of all files.
    public let samples: Int
    /// The model's rate in Hz.
    public let sampleRate: Int
    /// Each file.
    public let files: [File]
  }

  /// What was left out or converted, and files that cannot be used.
  public let warnings: [String]
  private let scorers: Scorers
  private let companding: MuLaw
  private let recordings: Recordings

  /// A job on all usable files of a folder.
  ///
  /// - Throws: `AudioFault`, `FileFault`; `GenerationFault`.
  public init(
    model: WaveNetModel, corpus: String, labels: CorpusLabels = .folders, strict: Bool = false, workers: Workers = .all
  ) throws {
    try self.init(
      model: InferenceModel(model), corpus: corpus, labels: labels, strict: strict, workers: workers)
  }

  /// A job on all usable files of a folder. A model in single precision is scored by its network, one with other
  /// precisions by the arithmetic that generates.
  ///
  /// - Throws: `AudioFault`, `FileFault`; `GenerationFault`.
  public init(
    model: InferenceModel, corpus: String, labels: CorpusLabels = .folders, strict: Bool = false,
    workers: Workers = .all
  ) throws {
    let index = try CorpusIndex.scan(corpus, labels: labels, strict: strict, workers: workers)
    recordings = try Recordings(index.sounding(), sampleRate: model.sampleRate, workers: workers)
    warnings = CorpusRemarks.list(index, [recordings])
    companding = MuLaw(classes: model.configuration.classes)
    scorers = try Scorers(model, workers: workers)
  }

  /// Scores every recording.
  ///
  /// - Parameter progress: is told how many files of how many are done.
  /// - Throws: `AudioFault`, `FileFault`; `JobFault.scoreNotFinite`.
  public func score(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Result {
    var statistics = CodeStatistics()
    var (bits, samples, files) = (0.0, 0, [Result.File]())
    for recording in 0..<recordings.count {
      var scorer = scorers.next()
      var last: Int32?
      try recordings.forEachBlock(of: recording) { block in
        scorer.add(block)
        let codes = companding.encode(block)
        statistics.add(codes, previous: last)
        last = codes.last ?? last
      }
      scorer.finish()
      let path = recordings.items[recording].path
      guard scorer.bits.isFinite else { throw JobFault.scoreNotFinite(recording: path) }
      bits += scorer.bits
      samples += scorer.samples
      files.append(
        Result.File(
          path: path, samples: scorer.samples,
          bitsPerSample: scorer.bits / Double(max(1, scorer.samples))))
      progress(recording + 1, recordings.count)
    }
    return Result(
      bitsPerSample: bits / Double(max(1, samples)), orderZeroEntropy: statistics.orderZeroEntropy ?? 0,
      orderOneEntropy: statistics.orderOneEntropy, samples: samples, sampleRate: recordings.sampleRate, files: files)
  }
}
