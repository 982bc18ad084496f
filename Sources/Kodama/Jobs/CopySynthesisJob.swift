import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaSignal
import KodamaSpectra
import KodamaWaveNets

/// Copy synthesis: generates recordings again from their log-mel features alone, as `kodama generate --mel-of` does.
///
/// - Source: the usual test of vocoders; each copy is compared with its recording.
public struct CopySynthesisJob: Sendable {
  /// The method of synthesis.
  public enum Method: Sendable {
    /// The model samples its output; with a refinement, the sound is then matched to its features (see
    /// `LogMel.refined`).
    case model(refinement: GriffinLim? = nil)
    /// Phases by Griffin and Lim's algorithm, without the network: the baseline of vocoders.
    case griffinLim(GriffinLim)
  }

  /// The distance of a copy from its recording. Keys as in JSON.
  public struct Distance: Sendable, Equatable, Codable {
    /// The recording.
    public let recording: String
    /// The copy.
    public let copy: String
    /// Mel-cepstral distortion frame by frame, `mcd`, in dB; nil where it is not defined.
    public let melCepstralDistortion: Double?
    /// Multi-resolution STFT distance, `mr-stft`; nil where it is not defined.
    public let multiResolutionSTFTDistance: Double?
  }

  /// The recordings.
  public let recordings: [String]
  /// The copies, in the same order.
  public let copies: [String]
  /// Warnings about skipped files, and files that do not match their headers.
  public let warnings: [String]
  /// Whether all recordings of a folder are copied into a folder.
  public let isOfFolder: Bool
  private let model: InferenceModel
  private let logMel: LogMel
  private let method: Method
  private let seed: UInt64
  private let sampling: SamplingOptions
  private let channel: ChannelChoice
  private let labels: Conditions
  private let workers: Workers

  /// The number of samples that closes a batch of recordings: a quarter of an hour at 16 kHz.
  private static let samplesAtOnce = 1 << 24

  /// A job on a recording, or on all recordings of a folder.
  ///
  /// - Parameters:
  ///   - recording: a file, or a folder.
  ///   - output: the copy, or the folder of copies, which have the recordings' names and the extension `wav`.
  ///   - seed: the seed; recording k uses stream k.
  ///   - channel: how recordings are mixed down.
  ///   - labels: the labels of all copies, where the model is conditioned on labels too.
  /// - Throws: `FileFault`, `AudioFault`, `GenerationFault`; `WaveNetFault.notConditionedOnFeatures`, and
  ///   `.missingFeatures` where the model is conditioned on other features; `JobFault.sameName`;
  ///   `SpectraFault.badConvention`.
  public init(
    model: InferenceModel, of recording: String, output: String, method: Method = .model(), seed: UInt64 = 1,
    sampling: SamplingOptions = .standard, channel: ChannelChoice = .mix, labels: Conditions = .none,
    workers: Workers = .all
  ) throws {
    guard let features = model.configuration.conditioning.features else { throw WaveNetFault.notConditionedOnFeatures }
    guard case .logMel(let convention) = features.source else { throw WaveNetFault.missingFeatures(features) }
    try sampling.check(for: model.configuration)
    logMel = try LogMel(convention)
    isOfFolder = Folder.exists(recording)
    if isOfFolder {
      let scanned = try CorpusIndex.scan(
        recording, options: RecordingOptions(channel: channel), workers: workers)
      let index = try scanned.sounding()
      let names = index.entries.map(\.path)
      try JobFault.checkNames(names, Self.waveName)
      recordings = names.map { Folder.trimmed(recording) + "/" + $0 }
      copies = names.map { Folder.trimmed(output) + "/" + Self.waveName($0) }
      warnings = CorpusRemarks.list(
        scanned, [try Recordings(index, sampleRate: convention.sampleRate, workers: workers)])
    } else {
      (recordings, copies) = ([recording], [output])
      warnings = try FileSource(recording).remarks(sampleRate: convention.sampleRate, channel: channel)
    }
    self.model = model
    self.method = method
    self.seed = seed
    self.sampling = sampling
    self.channel = channel
    self.labels = labels
    self.workers = workers
  }

  /// `a/b.flac` becomes `a/b.wav`.
  private static func waveName(_ path: String) -> String {
    PathText.stem(path) + ".wav"
  }

  /// Checks before the work that all copies may be written, and creates their folders.
  ///
  /// - Throws: `FileFault`; `JobFault.replacesRecording`.
  public func prepare(existing: AtomicFile.Existing = .refuse) throws {
    let originals = Set(try recordings.map { try FileStatus($0).identity })
    for copy in copies where AtomicFile.exists(copy) {
      try AtomicFile.check(copy, existing: existing)
      if originals.contains(try FileStatus(copy).identity) { throw JobFault.replacesRecording(path: copy) }
    }
    Leftovers.remove(besides: copies)
    for copy in copies {
      if isOfFolder, let folder = PathText.folder(copy) { try Folder.create(folder) }
      try AtomicFile.check(copy, existing: existing)
    }
  }

  /// Writes the copies, after `prepare`.
  ///
  /// - Parameters:
  ///   - progress: called with the number of finished samples and of all samples of the current recordings, and the
  ///     number of finished recordings.
  ///   - shouldStop: called regularly; true ends the work, and incomplete copies are discarded.
  /// - Returns: whether all were written.
  /// - Throws: `FileFault`, `AudioFault`, `GenerationFault`, `SpectraFault.notFinite`.
  public func write(
    encoding: AudioEncoding? = nil, existing: AtomicFile.Existing = .refuse,
    progress: (_ recordings: Int, _ part: GenerationJob.Progress) -> Void = { _, _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> Bool {
    switch method {
    case .model(let phases):
      try write(
        refinedBy: phases, encoding: encoding, existing: existing, progress: progress, shouldStop: shouldStop)
    case .griffinLim(let phases):
      try write(by: phases, encoding: encoding, existing: existing, progress: progress, shouldStop: shouldStop)
    }
  }

  /// Generates the copies, several side by side.
  private func write(
    refinedBy phases: GriffinLim?, encoding: AudioEncoding?, existing: AtomicFile.Existing,
    progress: (_ recordings: Int, _ part: GenerationJob.Progress) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    let engine = try WaveNetEngine(model)
    let refinement = try phases.map {
      try FeatureRefinement(model.configuration.conditioning.features, phases: $0)
    }
    let size = engine.streamsPerReading * workers.threads
    var next = 0
    while next < recordings.count {
      let first = next
      var (lengths, conditions) = ([Int](), [Conditions]())
      // As many as the engine has streams, or fewer where they are long.
      while next < min(recordings.count, first + size) && lengths.reduce(0, +) < Self.samplesAtOnce {
        if shouldStop() { return false }
        let sound = try sound(recordings[next])
        let features = try logMel(sound, workers: workers)
        lengths.append(sound.count)
        conditions.append(labels.with(FeatureSequence(features.values, channels: features.bands)))
        next += 1
      }
      let job = try GenerationJob(
        engine: engine, seed: seed, firstStream: first, lengths: lengths, sampling: sampling, conditions: conditions,
        refinement: refinement, workers: workers)
      let done = try job.write(
        to: Array(copies[first..<next]), encoding: encoding, existing: existing, keepingParts: false,
        progress: { progress(first, $0) }, shouldStop: shouldStop)
      if done < job.samples { return false }
    }
    return true
  }

  /// Reconstructs the phases of one recording after the other.
  private func write(
    by phases: GriffinLim, encoding: AudioEncoding?, existing: AtomicFile.Existing,
    progress: (_ recordings: Int, _ part: GenerationJob.Progress) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    for (number, recording) in recordings.enumerated() {
      let sound = try sound(recording)
      let features = try logMel(sound, workers: workers)
      do {
        let samples = try logMel.inverse(features, count: sound.count, phases: phases, workers: workers) { done in
          if shouldStop() { throw Stopped() }
          let part = sound.count * done / phases.iterations
          progress(number, GenerationJob.Progress(samples: part, total: sound.count))
        }
        try write(samples, to: copies[number], encoding, existing)
      } catch is Stopped {
        return false
      }
      progress(number + 1, GenerationJob.Progress(samples: sound.count, total: sound.count))
    }
    return true
  }

  /// Compares the copies with the recordings, converted to the model's rate and one channel.
  ///
  /// - Throws: `FileFault`, `AudioFault`, `SpectraFault`.
  public func distances() throws -> [Distance] {
    try distances(of: copies.map { copy in Sound(name: copy) { try FileSource(copy) } })
  }

  /// The distances that Griffin and Lim's algorithm reaches from the same features: what a model must beat. Nothing is
  /// written.
  ///
  /// - Parameter shouldStop: called regularly; true ends the work.
  /// - Returns: nil where it was stopped.
  /// - Throws: as `distances`.
  public func baselineDistances(
    phases: GriffinLim = GriffinLim(), shouldStop: () -> Bool = { false }
  ) throws -> [Distance]? {
    do {
      return try zip(recordings, copies).flatMap { recording, copy in
        let sound = try sound(recording)
        let features = try logMel(sound, workers: workers)
        let samples = try logMel.inverse(features, count: sound.count, phases: phases, workers: workers) { _ in
          if shouldStop() { throw Stopped() }
        }
        let made = Waveform(samples.map { max(-1, min(1, $0)) }, sampleRate: model.sampleRate)
        return try distances(from: [recording], of: [Sound(name: copy, made)])
      }
    } catch is Stopped {
      return nil
    }
  }

  private func distances(from recordings: [String]? = nil, of copies: [Sound]) throws -> [Distance] {
    let (distortion, distance) = (try Metric.named("mcd"), try Metric.named("mr-stft"))
    let pairs = zip(recordings ?? self.recordings, copies).map { recording, copy in
      (
        reference: Sound(name: recording) { Waveform(try sound(recording), sampleRate: model.sampleRate) },
        generated: copy
      )
    }
    let result = try Evaluation(metrics: [distortion, distance], workers: workers).compare(pairs: pairs)
    return result.pairs.map { pair in
      Distance(
        recording: pair.reference, copy: pair.generated, melCepstralDistortion: pair[distortion]?.value,
        multiResolutionSTFTDistance: pair[distance]?.value)
    }
  }

  private func write(
    _ samples: [Float], to path: String, _ encoding: AudioEncoding?, _ existing: AtomicFile.Existing
  ) throws {
    let writer = try AudioWriter(path: path, encoding: encoding, sampleRate: model.sampleRate, existing: existing)
    try writer.write(samples.map { max(-1, min(1, $0)) })
    try writer.finish()
  }

  /// A recording as model input: one channel at the model's rate.
  private func sound(_ path: String) throws -> [Float] {
    try AudioFile.readMono(path, sampleRate: model.sampleRate, channel: channel)
  }
}
