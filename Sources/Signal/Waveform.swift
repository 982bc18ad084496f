/// Sound in memory: samples of one or more channels at a sample rate.
public struct Waveform: Sendable, Equatable {
  /// The samples of each channel, [channel][time], full scale ±1. All channels have the same length.
  public var channels: [[Float]]
  /// Samples of one channel per second, in Hz.
  public var sampleRate: Int

  /// - Precondition: at least one channel, all of the same length; a positive sample rate in Hz.
  public init(channels: [[Float]], sampleRate: Int) {
    precondition(!channels.isEmpty, "a waveform needs at least one channel")
    precondition(
      channels.allSatisfy { $0.count == channels[0].count },
      "the channels of a waveform must have one length, not \(channels.map(\.count))")
    precondition(sampleRate > 0, "the sample rate of a waveform must be positive, not \(sampleRate) Hz")
    self.channels = channels
    self.sampleRate = sampleRate
  }

  /// Mono sound.
  public init(_ samples: [Float], sampleRate: Int) { self.init(channels: [samples], sampleRate: sampleRate) }

  /// Samples of one channel: the length in time steps.
  public var frames: Int { channels[0].count }
  /// The length in seconds.
  public var duration: Double { Double(frames) / Double(sampleRate) }

  /// The mean of the channels, as one channel.
  public var mono: [Float] {
    if channels.count == 1 { return channels[0] }
    let scale = 1 / Float(channels.count)
    return (0..<frames).map { t in
      var sum: Float = 0
      for channel in channels { sum += channel[t] }
      return sum * scale
    }
  }
}
