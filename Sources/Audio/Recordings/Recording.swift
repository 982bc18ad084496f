/// One recording as the input of a model: a file, or a part of one that was divided, mono, at the model's rate, with
/// silence at its ends possibly trimmed.
public struct Recording: Sendable, Equatable {
  /// The path relative to the corpus's folder.
  public let path: String
  /// Its labels by name.
  public let labels: [String: String]
  /// Samples at the model's rate.
  public let frames: Int
  /// The range of frames of the file that are used, at the file's own rate.
  public let used: Range<Int>
  /// The range of frames that was not trimmed: all of the file, unless it was divided.
  private let part: Range<Int>
  /// The file's own rate in Hz.
  public let fileSampleRate: Int
  /// The number of channels of the file.
  public let fileChannels: Int

  /// Frames of silence trimmed from the start, at the file's own rate.
  public var trimmedAtStart: Int { used.lowerBound - part.lowerBound }
  /// Frames of silence trimmed from the end, at the file's own rate.
  public var trimmedAtEnd: Int { part.upperBound - used.upperBound }
  /// Seconds of silence trimmed from both ends.
  public var trimmedSeconds: Double { Double(trimmedAtStart + trimmedAtEnd) / Double(fileSampleRate) }

  /// - Parameters:
  ///   - part: a part of the file.
  ///   - used: the range of it that is left after trimming.
  init(_ entry: CorpusEntry, part: Range<Int>, used: Range<Int>, sampleRate: Int) {
    path = entry.path
    labels = entry.labels
    frames = Resampler.outputCount(used.count, from: entry.sampleRate, to: sampleRate)
    self.used = used
    self.part = part
    fileSampleRate = entry.sampleRate
    fileChannels = entry.channels
  }
}

/// Reads a section of a recording at the model's rate.
///
/// Where the rates differ, the section is converted with a margin at both ends, starting at an output sample that
/// coincides with an input sample, so that up to rounding it equals the same section of the whole recording converted
/// at once.
enum RecordingPage {
  /// The margin in samples of the lower rate: longer than the resampler's filters.
  private static let margin = 2_048

  /// Samples `range` of a recording at `sampleRate`.
  ///
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.changed` where the file no longer matches the index.
  static func read(
    _ recording: Recording, _ range: Range<Int>, in folder: String, channel: ChannelChoice, sampleRate: Int
  ) throws -> [Float] {
    let file = try AudioFile(folder + "/" + recording.path)
    if file.sampleRate != recording.fileSampleRate || file.channels != recording.fileChannels {
      let problem = "\(file.channels) channels at \(file.sampleRate) Hz"
      throw AudioFault.changed(path: file.path, problem: problem)
    }
    if file.sampleRate == sampleRate { return try mono(file, recording, range, channel) }

    let divisor = greatestCommonDivisor(file.sampleRate, sampleRate)
    let (inputStep, outputStep) = (file.sampleRate / divisor, sampleRate / divisor)
    let lowerRate = min(file.sampleRate, sampleRate)
    let outputMargin = margin * sampleRate / lowerRate
    let firstStep = max(0, range.lowerBound - outputMargin) / outputStep
    let lastStep = (range.upperBound + outputMargin) / outputStep + 1
    let input = firstStep * inputStep..<min(recording.used.count, lastStep * inputStep)
    var segment = try mono(file, recording, input, channel)
    // Zeros after the recording provide the margin of the last samples.
    segment += [Float](repeating: 0, count: lastStep * inputStep - input.upperBound)
    let output = Resampler.convert(segment, from: file.sampleRate, to: sampleRate)
    let start = range.lowerBound - firstStep * outputStep
    return Array(output[start..<start + range.count])
  }

  /// Samples `range` of the used part of a file, at its own rate.
  private static func mono(
    _ file: AudioFile, _ recording: Recording, _ range: Range<Int>, _ channel: ChannelChoice
  ) throws -> [Float] {
    do {
      try file.seek(to: recording.used.lowerBound + range.lowerBound)
    } catch AudioFault.decodingFailed(let path, let frame, _) {
      throw AudioFault.changed(path: path, problem: "it ends before sample \(frame)")
    }
    var samples: [Float] = []
    samples.reserveCapacity(range.count)
    // In blocks, because a file may have hundreds of channels.
    while samples.count < range.count {
      let frames = min(range.count - samples.count, max(1, 65_536 / file.channels))
      let block = try file.read(frames: frames)
      if block.count != frames * file.channels {
        let problem = "it ends before sample \(recording.used.lowerBound + range.upperBound)"
        throw AudioFault.changed(path: file.path, problem: problem)
      }
      samples += channel.mono(block, channels: file.channels)
    }
    return samples
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
