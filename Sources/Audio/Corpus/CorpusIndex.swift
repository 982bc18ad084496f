import KodamaCore

/// What is in a folder of recordings: measured once, kept, and checked for changes. It holds no sound.
public struct CorpusIndex: Sendable, Equatable {
  /// The folder that the paths are relative to.
  public let folder: String
  /// How files were mixed down before they were measured, and what counted as silence.
  public let options: RecordingOptions
  /// The usable files, in order of their paths.
  public let entries: [CorpusEntry]
  /// The files that look like sound by content or name but cannot be used, in order of their paths.
  public let failures: [CorpusFailure]
  /// Other files, which are neither sound by content nor by name, in order of their paths.
  public let ignored: [String]

  /// The rate to model the corpus at, in Hz: its own where that is one rate of at most 16 kHz, else 16 kHz.
  public var modelSampleRate: Int {
    let rates = Set(entries.map(\.sampleRate))
    if let rate = rates.first, rates.count == 1, rate <= 16_000 { return rate }
    return 16_000
  }

  /// A hash of the paths and the sound of all usable files, so that work on one corpus is not continued on another.
  public var fingerprint: StableHash {
    var state = StableHash.State()
    for entry in entries {
      state.combine(entry.path)
      state.combine(entry.contentHash.value)
      state.combine(UInt64(entry.frames))
    }
    return state.hash
  }

  init(
    folder: String, options: RecordingOptions = RecordingOptions(), entries: [CorpusEntry], failures: [CorpusFailure],
    ignored: [String]
  ) {
    (self.folder, self.options) = (folder, options)
    (self.entries, self.failures, self.ignored) = (entries, failures, ignored)
  }

  /// The index of some of the files.
  public func filtered(_ isIncluded: (CorpusEntry) -> Bool) -> CorpusIndex {
    CorpusIndex(
      folder: folder, options: options, entries: entries.filter(isIncluded), failures: failures, ignored: ignored)
  }

  /// What is different from an earlier index, by path and sound.
  public func changes(since earlier: CorpusIndex) -> CorpusChanges {
    let before = Dictionary(uniqueKeysWithValues: earlier.entries.map { (PathBytes($0.path), $0.contentHash) })
    let after = Dictionary(uniqueKeysWithValues: entries.map { (PathBytes($0.path), $0.contentHash) })
    return CorpusChanges(
      added: entries.map(\.path).filter { before[PathBytes($0)] == nil },
      removed: earlier.entries.map(\.path).filter { after[PathBytes($0)] == nil },
      changed: entries.filter { entry in
        before[PathBytes(entry.path)].map { $0 != entry.contentHash } ?? false
      }.map(\.path))
  }
}

/// The difference between two indexes of a corpus, in paths.
public struct CorpusChanges: Sendable, Equatable, Codable {
  /// Files that are new.
  public let added: [String]
  /// Files that are gone.
  public let removed: [String]
  /// Files whose sound is another.
  public let changed: [String]

  /// Whether nothing is different.
  public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
}
