import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaSignal
import KodamaSpectra
import KodamaWaveNets

/// Generates audio from a model, as `kodama generate` does.
///
/// ```swift
/// let model = try WaveNetModel.load("checkpoints/demo")
/// try GenerationJob(model: model, seed: 1, samples: 48_000).write(to: ["out.wav"])
/// ```
public struct GenerationJob: Sendable {
  /// The progress.
  public struct Progress: Sendable, Equatable {
    /// Samples of the longest stream so far.
    public let samples: Int
    /// The total samples of the longest stream.
    public let total: Int

    package init(samples: Int, total: Int) {
      self.samples = samples
      self.total = total
    }
  }

  /// Samples of the longest stream.
  public let samples: Int
  /// The model's rate in Hz.
  public let sampleRate: Int
  private let engine: WaveNetEngine
  private let seed: UInt64
  private let sampling: SamplingOptions
  private let prime: [Float]
  private let conditions: [Conditions]
  /// The lengths of the streams, in order.
  private let lengths: [Int]
  /// The number of the first stream.
  private let firstStream: Int
  /// The refinement of complete signals.
  private let refinement: FeatureRefinement?
  private let workers: Workers

  /// Samples generated between two updates of progress, interruption and the output.
  private static let block = 1024

  /// A job for one model.
  ///
  /// - Parameters:
  ///   - seed: the same seed gives the same samples, whatever the threads and the number of streams.
  ///   - samples: the length of each output; nil for that of its features.
  ///   - sampling: how outputs are sampled.
  ///   - prime: samples before the output, at the model's rate.
  ///   - conditions: the labels and features of the outputs, in turn, where the model is conditioned.
  ///   - firstStream: the number of the first output: of several processes each generates some of them.
  ///   - refinement: matches each complete output to its log-mel features, in memory (see `LogMel.refined`); nil for
  ///     none.
  ///   - workers: the threads for all streams.
  /// - Throws: `GenerationFault`; `WaveNetFault.missingLabels`, `.missingFeatures`, `.featuresTooShort`;
  ///   `FeatureFault.cannotRefine`.
  public init(
    model: InferenceModel, seed: UInt64 = 1, samples: Int?, sampling: SamplingOptions = .standard, prime: [Float] = [],
    conditions: [Conditions] = [], firstStream: Int = 0, refinement: GriffinLim? = nil, workers: Workers = .all
  ) throws {
    precondition(samples.map { $0 >= 0 } ?? true, "\(samples ?? 0) samples are fewer than none")
    try sampling.check(for: model.configuration)
    let conditioning = model.configuration.conditioning
    let conditions = conditions.isEmpty && conditioning.labels.isEmpty ? [.none] : conditions
    if conditions.isEmpty { throw WaveNetFault.missingLabels(conditioning.labels) }
    lengths = try conditions.map { try conditioning.length(of: $0, samples: samples, primed: prime.count) }
    self.conditions = conditions
    self.firstStream = firstStream
    self.refinement = try refinement.map { try FeatureRefinement(conditioning.features, phases: $0) }
    engine = try WaveNetEngine(model)
    sampleRate = model.sampleRate
    self.seed = seed
    self.samples = lengths.max() ?? 0
    self.sampling = sampling
    self.prime = prime
    self.workers = workers
  }

  /// A job for streams of different lengths, each with its features.
  ///
  /// - Throws: `WaveNetFault`.
  init(
    engine: WaveNetEngine, seed: UInt64, firstStream: Int, lengths: [Int], sampling: SamplingOptions,
    conditions: [Conditions], refinement: FeatureRefinement?, workers: Workers
  ) throws {
    let conditioning = engine.configuration.conditioning
    self.lengths = try zip(conditions, lengths).map { try conditioning.length(of: $0, samples: $1) }
    self.conditions = conditions
    self.engine = engine
    self.seed = seed
    self.firstStream = firstStream
    self.refinement = refinement
    self.sampling = sampling
    self.workers = workers
    samples = lengths.max() ?? 0
    sampleRate = engine.sampleRate
    prime = []
  }

  /// A job for a model in single precision.
  ///
  /// - Throws: as the other initializer.
  public init(
    model: WaveNetModel, seed: UInt64 = 1, samples: Int?, sampling: SamplingOptions = .standard, prime: [Float] = [],
    conditions: [Conditions] = [], refinement: GriffinLim? = nil, workers: Workers = .all
  ) throws {
    try self.init(
      model: InferenceModel(model), seed: seed, samples: samples, sampling: sampling, prime: prime,
      conditions: conditions, refinement: refinement, workers: workers)
  }

  /// Generates one stream for each file.
  ///
  /// - Parameters:
  ///   - paths: WAV, FLAC, Ogg, Opus or MP3 files, or raw PCM, by their extensions. They are created when they are complete.
  ///   - shouldStop: called between blocks; true ends early and keeps the samples so far, without a refinement that was
  ///     interrupted.
  /// - Returns: the finished samples of the longest stream.
  /// - Throws: `FileFault`, `AudioFault`, `GenerationFault`.
  @discardableResult public func write(
    to paths: [String], encoding: AudioEncoding? = nil, existing: AtomicFile.Existing = .refuse,
    progress: (Progress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> Int {
    try write(
      to: paths, encoding: encoding, existing: existing, keepingParts: true, progress: progress, shouldStop: shouldStop)
  }

  /// Generates one stream for each file.
  ///
  /// - Parameter keepingParts: whether incomplete files are kept.
  func write(
    to paths: [String], encoding: AudioEncoding?, existing: AtomicFile.Existing, keepingParts: Bool,
    progress: (Progress) -> Void, shouldStop: () -> Bool
  ) throws -> Int {
    Leftovers.remove(besides: paths)
    let writers = try paths.map {
      try AudioWriter(path: $0, encoding: encoding, sampleRate: sampleRate, existing: existing)
    }
    let written = try generate(streams: writers.count, progress: progress, shouldStop: shouldStop) { blocks in
      for (writer, block) in zip(writers, blocks) { try writer.write(block) }
    }
    if written == samples || keepingParts {
      try finish(writers)
    }
    return written
  }

  /// Renames all files to their final names. A name that exists meanwhile does not affect the other files.
  private func finish(_ writers: [AudioWriter]) throws {
    var kept: [FileFault.Kept] = []
    for writer in writers {
      do { try writer.finish() } catch FileFault.appeared(let outputs) { kept += outputs }
    }
    if !kept.isEmpty { throw FileFault.appeared(kept) }
  }

  /// Generates one stream into a pipe, block by block. The header of WAV has the exact length.
  ///
  /// - Throws: `FileFault`, `AudioFault`, `GenerationFault`.
  @discardableResult public func write(
    to output: FileWriter, encoding: AudioEncoding = AudioEncoding(), progress: (Progress) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> Int {
    let writer = try AudioWriter(to: output, encoding: encoding, sampleRate: sampleRate, frames: samples)
    let written = try generate(streams: 1, progress: progress, shouldStop: shouldStop) { try writer.write($0[0]) }
    try writer.finish()
    return written
  }

  /// Generates streams in memory.
  ///
  /// - Throws: `GenerationFault`.
  public func waveforms(streams: Int = 1) throws -> [Waveform] {
    try sounds(streams: streams, progress: { _ in }, shouldStop: { false }).sounds.map {
      Waveform($0, sampleRate: sampleRate)
    }
  }

  /// Generates block by block, or with refinement in one block; `output` receives a block of every stream.
  private func generate(
    streams count: Int, progress: (Progress) -> Void, shouldStop: () -> Bool, output: ([[Float]]) throws -> Void
  ) throws -> Int {
    if refinement == nil {
      return try draw(streams: count, progress: progress, shouldStop: shouldStop, output: output)
    }
    let (sounds, done) = try sounds(streams: count, progress: progress, shouldStop: shouldStop)
    try output(sounds)
    return done
  }

  /// The complete, refined signals of all streams, and the number of samples of the longest.
  private func sounds(
    streams count: Int, progress: (Progress) -> Void, shouldStop: () -> Bool
  ) throws -> (sounds: [[Float]], done: Int) {
    var sounds = [[Float]](repeating: [], count: count)
    let done = try draw(streams: count, progress: progress, shouldStop: shouldStop) { blocks in
      for stream in 0..<count { sounds[stream] += blocks[stream] }
    }
    guard let refinement else { return (sounds, done) }
    do {
      for stream in 0..<count {
        guard let features = conditions[stream % conditions.count].features else {
          preconditionFailure("a stream of a model that is conditioned on features has none")
        }
        sounds[stream] = try refinement(sounds[stream], to: features, workers: workers, shouldStop: shouldStop)
      }
      return (sounds, done)
    } catch is Stopped {
      return (sounds, 0)
    }
  }

  /// Samples block by block.
  private func draw(
    streams count: Int, progress: (Progress) -> Void, shouldStop: () -> Bool, output: ([[Float]]) throws -> Void
  ) throws -> Int {
    let conditions = (0..<count).map { self.conditions[$0 % self.conditions.count] }
    var streams = WaveNetStreams(engine, conditions: conditions, seed: seed, first: firstStream, sampling: sampling)
    if !prime.isEmpty {
      // Primed once for all streams of the same labels; copies share the state until it changes.
      var primed: [Conditions: WaveNetStream] = [:]
      for number in 0..<count {
        var stream =
          primed[conditions[number]]
          ?? WaveNetStream(engine, seed: seed, conditions: conditions[number], sampling: sampling)
        if primed[conditions[number]] == nil { stream.prime(hearing: prime, workers: workers) }
        primed[conditions[number]] = stream
        streams.streams[number] = stream.forked(seed: seed, number: firstStream + number)
      }
    }
    let lengths = (0..<count).map { self.lengths[$0 % self.lengths.count] }
    var blocks = [[Float]](repeating: [Float](repeating: 0, count: Self.block), count: count)
    var done = 0
    while done < samples && !shouldStop() {
      let next = min(Self.block, samples - done)
      for stream in 0..<count {
        let room = max(0, min(next, lengths[stream] - done))
        if room < blocks[stream].count { blocks[stream] = Array(blocks[stream].prefix(room)) }
      }
      streams.fill(&blocks, workers: workers)
      // Sampling from logits that are not finite is meaningless, and might never end.
      if !streams.streams.allSatisfy(\.logitsAreFinite) { throw GenerationFault.overflow(samples: done + next) }
      try output(blocks)
      done += next
      progress(Progress(samples: done, total: samples))
    }
    return done
  }
}
