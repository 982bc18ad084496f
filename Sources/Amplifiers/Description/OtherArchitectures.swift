/// Recurrent layers behind one another, and a product of the last one's state.
///
/// - Source: Hochreiter and Schmidhuber 1997; Wright, Damskägg and Välimäki 2019, §2, of amplifiers.
public struct AmplifierLSTM: Sendable, Equatable {
  /// Channels of the input.
  public var inputChannels = 1
  /// Channels of the output.
  public var outputChannels = 1
  /// Units of each layer.
  public var units: Int
  /// The number of layers; with none the output is the input.
  public var layers: Int

  /// Recurrent layers.
  public init(inputChannels: Int = 1, outputChannels: Int = 1, units: Int, layers: Int) {
    (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
    (self.units, self.layers) = (units, layers)
  }

  // Rows of a matrix are those of the gates i, f, g and o; columns the layer's input, then its state.
  var weightShapes: [WeightShape] {
    (0..<layers).flatMap { layer in
      [
        WeightShape("layers.\(layer).weight", [4 * units, (layer == 0 ? inputChannels : units) + units]),
        WeightShape("layers.\(layer).bias", [4 * units]),
        WeightShape("layers.\(layer).state", [units]),
        WeightShape("layers.\(layer).cell", [units]),
      ]
    } + [WeightShape("head.weight", [outputChannels, units]), WeightShape("head.bias", [outputChannels])]
  }
}

/// Dilated causal convolutions of two taps, each with an activation, and a product of the last one's channels.
public struct AmplifierConvNet: Sendable, Equatable {
  /// Channels of the input.
  public var inputChannels = 1
  /// Channels of the output.
  public var outputChannels = 1
  /// Channels of each convolution.
  public var channels: Int
  /// The dilation of each.
  public var dilations: [Int]
  /// Whether each is normalized by statistics of the training batches, in place of a bias.
  public var isNormalized: Bool
  /// The function behind each.
  public var activation: AmplifierActivation
  /// Groups of each.
  public var groups = 1

  /// Dilated causal convolutions of two taps.
  public init(
    inputChannels: Int = 1, outputChannels: Int = 1, channels: Int, dilations: [Int], isNormalized: Bool,
    activation: AmplifierActivation, groups: Int = 1
  ) {
    (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
    (self.channels, self.dilations, self.isNormalized) = (channels, dilations, isNormalized)
    (self.activation, self.groups) = (activation, groups)
  }

  var weightShapes: [WeightShape] {
    dilations.indices.flatMap { index in
      let (path, inputs) = ("layers.\(index).", index == 0 ? inputChannels : channels)
      let weight = WeightShape(path + "conv.weight", [channels, inputs / groups, 2])
      if !isNormalized { return [weight, WeightShape(path + "conv.bias", [channels])] }
      return [weight]
        + ["mean", "variance", "scale", "shift"].map { WeightShape(path + "norm." + $0, [channels]) }
        + [WeightShape(path + "norm.epsilon", [1])]
    } + [WeightShape("head.weight", [outputChannels, channels]), WeightShape("head.bias", [outputChannels])]
  }
}

/// A filter of finite length, such as a cabinet's response.
public struct AmplifierLinear: Sendable, Equatable {
  /// Channels, each filtered by itself.
  public var channels = 1
  /// Taps; the weights begin with the latest.
  public var receptiveField: Int
  /// Whether there is a bias.
  public var hasBias: Bool

  /// A filter.
  public init(channels: Int = 1, receptiveField: Int, hasBias: Bool) {
    (self.channels, self.receptiveField, self.hasBias) = (channels, receptiveField, hasBias)
  }

  var weightShapes: [WeightShape] {
    [WeightShape("impulse_response", [receptiveField])] + (hasBias ? [WeightShape("bias", [1])] : [])
  }
}
