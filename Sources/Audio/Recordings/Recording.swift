/// One recording as a model hears it: mono, at the model's rate, silence at its ends perhaps cut.
public struct Recording: Sendable, Equatable {
  /// The path relative to the corpus's folder.
  public let path: String
  /// Its labels by name.
  public let labels: [String: String]
  /// Samples at the model's rate.
  public let frames: Int
  /// The frames of the file that are used, at the file's own rate.
  public let used: Range<Int>
  /// All frames of the file.
  public let fileFrames: Int
  /// The file's own rate in Hz.
  public let fileSampleRate: Int
  /// The number of channels of the file.
  public let fileChannels: Int

  /// Frames of silence cut from the beginning, at the file's own rate.
  public var trimmedAtStart: Int { used.lowerBound }
  /// Frames of silence cut from the end, at the file's own rate.
  public var trimmedAtEnd: Int { fileFrames - used.upperBound }
  /// Seconds of silence cut from both ends.
  public var trimmedSeconds: Double { Double(trimmedAtStart + trimmedAtEnd) / Double(fileSampleRate) }

  init(_ entry: CorpusEntry, used: Range<Int>, sampleRate: Int) {
    path = entry.path
    labels = entry.labels
    frames = Resampler.outputCount(used.count, from: entry.sampleRate, to: sampleRate)
    self.used = used
    fileFrames = entry.frames
    fileSampleRate = entry.sampleRate
    fileChannels = entry.channels
  }
}
