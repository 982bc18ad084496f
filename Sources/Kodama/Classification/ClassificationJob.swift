import KodamaAudio
import KodamaCheckpoints
import KodamaClassifierTraining
import KodamaClassifiers
import KodamaCore
import KodamaTensors

/// Finds the labels of recordings by a classifier, as `kodama classify run` and `kodama classify test` do.
///
/// ```swift
/// let model = try ClassifierModel.load("runs/digits")
/// let job = try ClassificationJob(model: model, sources: ["takes"])
/// for file in try job.run().files { print(file.path, file.sets[0].labels[0].label) }
/// ```
///
/// Recordings are classified in parallel, each on one thread.
public struct ClassificationJob {
  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let configuration: ClassifierConfiguration
  private let classifier: SoundClassifier
  private let sources: [GivenRecordings]
  private let workers: Workers

  /// A job on files, and on all usable files of folders.
  ///
  /// - Parameters:
  ///   - sources: files and folders.
  ///   - labels: the source of known labels, which the result is compared with. Recordings may lack them.
  ///   - options: how recordings are mixed down, and what counts as silence.
  /// - Throws: `AudioFault`, `FileFault`, `ClassifierFault.tooShort`, `SpectraFault`.
  public init(
    model: ClassifierModel, sources: [String], labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(), strict: Bool = false, workers: Workers = .all
  ) throws {
    configuration = model.configuration
    classifier = try SoundClassifier(model)
    (self.sources, warnings) = try GivenRecordings.list(
      sources, labels: labels, options: options, sampleRate: configuration.sampleRate, strict: strict, workers: workers)
    for source in self.sources { try source.recordings.checkLength(for: configuration) }
    self.workers = workers
  }

  /// Classifies every recording.
  ///
  /// - Parameters:
  ///   - windows: whether the labels of each window of longer recordings are in the result.
  ///   - progress: called with the number of finished files and of all files.
  /// - Throws: `AudioFault`, `FileFault`, `SpectraFault.notFinite`.
  public func run(
    windows: Bool = false, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ClassificationResult {
    var files: [ClassificationResult.File] = []
    try recognize(progress: progress) { recognition, source, recording in
      files.append(
        ClassificationResult.File(
          path: source.path(of: recording), recognition, known: source.recordings.items[recording].labels,
          seconds: Double(source.recordings.frames(of: recording)) / Double(configuration.sampleRate),
          listsWindows: windows))
    }
    return ClassificationResult(sampleRate: configuration.sampleRate, files: files)
  }

  /// Compares the labels of every recording with the known ones.
  ///
  /// - Parameter progress: called with the number of finished files and of all files.
  /// - Throws: as `run`; `LabelFault` where a recording has no label of a set, or one that the model does not have.
  public func test(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ClassificationTest {
    let known = try sources.map { try $0.recordings.labels(of: configuration.labels) }
    var tests = configuration.labels.map { ClassificationTest.Counter($0) }
    var next = 0
    let all = known.flatMap { $0 }
    try recognize(progress: progress) { recognition, source, recording in
      for set in tests.indices {
        tests[set].add(
          recognition.sets[set], right: all[next][set], path: source.path(of: recording))
      }
      next += 1
    }
    return ClassificationTest(sampleRate: configuration.sampleRate, sets: tests.map(\.result))
  }

  /// Calls `body` with the labels of every recording, in order.
  private func recognize(
    progress: (_ done: Int, _ total: Int) -> Void,
    _ body: (Recognition, GivenRecordings, _ recording: Int) throws -> Void
  ) throws {
    let items = sources.indices.flatMap { source in
      (0..<sources[source].recordings.count).map { (source: source, recording: $0) }
    }
    let group = 8 * workers.threads
    for first in stride(from: 0, to: items.count, by: group) {
      let part = Array(items[first..<min(first + group, items.count)])
      let recordings = part.map { sources[$0.source].recordings }
      let classifier = classifier
      let found = workers.map(parts: part.count) { index in
        Result { try classifier.classify(recordings[index], part[index].recording) }
      }
      for (item, result) in zip(part, found) {
        try body(result.get(), sources[item.source], item.recording)
      }
      progress(first + part.count, items.count)
    }
  }
}
