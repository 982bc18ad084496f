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
