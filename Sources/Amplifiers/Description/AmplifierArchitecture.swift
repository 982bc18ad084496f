/// The kinds of network of amplifier models.
public indirect enum AmplifierArchitecture: Sendable, Equatable {
  /// Layers of dilated causal convolutions.
  case waveNet(AmplifierWaveNet)
  /// Recurrent layers.
  case lstm(AmplifierLSTM)
  /// Dilated causal convolutions of two taps, one after the other.
  case convNet(AmplifierConvNet)
  /// One filter.
  case linear(AmplifierLinear)
  /// Several models of one sound, of which one is chosen by a size.
  case container([SizedModel])

  /// A model of a container.
  public struct SizedModel: Sendable, Equatable {
    /// The model is for sizes below this; the last of a container for all others.
    public let limit: Double
    /// The model.
    public let model: AmplifierModel

    /// A model for sizes below a limit.
    public init(limit: Double, model: AmplifierModel) { (self.limit, self.model) = (limit, model) }
  }

  /// Its name in files.
  public var name: String {
    switch self {
    case .waveNet: "WaveNet"
    case .lstm: "LSTM"
    case .convNet: "ConvNet"
    case .linear: "Linear"
    case .container: "SlimmableContainer"
    }
  }

  /// The shapes of the weights in their order, with names. Weights of a convolution are [outputs, inputs / groups, taps],
  /// oldest tap first, of a matrix [outputs, inputs].
  public var weightShapes: [WeightShape] {
    switch self {
    case .waveNet(let network): network.weightShapes
    case .lstm(let network): network.weightShapes
    case .convNet(let network): network.weightShapes
    case .linear(let network): network.weightShapes
    case .container: []
    }
  }

  /// The number of weights.
  public var weightCount: Int { weightShapes.reduce(0) { $0 + $1.count } }

  /// Channels of the input.
  public var inputChannels: Int {
    switch self {
    case .waveNet(let network): network.inputChannels
    case .lstm(let network): network.inputChannels
    case .convNet(let network): network.inputChannels
    case .linear(let network): network.channels
    case .container(let models): models.last?.model.architecture.inputChannels ?? 1
    }
  }

  /// Channels of the output.
  public var outputChannels: Int {
    switch self {
    case .waveNet(let network): network.outputChannels
    case .lstm(let network): network.outputChannels
    case .convNet(let network): network.outputChannels
    case .linear(let network): network.channels
    case .container(let models): models.last?.model.architecture.outputChannels ?? 1
    }
  }

  /// The samples of the past that an output depends on; nil for recurrent networks, where these are all.
  public var lookback: Int? {
    switch self {
    case .waveNet(let network): network.lookback
    case .lstm: nil
    case .convNet(let network): network.dilations.reduce(0, +)
    case .linear(let network): network.receptiveField - 1
    case .container(let models):
      models.reduce(0) { most, model in
        guard let most, let own = model.model.architecture.lookback else { return nil }
        return max(most, own)
      }
    }
  }
}

/// A part of the weights: a name such as `layers.0.3.conv.weight`, and a shape.
public struct WeightShape: Sendable, Equatable {
  /// The dotted path.
  public let name: String
  /// The lengths, outermost first.
  public let lengths: [Int]

  /// A part of the weights.
  public init(_ name: String, _ lengths: [Int]) { (self.name, self.lengths) = (name, lengths) }

  /// The number of weights.
  public var count: Int { lengths.reduce(1, *) }
}
