import KodamaAudio
import KodamaCore
import KodamaFeatures
import KodamaGeneration
import KodamaWaveNets

/// Finds the labels under which a model gives recordings the highest probability, as `kodama identify` does.
///
/// Every recording is scored under every combination of labels, each independently and several in parallel; the model
/// computes as in generation. The sets' labels are then found one by one (see `IdentificationResult`).
///
/// ```swift
/// let model = try InferenceModel.load("runs/digits")
/// let job = try IdentificationJob(model: model, sources: ["mine.wav"], candidates: ["speaker=george"])
/// let digit = try job.identify().files[0].sets[1].label
/// ```
public struct IdentificationJob {
  /// The largest number of combinations of labels.
  public static let combinationLimit = 100_000

  /// The recordings of one argument, and their features.
  private struct Source {
    let given: GivenRecordings
    let features: FeatureReader?

    var recordings: Recordings { given.recordings }
    func path(of recording: Int) -> String { given.path(of: recording) }
  }

  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  /// Combinations of labels that are compared.
  public let combinations: Int
  private let engine: WaveNetEngine
  private let sources: [Source]
  /// Indices of labels, by set.
  private let candidates: [[Int]]
  private let workers: Workers

  /// A job on files, and on all usable files of folders.
  ///
  /// - Parameters:
  ///   - sources: files and folders.
  ///   - candidates: the labels to compare, each as `set=label` or `set=first/second/…`; all labels of a set that is not
  ///     mentioned. A set with one candidate is taken as known.
  ///   - labels: the source of known labels, which the result is compared with. Recordings may lack them.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - features: the source of the features of recordings, where the model is conditioned on features.
  /// - Throws: `JobFault.noLabels`, `.tooManyCombinations`; `WaveNetFault` for candidates that the model does not have;
  ///   `AudioFault`, `FileFault`, `FeatureFault`, `GenerationFault`.
  public init(
    model: InferenceModel, sources: [String], candidates: [String] = [], labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(), features: FeatureOrigin = FeatureOrigin(), strict: Bool = false,
    workers: Workers = .all
  ) throws {
    let (configuration, conditioning) = (model.configuration, model.configuration.conditioning)
    if conditioning.labels.isEmpty { throw JobFault.noLabels }
    self.candidates = try conditioning.candidates(options: candidates)
    combinations = try Self.count(self.candidates.map(\.count))

    let given = try GivenRecordings.list(
      sources, labels: labels, options: options, sampleRate: model.sampleRate, preemphasis: configuration.preemphasis,
      strict: strict, workers: workers)
    warnings = given.warnings
    self.sources = try given.sources.map {
      Source(
        given: $0,
        features: try features.reader(of: conditioning.features, beside: $0.recordings, workers: workers))
    }
    engine = try WaveNetEngine(model)
    self.workers = workers
  }

  /// The number of combinations.
  private static func count(_ sizes: [Int]) throws(JobFault) -> Int {
    var product = 1
    for size in sizes {
      let (next, overflows) = product.multipliedReportingOverflow(by: size)
      if overflows || next > combinationLimit { throw .tooManyCombinations(sizes: sizes, limit: combinationLimit) }
      product = next
    }
    return product
  }

  /// The conditions of a combination: the label of the last set changes with every number.
  private func conditions(number: Int) -> Conditions {
    var (rest, labels) = (number, [Int]())
    for set in candidates.reversed() {
      labels.append(set[rest % set.count])
      rest /= set.count
    }
    return Conditions(labels: labels.reversed())
  }

  /// Finds the labels of every recording.
  ///
  /// - Parameter progress: called with the number of finished files and of all files.
  /// - Throws: `AudioFault`, `FileFault`; `JobFault.scoreNotFinite`.
  public func identify(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> IdentificationResult {
    let sets = engine.configuration.conditioning.labels
    let names = zip(sets, candidates).map { set, places in (set: set.name, labels: places.map { set.values[$0] }) }
    let items = sources.indices.flatMap { source in
      (0..<sources[source].recordings.count).map { (source: source, recording: $0) }
    }
    // Enough recordings at a time to keep all threads busy.
    let group = max(1, 4 * min(workers.threads, Workers.all.threads) / combinations)
    // More than there are processors would only take memory.
    let count = min(workers.threads, Workers.all.threads, group * combinations)
    let scorers = (0..<count).map { _ in
      EngineScorer(engine, conditions: conditions(number: 0))
    }
    var files: [IdentificationResult.File] = []
    for first in stride(from: 0, to: items.count, by: group) {
      let part = Array(items[first..<min(first + group, items.count)])
      let bits = try self.bits(of: part, with: scorers)
      for (number, item) in part.enumerated() {
        let (source, own) = (sources[item.source], bits[number * combinations..<(number + 1) * combinations])
        guard own.allSatisfy(\.isFinite) else {
          throw JobFault.scoreNotFinite(recording: source.path(of: item.recording))
        }
        files.append(
          IdentificationResult.File(
            path: source.path(of: item.recording), samples: source.recordings.frames(of: item.recording),
            candidates: names, bits: Array(own), known: source.recordings.items[item.recording].labels))
      }
      progress(files.count, items.count)
    }
    return IdentificationResult(
      sampleRate: engine.sampleRate, combinations: combinations, files: files,
      accuracy: names.indices.compactMap { set in
        IdentificationResult.Accuracy(of: files, set: set, candidates: names[set].labels)
      })
  }

  /// The bits of all combinations of each recording.
  private func bits(
    of items: [(source: Int, recording: Int)], with scorers: [EngineScorer]
  ) throws -> [Double] {
    let known = try items.map { item in
      let source = sources[item.source]
      return try source.features?.sequence(
        of: item.recording, samples: source.recordings.frames(of: item.recording))
    }
    let total = items.count * combinations
    let conditions = (0..<combinations).map(conditions(number:))
    let recordings = items.map { sources[$0.source].recordings }
    let (engine, combinations) = (engine, combinations)
    let results = Locked([Result<Double, any Error>](repeating: .success(0), count: total))
    let next = Locked(0)
    // Each part has a scorer of its own, and takes what no other part has taken.
    nonisolated(unsafe) let scorers = scorers
    workers.forEach(parts: scorers.count) { part in
      let scorer = scorers[part]
      while let number = next.withLock({ next -> Int? in
        next += 1
        return next <= total ? next - 1 : nil
      }) {
        let item = number / combinations
        let result = Result { () throws -> Double in
          scorer.restart(conditions: conditions[number % combinations].with(known[item]))
          var bits = 0.0
          try recordings[item].forEachBlock(of: items[item].recording) {
            bits += scorer.add(codes: engine.companding.encode($0))
          }
          return bits
        }
        results.withLock { $0[number] = result }
      }
    }
    return try results.withLock { try $0.map { try $0.get() } }
  }
}
