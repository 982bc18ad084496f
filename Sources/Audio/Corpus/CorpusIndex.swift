import KodamaCore

/// The index of a folder of recordings: paths and measurements, without the sound.
public struct CorpusIndex: Sendable, Equatable {
  /// The folder that the paths are relative to.
  public let folder: String
  /// The downmix that was applied before measuring, and the silence threshold.
  public let options: RecordingOptions
  /// The usable files, in order of their paths.
  public let entries: [CorpusEntry]
  /// The files that look like sound by content or name but are unusable, in order of their paths.
  public let failures: [CorpusFailure]
  /// Other files, which are neither sound by content nor by name, in order of their paths.
  public let ignored: [String]

  /// The default sample rate of a model of the corpus, in Hz: that of the files if they share one of at most 16 kHz,
  /// else 16 kHz.
  public var modelSampleRate: Int {
    let rates = Set(entries.map(\.sampleRate))
    if let rate = rates.first, rates.count == 1, rate <= 16_000 { return rate }
    return 16_000
  }

  /// A hash of the paths and the sound of all usable files, which prevents continuing work on another corpus.
  public var fingerprint: StableHash {
    var state = StableHash.State()
    for entry in entries {
      state.combine(entry.path)
      state.combine(entry.contentHash.value)
      state.combine(UInt64(entry.frames))
      for part in entry.parts ?? [] {
        state.combine(UInt64(part.lowerBound))
        state.combine(UInt64(part.upperBound))
      }
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
  public func filtered(_ isIncluded: (CorpusEntry) -> Bool) -> CorpusIndex { replacing(entries.filter(isIncluded)) }

  /// The index with other entries.
  func replacing(_ entries: [CorpusEntry]) -> CorpusIndex {
    CorpusIndex(folder: folder, options: options, entries: entries, failures: failures, ignored: ignored)
  }

  /// The differences from an earlier index, by path and sound.
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
  /// Added files.
  public let added: [String]
  /// Removed files.
  public let removed: [String]
  /// Files whose sound has changed.
  public let changed: [String]

  /// Whether there are no differences.
  public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
}

extension CorpusIndex {
  /// The files with sound. Silent files are removed before a corpus is split, so that no part is silent.
  ///
  /// - Throws: `AudioFault.noUsableAudio` where there are none.
  package func sounding() throws -> CorpusIndex {
    let sounding = filtered { $0.frames > 0 && !$0.isSilent }
    if sounding.entries.isEmpty { _ = try Recordings(self) }
    return sounding
  }
}
