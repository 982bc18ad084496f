import KodamaCore

/// White noise of the length of a sound and with the level of each of its channels, as a baseline without any
/// structure.
///
/// n[c, t] = rms(x[c]) · g[c, t], g standard normal. The same sound gets the same noise.
public struct WhiteNoise: SampleSource {
  public let sampleRate: Int
  public let frames: Int
  public let label: String
  /// √(mean x²) of each channel, relative to full scale.
  public let levels: [Double]

  public var channelCount: Int { levels.count }

  /// Noise in place of a sound, which is read once.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public init(like source: any SampleSource) throws {
    var power = [Double](repeating: 0, count: source.channelCount)
    try source.forEachBlock { block in
      for (channel, samples) in block.enumerated() {
        power[channel] += samples.reduce(0) { $0 + Double($1) * Double($1) }
      }
    }
    sampleRate = source.sampleRate
    frames = source.frames
    label = "white noise as loud as \(source.label)"
    levels = power.map { ($0 / Double(max(1, source.frames))).squareRoot() }
  }

  public func samples(in range: Range<Int>) -> [[Float]] {
    levels.enumerated().map { channel, level in
      // A normal number uses two words, so any range of the stream can be accessed directly.
      var random = Philox(seed: 0, stream: UInt64(channel), position: 2 * UInt64(range.lowerBound))
      return range.map { _ in Float(level * random.normal()) }
    }
  }
}
