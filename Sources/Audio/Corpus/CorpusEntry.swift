import KodamaCore

/// One usable file of a corpus: its path and the properties of its sound.
public struct CorpusEntry: Sendable, Equatable, Codable {
  /// The path relative to the corpus's folder, with "/" between its parts.
  public let path: String
  /// The size of the file in bytes.
  public let bytes: Int
  /// When the file was last modified, in seconds since 1970.
  public let modificationTime: Double
  /// The name of the format, detected from the content.
  public let format: String
  /// Samples of one channel at the file's own rate.
  public let frames: Int
  /// The file's own sample rate in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channels: Int
  /// The largest magnitude of a sample, after the downmix; full scale is 1.
  public let peak: Float
  /// Samples with a magnitude of at least 32,767/32,768, after the downmix.
  public let clippedSamples: Int
  /// The share of 20 ms windows at or below the silence threshold, after the downmix, 0 to 1.
  public let silenceShare: Double
  /// A hash of all samples, their rate and the number of channels: equal for equal sound in any format.
  public let contentHash: StableHash
  /// Warnings about the file.
  public let warnings: [AudioWarning]
  /// Labels by name: "label" for the first folder, the groups of a pattern, or the columns of a CSV file.
  public internal(set) var labels: [String: String] = [:]
  /// The ranges of frames that are used, in order, of a file that was divided; nil for a whole file. They are not part
  /// of an index in a file.
  public private(set) var parts: [Range<Int>]?

  /// The length in seconds.
  public var duration: Double { Double(frames) / Double(sampleRate) }
  /// Whether the whole file is at or below the silence threshold.
  public var isSilent: Bool { silenceShare >= 1 }
  /// The length of what is used, in seconds.
  public var usedSeconds: Double {
    parts.map { Double($0.reduce(0) { $0 + $1.count }) / Double(sampleRate) } ?? duration
  }

  /// The entry with only some ranges of its frames.
  func divided(_ parts: [Range<Int>]) -> CorpusEntry {
    var entry = self
    entry.parts = parts
    return entry
  }

  private enum CodingKeys: String, CodingKey {
    case path, bytes, modificationTime, format, frames, sampleRate, channels, peak, clippedSamples, silenceShare
    case contentHash, warnings, labels
  }
}

/// One file of a corpus that cannot be used.
public struct CorpusFailure: Sendable, Equatable, Codable {
  /// The path relative to the corpus's folder.
  public let path: String
  /// Why it cannot be used.
  public let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

extension CorpusEntry {
  /// Reads a whole file in blocks and measures it.
  ///
  /// - Throws: `FileFault.cannotRead`, `AudioFault`.
  init(path: String, in folder: String, status: FileStatus, options: RecordingOptions) throws {
    let file = try AudioFile(folder + "/" + path)
    try options.channel.check(file)
    var measure = SoundMeasure(sampleRate: file.sampleRate, channels: file.channels, options: options)
    try file.forEachBlock { measure.add($0) }
    self.path = path
    bytes = status.bytes
    modificationTime = status.modificationTime
    format = file.formatName
    frames = measure.frames
    sampleRate = file.sampleRate
    channels = file.channels
    peak = measure.peak
    clippedSamples = measure.clippedSamples
    silenceShare = measure.finishSilenceShare()
    contentHash = measure.contentHash
    warnings = file.warnings + measure.warnings
  }
}
