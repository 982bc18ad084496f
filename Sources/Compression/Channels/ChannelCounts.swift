import KodamaWaveNets

/// The numbers of channels within a WaveNet.
public struct ChannelCounts: Sendable, Equatable {
  /// Channels between blocks.
  public var residual: Int
  /// Channels of the gated output of each block.
  public var gate: Int
  /// Channels of the sum of skip connections.
  public var skip: Int
  /// Channels between the two convolutions of the head.
  public var head: Int

  /// The numbers of a configuration.
  public init(_ configuration: WaveNetConfiguration) {
    residual = configuration.residualChannels
    gate = configuration.gateChannels
    skip = configuration.skipChannels
    head = configuration.headChannels
  }

  /// The numbers, each under its name.
  public var named: [(name: String, count: Int)] {
    Self.kinds.map { ($0.name, self[keyPath: $0.path]) }
  }

  /// The kinds of channels.
  static var kinds: [(name: String, path: WritableKeyPath<ChannelCounts, Int>)] {
    [("residual", \.residual), ("gate", \.gate), ("skip", \.skip), ("head", \.head)]
  }

  /// The numbers to choose from of channels of which there are `count`, ascending: at most 16, multiples of a vector of
  /// the kernels, or of less where those would be fewer than 4.
  static func levels(_ count: Int) -> [Int] {
    var unit = 16
    while unit > 1 && count / unit < 4 { unit /= 2 }
    unit *= (count + 16 * unit - 1) / (16 * unit)
    return Array(stride(from: unit, to: count, by: unit)) + [count]
  }
}

extension WaveNetConfiguration {
  /// The same architecture with other numbers of channels.
  func with(_ channels: ChannelCounts) -> WaveNetConfiguration {
    var configuration = self
    configuration.residualChannels = channels.residual
    configuration.gateChannels = channels.gate
    configuration.skipChannels = channels.skip
    configuration.headChannels = channels.head
    return configuration
  }

  /// The multiply-adds of a sample with some numbers of channels, without those of the features' upsampling, which has
  /// none of these channels.
  func multiplyAdds(_ channels: ChannelCounts) -> Int {
    let (blocks, features) = (dilations.count, conditioning.features?.channels ?? 0)
    let gates = 2 * channels.gate * (kernelSize * channels.residual + features) + channels.gate * channels.skip
    let head = channels.head * (channels.skip + outputChannels)
    return (input == .scalar ? channels.residual : 0) + blocks * gates
      + (blocks - 1) * channels.gate * channels.residual + head
  }
}
