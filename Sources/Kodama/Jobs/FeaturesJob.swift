import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaDistributed
import KodamaSignal
import KodamaSpectra
import Synchronization

/// Computes the log-mel features of a corpus into a folder, as `kodama features` does. Existing features of the same
/// convention that are not older than their recordings are kept.
public struct FeaturesJob: Sendable {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// The folder.
    public let folder: String
    /// The convention of the features.
    public let convention: LogMelConvention
    /// Recordings with features.
    public let files: Int
    /// Those of them whose features existed already.
    public let kept: Int
    /// The total number of frames.
    public let frames: Int
    /// The total length, in seconds.
    public let seconds: Double
    /// Files that are empty or silent.
    public let skipped: [Recordings.Skipped]
    /// Files that cannot be used, with the reason; also those whose features would have too long a name.
    public let unusable: [CorpusFailure]
  }

  /// The convention of the features.
  public let convention: LogMelConvention
  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let index: CorpusIndex
  private let recordings: Recordings
  /// The indices of the recordings whose features have a valid file name.
  private let numbers: [Int]
  /// The recordings whose features have none.
  private let nameless: [CorpusFailure]
  private let folder: String
  private let workers: Workers

  private static let indexName = "corpus.json"

  /// Scans a corpus, and creates the folder.
  ///
  /// - Parameters:
  ///   - corpus: a folder of recordings.
  ///   - folder: the folder of features: new, empty, or one of features of the same convention, which is continued.
  ///   - convention: the convention, for the default model rate of the corpus in Hz.
  ///   - existing: whether existing features, also of another convention, are replaced. Those in the folder's list,
  ///     `files.json`, are removed; other files are kept, except where they have the name of a recording's features.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `FileFault`, `AudioFault`, `CheckpointFault`; `SpectraFault.badConvention`;
  ///   `FeatureFault.otherConvention`, `.sameName`; `FileFault.exists` where a file that is not in the list has the
  ///   name of a recording's features.
  public init(
    corpus: String, folder: String, existing: AtomicFile.Existing = .refuse,
    options: RecordingOptions = RecordingOptions(), strict: Bool = false, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    convention: (_ sampleRate: Int) throws -> LogMelConvention
  ) throws {
    let folder = Folder.trimmed(folder)
    try Self.checkIsFree(folder)
    // Unchanged files are not read again when the work is continued.
    let kept = folder + "/" + Self.indexName
    let earlier = try? CorpusIndex.load(kept, folder: corpus)
    index = try CorpusIndex.scan(
      corpus, options: options, reusing: earlier, strict: strict, workers: workers, progress: progress)
    self.convention = try convention(index.modelSampleRate)
    _ = try LogMel(self.convention)
    // Every recording is read once, sequentially.
    let recordings = try Recordings(
      index, sampleRate: self.convention.sampleRate, cacheBytes: 16 << 20, workers: workers)
    self.recordings = recordings
    self.folder = folder
    self.workers = workers

    try JobFault.checkNames(recordings.items.map(\.path), FeatureFolder.fileName)
    var list = try FeatureList(folder: folder, index: earlier)
    try Folder.create(folder)
    let all = recordings.items.map { FeatureFolder.fileName(of: $0.path) }
    let tooLong = Set(all.indices.filter { AtomicFile.hasTooLongName(folder + "/" + all[$0]) })
    if let first = tooLong.min(), strict || tooLong.count == all.count {
      throw FileFault.cannotCreate(
        path: folder + "/" + all[first], reason: "the name is too long; rename the recording")
    }
    let numbers = all.indices.filter { !tooLong.contains($0) }
    nameless = tooLong.sorted().map {
      CorpusFailure(
        path: recordings.items[$0].path, reason: "\(recordings.items[$0].path): its features would have too long a name"
      )
    }
    self.numbers = numbers
    let made = numbers.map { all[$0] }
    Leftovers.remove(besides: made.map { folder + "/" + $0 } + [folder + "/" + FeatureFolder.documentName])
    var others: [String] = []
    if existing == .replace {
      // Features of the old convention must be removed before the convention changes.
      try list.removeFiles(in: folder)
      list.add(made)
      others = list.others(in: folder)
    } else {
      if try FeatureFolder(folder).convention != nil {
        try FeatureFolder(folder).check(
          FeatureConditioning(.logMel(self.convention)), channel: options.channel)
      }
      if let other = list.missing(of: made).map({ folder + "/" + $0 }).first(where: AtomicFile.isTaken) {
        throw FileFault.exists(path: other)
      }
      list.add(made)
    }
    warnings =
      CorpusRemarks.list(index, [recordings], nameless: nameless)
      + (others.isEmpty
        ? []
        : [
          "\(folder): \(Plural.text(others.count, "file of features is", "files of features are")) not in its list and "
            + "\(Plural.word(others.count, "stays", "stay")), such as \(others[0])"
        ])
    try FeatureFolder.writeDocument(self.convention, channel: options.channel, toFolder: folder)
    try list.write(toFolder: folder)
    try index.save(to: kept)
  }

  /// Computes the missing features.
  ///
  /// - Parameters:
  ///   - processes: those that divide the recordings among them, each with such a job of the same arguments; nil for one. The
  ///     job of the first one is made before those of the others, and all before any runs.
  ///   - progress: called from any thread with the number of finished recordings and of all recordings.
  ///   - shouldStop: called between recordings, from any thread; true ends the work, which another job can continue.
  /// - Returns: nil where it was stopped.
  /// - Throws: `FileFault`, `AudioFault`.
  public func run(
    processes: (any Communicator)? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> Result? {
    let own = (processes?.own(of: numbers.indices) ?? Array(numbers.indices)).map { numbers[$0] }
    let logMel = try LogMel(convention)
    let times = Dictionary(uniqueKeysWithValues: index.entries.map { (PathBytes($0.path), $0.modificationTime) })
    // A few long recordings are computed by several threads each.
    let inner = Workers(threads: workers.threads / max(1, min(workers.threads, recordings.count)))
    let done = Atomic<Int>(0)
    let isEnded = Atomic<Bool>(false)
    let outcomes = workers.map(parts: own.count) { part -> Swift.Result<Bool, any Error>? in
      let number = own[part]
      if isEnded.load(ordering: .relaxed) || shouldStop() { return nil }
      let outcome = Swift.Result {
        let isThere = try isPresent(number, since: times[PathBytes(recordings.items[number].path)] ?? .infinity)
        if !isThere { try write(number, logMel, workers: inner) }
        return isThere
      }
      if case .failure = outcome { isEnded.store(true, ordering: .relaxed) }
      progress(done.wrappingAdd(1, ordering: .relaxed).newValue, own.count)
      return outcome
    }
    let finished = try outcomes.compactMap { try $0?.get() }
    let (missing, kept) = (outcomes.count - finished.count, finished.count { $0 })
    let totals = processes.map { $0.sum([Double(missing), Double(kept)]) {} } ?? [Double(missing), Double(kept)]
    if totals[0] > 0 { return nil }
    if processes != nil, let number = numbers.first(where: { !AtomicFile.exists(path($0)) }) {
      throw JobFault.notShared(path: path(number))
    }
    let lengths = numbers.map(recordings.frames)
    let frames = lengths.reduce(0) { $0 + convention.frames(ofSamples: $1) }
    return Result(
      folder: folder, convention: convention, files: numbers.count, kept: Int(totals[1]), frames: frames,
      seconds: Double(lengths.reduce(0, +)) / Double(convention.sampleRate), skipped: recordings.skipped,
      unusable: index.failures + nameless)
  }

  /// Throws where the folder contains other files than features, or cannot be written.
  private static func checkIsFree(_ folder: String) throws {
    if !AtomicFile.exists(folder) {
      // Parent folders are created too: the nearest existing one must be writable.
      var above = folder
      while !AtomicFile.exists(above), let next = PathText.folder(above) { above = next }
      let parent = AtomicFile.exists(above) ? above : PathText.isAbsolute(folder) ? "" : "."
      return try AtomicFile.check(parent + "/" + FeatureFolder.documentName, existing: .replace)
    }
    try AtomicFile.check(folder + "/" + FeatureFolder.documentName, existing: .replace)
    let names = try Folder.names(folder).filter { !TemporaryName.matches($0) }
    if let other = names.first, !names.contains(FeatureFolder.documentName) {
      throw FileFault.cannotCreate(
        path: folder, reason: "the folder contains \(other) and no \(FeatureFolder.documentName); give a new folder")
    }
  }

  private func path(_ number: Int) -> String {
    folder + "/" + FeatureFolder.fileName(of: recordings.items[number].path)
  }

  /// Whether the features of a recording exist, have its length and are not older than it.
  private func isPresent(_ number: Int, since time: Double) throws -> Bool {
    guard let written = try? FileStatus(path(number)).modificationTime, written >= time else { return false }
    guard let file = try? NumpyFile(path(number)) else { return false }
    return file.rows == convention.frames(ofSamples: recordings.frames(of: number)) && file.columns == convention.bands
  }

  private func write(_ number: Int, _ logMel: LogMel, workers: Workers) throws {
    let path = path(number)
    if let folder = PathText.folder(path) { try Folder.create(folder) }
    let frames = convention.frames(ofSamples: recordings.frames(of: number))
    try NumpyMatrix.write(rows: frames, columns: convention.bands, to: path, existing: .replace) { append in
      try logMel.forEachBlock(of: RecordingSource(recordings, number), workers: workers) { try append($0.values) }
    }
  }
}

/// A recording at a model's rate with random access to its samples.
struct RecordingSource: SampleSource {
  let recordings: Recordings
  let number: Int

  init(_ recordings: Recordings, _ number: Int) { (self.recordings, self.number) = (recordings, number) }

  var sampleRate: Int { recordings.sampleRate }
  var channelCount: Int { 1 }
  var frames: Int { recordings.frames(of: number) }
  var label: String { recordings.items[number].path }
  func samples(in range: Range<Int>) throws -> [[Float]] { [try recordings.read(number, range)] }
}
