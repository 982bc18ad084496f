/// Configurations by name. All have kernel size 2, 256 classes, embedded input, biases everywhere and no scaling.
public enum Preset: String, CaseIterable, Sendable {
  /// 2 cycles of 8 blocks, 16 residual, 16 gate, 64 skip channels: learns a simple sound in minutes.
  case tiny
  /// 2 cycles of 10 blocks, 32 residual, 32 gate, 128 skip channels: an evening on two processor cores.
  case small
  /// 3 cycles of 10 blocks, 64 residual, 64 gate, 256 skip channels: days on two processor cores.
  case reference

  /// The configuration.
  public var configuration: WaveNetConfiguration {
    switch self {
    case .tiny: .preset(cycles: 2, blocksPerCycle: 8, channels: 16, skipChannels: 64)
    case .small: .preset(cycles: 2, blocksPerCycle: 10, channels: 32, skipChannels: 128)
    case .reference: .preset(cycles: 3, blocksPerCycle: 10, channels: 64, skipChannels: 256)
    }
  }
}

extension WaveNetConfiguration {
  fileprivate static func preset(cycles: Int, blocksPerCycle: Int, channels: Int, skipChannels: Int) -> Self {
    WaveNetConfiguration(
      dilations: cyclicDilations(cycles: cycles, blocksPerCycle: blocksPerCycle), residualChannels: channels,
      gateChannels: channels, skipChannels: skipChannels)
  }
}
