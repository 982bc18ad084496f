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

  /// The corpus's folder.
  public let folder: String
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
  /// The largest magnitude of a sample; full scale is 1.
  public let peak: Float
  /// Samples at full scale, in all channels.
  public let clippedSamples: Int
  /// Files that hold such samples.
  public let clippedFiles: Int
  /// The share of silence by time, 0 to 1: windows of 20 ms no louder than −60 dB of full scale.
  public let silenceShare: Double
  /// Files that hold nothing louder, or nothing at all.
  public let silentFiles: [String]
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

  /// Sums up an index.
  public init(_ index: CorpusIndex) {
    let entries = index.entries
    folder = index.folder
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
