/// Reads a stretch of a recording at the model's rate.
///
/// Where the rates differ, the stretch is converted with a margin at both ends, beginning at a sample of the output
/// that falls on one of the input, so that it equals the same stretch of the whole recording converted at once, but for
/// rounding.
enum RecordingPage {
  /// The margin in samples of the lower rate: longer than the resampler's filters reach.
  private static let margin = 2_048

  /// Samples `range` of a recording at `sampleRate`.
  ///
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.changed` where the file is no longer what the index says.
  static func read(_ recording: Recording, _ range: Range<Int>, in folder: String, sampleRate: Int) throws -> [Float] {
    let file = try AudioFile(folder + "/" + recording.path)
    if file.sampleRate != recording.fileSampleRate || file.channels != recording.fileChannels {
      let problem = "\(file.channels) channels at \(file.sampleRate) Hz"
      throw AudioFault.changed(path: file.path, problem: problem)
    }
    if file.sampleRate == sampleRate { return try mono(file, recording, range) }

    let divisor = greatestCommonDivisor(file.sampleRate, sampleRate)
    let (inputStep, outputStep) = (file.sampleRate / divisor, sampleRate / divisor)
    let lowerRate = min(file.sampleRate, sampleRate)
    let outputMargin = margin * sampleRate / lowerRate
    let firstStep = max(0, range.lowerBound - outputMargin) / outputStep
    let lastStep = (range.upperBound + outputMargin) / outputStep + 1
    let input = firstStep * inputStep..<min(recording.used.count, lastStep * inputStep)
    let output = Resampler.convert(
      try mono(file, recording, input), from: file.sampleRate, to: sampleRate)
    let start = range.lowerBound - firstStep * outputStep
    return Array(output[start..<start + range.count])
  }

  /// Samples `range` of the used part of a file, at its own rate.
  private static func mono(_ file: AudioFile, _ recording: Recording, _ range: Range<Int>) throws -> [Float] {
    try file.seek(to: recording.used.lowerBound + range.lowerBound)
    let block = try file.read(frames: range.count)
    if block.count != range.count * file.channels {
      let problem = "\(range.count) samples from \(recording.used.lowerBound + range.lowerBound) are no longer there"
      throw AudioFault.changed(path: file.path, problem: problem)
    }
    return Downmix.mono(block, channels: file.channels)
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
