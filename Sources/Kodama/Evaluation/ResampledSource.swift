import KodamaAudio
import KodamaCore
import KodamaSpectra

/// A sound at another sample rate: converted once, in blocks, into a temporary file with random access.
struct ResampledSource: SampleSource {
  let label: String
  let sampleRate: Int
  let channelCount: Int
  let frames: Int
  /// Samples of all channels, [time][channel].
  private let spool: SpoolFile

  /// Converts a sound.
  ///
  /// - Throws: `FileFault`, and whatever reading throws.
  init(_ source: any SampleSource, sampleRate: Int) throws {
    label = source.label
    self.sampleRate = sampleRate
    channelCount = source.channelCount
    frames = Resampler.outputCount(source.frames, from: source.sampleRate, to: sampleRate)
    spool = try SpoolFile()
    let resamplers = (0..<channelCount).map { _ in Resampler(from: source.sampleRate, to: sampleRate) }
    try source.forEachBlock { block in try append(zip(resamplers, block).map { $0.process($1) }) }
    try append(resamplers.map { $0.finish() })
  }

  func samples(in range: Range<Int>) throws -> [[Float]] {
    let (stride, width) = (channelCount, channelCount * MemoryLayout<Float>.stride)
    var interleaved = [Float](repeating: 0, count: range.count * stride)
    try interleaved.withUnsafeMutableBytes { try spool.read(at: range.lowerBound * width, into: $0) }
    if stride == 1 { return [interleaved] }
    return (0..<stride).map { channel in range.indices.map { interleaved[($0 - range.lowerBound) * stride + channel] } }
  }

  /// Appends samples: the same number for every channel.
  private func append(_ channels: [[Float]]) throws {
    let interleaved =
      channels.count == 1 ? channels[0] : channels[0].indices.flatMap { time in channels.map { $0[time] } }
    try interleaved.withUnsafeBytes { try spool.append($0) }
  }
}
