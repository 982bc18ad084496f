import KodamaCore

/// A summary of a corpus and of its problems, as printed by `kodama corpus inspect`: encodes to JSON; `description` is
/// a table.
public struct CorpusReport: Sendable, Equatable, Codable {
  /// The files that share a property.
  public struct Count<Value: Codable & Hashable & Sendable>: Sendable, Equatable, Codable {
    /// The property, such as a rate in Hz.
    public let value: Value
    /// The number of files.
    public let files: Int
    /// Their total length in seconds.
    public let seconds: Double
  }

  /// A file with a warning.
  public struct Remark: Sendable, Equatable, Codable {
    /// The path relative to the corpus's folder.
    public let path: String
    /// The warning.
    public let remark: String
  }

  /// The effect of trimming silence.
  public struct Trimming: Sendable, Equatable, Codable {
    /// The threshold of silence in dBFS.
    public let thresholdDecibels: Double
    /// The number of files that would be shortened.
    public let files: Int
    /// The total length that would be removed, in seconds.
    public let seconds: Double
    /// Files without anything louder, which would be left out.
    public let silentFiles: [String]
  }

  /// The corpus's folder.
  public let folder: String
  /// The downmix that was applied before measuring, and the silence threshold.
  public let options: RecordingOptions
  /// Usable files.
  public let files: Int
  /// The length of all usable files, in seconds.
  public let seconds: Double
  /// The shortest file, in seconds.
  public let shortestSeconds: Double
  /// The longest file, in seconds.
  public let longestSeconds: Double
  /// The size of all usable files in bytes.
  public let bytes: Int
  /// The default sample rate of training, in Hz.
  public let modelSampleRate: Int
  /// Files by sample rate in Hz.
  public let sampleRates: [Count<Int>]
  /// Files by number of channels.
  public let channels: [Count<Int>]
  /// Files by format.
  public let formats: [Count<String>]
  /// Files by label, "name=value".
  public let labels: [Count<String>]
  /// The largest magnitude of a sample, after the downmix; full scale is 1.
  public let peak: Float
  /// Files that exceed full scale, the range of a model's samples.
  public let filesOverFullScale: [String]
  /// Samples at full scale, after the downmix.
  public let clippedSamples: Int
  /// The number of files with such samples.
  public let clippedFiles: Int
  /// The share of silence by time, 0 to 1: 20 ms windows at or below the silence threshold.
  public let silenceShare: Double
  /// Files that are silent throughout or empty.
  public let silentFiles: [String]
  /// The effect of trimming silence; nil where no trimming was given.
  public let trimming: Trimming?
  /// Groups of files with equal sound.
  public let duplicates: [[String]]
  /// Warnings about usable files.
  public let warnings: [Remark]
  /// Unusable files and the reasons.
  public let unusable: [CorpusFailure]
  /// The number of files that are not sound.
  public let ignoredFiles: Int
  /// The corpus's fingerprint.
  public let fingerprint: StableHash

  /// Summarizes an index; with a trimming, reads all files again to measure its effect.
  ///
  /// - Throws: `FileFault`, `AudioFault` where files cannot be read again.
  public init(_ index: CorpusIndex, trimming: SilenceTrimming?, workers: Workers = .all) throws {
    self.init(index, try trimming.map { try Trimming($0, of: index, workers: workers) })
  }

  /// Summarizes an index.
  public init(_ index: CorpusIndex) { self.init(index, nil) }

  private init(_ index: CorpusIndex, _ trimming: Trimming?) {
    let entries = index.entries
    folder = index.folder
    options = index.options
    self.trimming = trimming
    files = entries.count
    seconds = entries.reduce(0) { $0 + $1.duration }
    shortestSeconds = entries.map(\.duration).min() ?? 0
    longestSeconds = entries.map(\.duration).max() ?? 0
    bytes = entries.reduce(0) { $0 + $1.bytes }
    modelSampleRate = index.modelSampleRate
    sampleRates = Self.count(entries) { [$0.sampleRate] }
    channels = Self.count(entries) { [$0.channels] }
    formats = Self.count(entries) { [$0.format] }
    labels = Self.count(entries) { $0.labels.map { "\($0.key)=\($0.value)" } }
    peak = entries.map(\.peak).max() ?? 0
    filesOverFullScale = entries.filter { $0.peak > 1 }.map(\.path)
    clippedSamples = entries.reduce(0) { $0 + $1.clippedSamples }
    clippedFiles = entries.count { $0.clippedSamples > 0 }
    silenceShare = seconds > 0 ? entries.reduce(0) { $0 + $1.silenceShare * $1.duration } / seconds : 0
    silentFiles = entries.filter(\.isSilent).map(\.path)
    duplicates = Dictionary(grouping: entries.filter { $0.frames > 0 }, by: \.contentHash).values
      .filter { $0.count > 1 }.map { $0.map(\.path) }.sorted { PathBytes($0[0]) < PathBytes($1[0]) }
    warnings = entries.flatMap { entry in entry.warnings.map { Remark(path: entry.path, remark: "\($0)") } }
    unusable = index.failures
    ignoredFiles = index.ignored.count
    fingerprint = index.fingerprint
  }

  private static func count<Value: Comparable & Codable & Hashable & Sendable>(
    _ entries: [CorpusEntry], by values: (CorpusEntry) -> [Value]
  ) -> [Count<Value>] {
    var totals: [Value: (files: Int, seconds: Double)] = [:]
    for entry in entries {
      for value in values(entry) {
        let total = totals[value, default: (0, 0)]
        totals[value] = (total.files + 1, total.seconds + entry.duration)
      }
    }
    return totals.keys.sorted().map { Count(value: $0, files: totals[$0]!.files, seconds: totals[$0]!.seconds) }
  }
}

extension CorpusReport.Trimming {
  fileprivate init(_ trimming: SilenceTrimming, of index: CorpusIndex, workers: Workers) throws {
    let entries = index.entries.filter { !$0.isSilent }
    let ranges = try workers.map(parts: entries.count) { number in
      Result { try trimming.keptRange(of: entries[number], in: index.folder, channel: index.options.channel) }
    }.map { try $0.get() }
    let kept = zip(entries, ranges).compactMap { entry, range in range.map { (entry, entry.frames - $0.count) } }
    thresholdDecibels = trimming.thresholdDecibels
    files = kept.count { $0.1 > 0 }
    seconds = kept.reduce(0) { $0 + Double($1.1) / Double($1.0.sampleRate) }
    silentFiles = zip(entries, ranges).filter { $0.1 == nil }.map(\.0.path)
  }
}
