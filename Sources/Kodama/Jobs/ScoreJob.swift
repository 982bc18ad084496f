import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaWaveNets

/// Scores recordings by a model, as `kodama score` does. The input of the model is the recordings; it computes as in
/// generation, in the precision of each layer.
public struct ScoreJob {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// One recording.
    public struct File: Sendable, Equatable, Codable {
      /// Its path in the corpus.
      public let path: String
      /// Its samples at the model's rate.
      public let samples: Int
      /// Mean of −log2 p of the codes of its samples.
      public let bitsPerSample: Double
      /// Mean of −log2 p of its samples on 16 bits.
      public let bitsPerSample16: Double
    }

    /// Mean of −log2 p of the codes of all samples of all files: comparable between models with the same number of
    /// levels.
    public let bitsPerSample: Double
    /// Mean of −log2 p of the same samples on 16 bits, the probability of each μ-law class spread evenly over its
    /// samples (see `SixteenBitCells`): comparable between models of all outputs.
    public let bitsPerSample16: Double
    /// The number of codes: μ-law classes, or the 65,536 levels of 16 bits.
    public let levels: Int
    /// The coefficient of the model's pre-emphasis: bits are of the signal after it, and comparable between models with
    /// the same coefficient.
    public let preemphasis: Double
    /// Entropy of the codes of all files, in bits per sample.
    public let orderZeroEntropy: Double
    /// Entropy of a code given the one before it in the file, in bits per sample; nil without pairs, and where there
    /// are too many codes to count pairs.
    public let orderOneEntropy: Double?
    /// Samples of all files.
    public let samples: Int
    /// The model's rate in Hz.
    public let sampleRate: Int
    /// Each file.
    public let files: [File]
  }

  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let engine: WaveNetEngine
  private let recordings: Recordings
  private let conditions: [Conditions]
  private let features: FeatureReader?
  private let workers: Workers

  /// The largest number of codes whose pairs are counted: with more, nearly every pair is unique, and takes memory.
  private static let pairLevels = 4096

  /// A job on all usable files of a folder.
  ///
  /// - Parameters:
  ///   - labels: the source of the labels of recordings, where the model is conditioned on labels.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - features: the source of the features of recordings, where the model is conditioned on features.
  ///   - shuffleSeed: assigns the labels to other recordings, at random with this seed, to measure how much they
  ///     contribute. Nil for the recordings' own labels.
  /// - Throws: `AudioFault`, `FileFault`, `GenerationFault`; `WaveNetFault` where a recording lacks a label, or has an
  ///   unknown one, or labels are to be shuffled and the model has none.
  public init(
    model: InferenceModel, corpus: String, labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(),
    features: FeatureOrigin = FeatureOrigin(), shuffleSeed: UInt64? = nil, strict: Bool = false, workers: Workers = .all
  ) throws {
    let index = try CorpusIndex.scan(
      corpus, labels: labels, options: options, strict: strict, workers: workers)
    recordings = try Recordings(
      index.sounding(), sampleRate: model.sampleRate, preemphasis: model.configuration.preemphasis, workers: workers)
    warnings = CorpusRemarks.list(index, [recordings])
    var conditions = try model.configuration.conditioning.conditions(of: recordings)
    if let shuffleSeed {
      if model.configuration.conditioning.labels.isEmpty { throw WaveNetFault.notConditioned(text: "shuffling labels") }
      var random = Philox(seed: shuffleSeed, stream: StableHash("shuffled labels").value)
      for last in conditions.indices.dropFirst().reversed() {
        conditions.swapAt(last, random.integer(below: last + 1))
      }
    }
    self.conditions = conditions
    self.features = try features.reader(
      of: model.configuration.conditioning.features, beside: recordings, workers: workers)
    engine = try WaveNetEngine(model)
    self.workers = workers
  }

  /// A job for a model in single precision.
  ///
  /// - Throws: as the other initializer.
  public init(
    model: WaveNetModel, corpus: String, labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(),
    features: FeatureOrigin = FeatureOrigin(), shuffleSeed: UInt64? = nil, strict: Bool = false, workers: Workers = .all
  ) throws {
    try self.init(
      model: InferenceModel(model), corpus: corpus, labels: labels, options: options, features: features,
      shuffleSeed: shuffleSeed, strict: strict, workers: workers)
  }

  /// Scores every recording.
  ///
  /// - Parameter progress: called with the number of finished files and of all files.
  /// - Throws: `AudioFault`, `FileFault`; `JobFault.scoreNotFinite`.
  public func score(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Result {
    var statistics = CodeStatistics(countsPairs: engine.levels <= Self.pairLevels)
    let scorer = EngineScorer(engine, conditions: conditions[0].with(nil), workers: workers)
    var files: [Result.File] = []
    for recording in 0..<recordings.count {
      let known = try features?.sequence(of: recording, samples: recordings.frames(of: recording))
      scorer.restart(conditions: conditions[recording].with(known))
      let (bits, bits16, samples) = (scorer.bits, scorer.sixteenBitBits, scorer.samples)
      var last: Int32?
      try recordings.forEachBlock(of: recording) { block in
        let codes = engine.companding.encode(block)
        scorer.add(block)
        statistics.add(codes, previous: last)
        last = codes.last ?? last
      }
      let path = recordings.items[recording].path
      guard scorer.bits.isFinite && scorer.sixteenBitBits.isFinite else {
        throw JobFault.scoreNotFinite(recording: path)
      }
      let count = scorer.samples - samples
      files.append(
        Result.File(
          path: path, samples: count, bitsPerSample: (scorer.bits - bits) / Double(max(1, count)),
          bitsPerSample16: (scorer.sixteenBitBits - bits16) / Double(max(1, count))))
      progress(recording + 1, recordings.count)
    }
    let count = Double(max(1, scorer.samples))
    return Result(
      bitsPerSample: scorer.bits / count, bitsPerSample16: scorer.sixteenBitBits / count, levels: engine.levels,
      preemphasis: engine.configuration.preemphasis, orderZeroEntropy: statistics.orderZeroEntropy ?? 0,
      orderOneEntropy: statistics.orderOneEntropy, samples: scorer.samples, sampleRate: recordings.sampleRate,
      files: files)
  }
}
