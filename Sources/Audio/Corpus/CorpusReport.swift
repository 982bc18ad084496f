import KodamaCore

/// What is in a corpus and what is wrong with it, as `kodama corpus inspect` tells it: as JSON by encoding, as a table by
/// `description`.
public struct CorpusReport: Sendable, Equatable, Codable {
  /// How many files have a property.
  public struct Count<Value: Codable & Hashable & Sendable>: Sendable, Equatable, Codable {
    /// The property, such as a rate in Hz.
    public let value: Value
    /// The number of files.
    public let files: Int
    /// Their length together, in seconds.
    public let seconds: Double
  }

  /// A file with something odd about it.
  public struct Remark: Sendable, Equatable, Codable {
    /// The path relative to the corpus's folder.
    public let path: String
    /// What is odd.
    public let remark: String
  }

  /// What a trimming of silence would do.
  public struct Trimming: Sendable, Equatable, Codable {
    /// The loudest that counts as silence, in dB of full scale.
    public let thresholdDecibels: Double
    /// Files that would lose something at their ends.
    public let files: Int
    /// What they would lose, in seconds.
    public let seconds: Double
    /// Files that hold nothing louder, and would be left out.
    public let silentFiles: [String]
  }

  /// The corpus's folder.
  public let folder: String
  /// How files were mixed down before they were measured, and what counted as silence.
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
  /// The rate that training would take, in Hz.
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
  /// Files that exceed full scale, where a model's samples end.
  public let filesOverFullScale: [String]
  /// Samples at full scale, after the downmix.
  public let clippedSamples: Int
  /// Files that hold such samples.
  public let clippedFiles: Int
  /// The share of silence by time, 0 to 1: windows of 20 ms no louder than silence may be.
  public let silenceShare: Double
  /// Files that hold nothing louder, or nothing at all.
  public let silentFiles: [String]
  /// What a trimming of silence would do; nil where none was asked about.
  public let trimming: Trimming?
  /// Groups of files with equal sound.
  public let duplicates: [[String]]
  /// Usable files with something odd about them.
  public let warnings: [Remark]
  /// Files that cannot be used, and why.
  public let unusable: [CorpusFailure]
  /// The number of files that are not sound.
  public let ignoredFiles: Int
  /// The corpus's fingerprint.
  public let fingerprint: StableHash

  /// Sums up an index, and reads all files again where it is to be known what a trimming would do.
  ///
  /// - Throws: `FileFault`, `AudioFault` where files cannot be read again.
  public init(_ index: CorpusIndex, trimming: SilenceTrimming?, workers: Workers = .all) throws {
    self.init(index, try trimming.map { try Trimming($0, of: index, workers: workers) })
  }

  /// Sums up an index.
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
