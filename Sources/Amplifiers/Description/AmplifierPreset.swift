/// Sizes of networks that are trained.
public enum AmplifierPreset: String, Sendable, CaseIterable {
  /// Two arrays of ten layers with 16 and 8 channels: A1 in its standard size.
  case standard = "amp"
  /// The same with 12 and 6 channels, and the short dilations first.
  case lite = "amp-lite"
  /// As `lite` with 8 and 4 channels.
  case feather = "amp-feather"
  /// As `lite` with 4 and 2 channels.
  case nano = "amp-nano"
  /// One array of 23 layers with 8 channels and kernels of 6 and 15: A2.
  case second = "amp-a2"
  /// As `second` with 3 channels.
  case secondLite = "amp-a2-lite"
  /// One recurrent layer of 24 units.
  case recurrent = "amp-lstm"

  /// The network.
  ///
  /// - Source: the standard sizes of Neural Amp Modeler's trainer.
  public var architecture: AmplifierArchitecture {
    let doubling = (0..<10).map { 1 << $0 }
    let (short, long) = (Array(doubling[..<7]), Array(doubling[7...]) + doubling)
    switch self {
    case .standard: return Self.pair(16, 8, doubling, doubling)
    case .lite: return Self.pair(12, 6, short, long)
    case .feather: return Self.pair(8, 4, short, long)
    case .nano: return Self.pair(4, 2, short, long)
    case .second: return Self.single(8)
    case .secondLite: return Self.single(3)
    case .recurrent: return .lstm(AmplifierLSTM(units: 24, layers: 1))
    }
  }

  /// The size with a network; nil where there is none.
  public init?(_ architecture: AmplifierArchitecture) {
    guard let preset = Self.allCases.first(where: { $0.architecture == architecture }) else { return nil }
    self = preset
  }

  /// The factor of the output of a WaveNet, which is not trained.
  public var headScale: Double {
    switch self {
    case .recurrent: 1
    case .standard, .lite, .feather, .nano: 0.02
    case .second, .secondLite: 0.01
    }
  }

  private static func pair(_ first: Int, _ second: Int, _ near: [Int], _ far: [Int]) -> AmplifierArchitecture {
    func layers(_ dilations: [Int]) -> [LayerArray.Layer] {
      dilations.map { LayerArray.Layer(kernelSize: 3, dilation: $0, activation: .tanh) }
    }
    return .waveNet(
      AmplifierWaveNet(arrays: [
        LayerArray(
          inputChannels: 1, conditionChannels: 1, channels: first, layers: layers(near),
          head: LayerArray.Head(outputChannels: second, bias: false)),
        LayerArray(
          inputChannels: first, conditionChannels: 1, channels: second, layers: layers(far),
          head: LayerArray.Head(outputChannels: 1, bias: true)),
      ]))
  }

  private static func single(_ channels: Int) -> AmplifierArchitecture {
    let cycle = [1, 3, 7, 17, 41, 101, 239]
    let dilations = cycle + cycle + [1, 13] + cycle
    let layers = dilations.enumerated().map { index, dilation in
      LayerArray.Layer(
        kernelSize: index == 14 || index == 15 ? 15 : 6, dilation: dilation, activation: .leakyReLU(slope: 0.01))
    }
    return .waveNet(
      AmplifierWaveNet(arrays: [
        LayerArray(
          inputChannels: 1, conditionChannels: 1, channels: channels, layers: layers,
          head: LayerArray.Head(outputChannels: 1, kernelSize: 16, bias: true))
      ]))
  }
}
