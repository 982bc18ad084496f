/// Layers of a WaveNet with the same channels.
public struct LayerArray: Sendable, Equatable {
  /// Channels of the input.
  public var inputChannels: Int
  /// Channels of the condition.
  public var conditionChannels: Int
  /// Channels from layer to layer.
  public var channels: Int
  /// Channels of the gate's output.
  public var bottleneck: Int
  /// The layers, at least one.
  public var layers: [Layer]
  /// Groups of the dilated convolutions.
  public var groups = 1
  /// Groups of the products with the condition.
  public var mixinGroups = 1
  /// Groups of the product that is added to a layer's input; nil where there is none, and the input goes on.
  public var pointwiseGroups: Int? = 1
  /// The product between a layer and the sum of the head; nil for none.
  public var headPointwise: HeadPointwise?
  /// Scales and shifts by the condition.
  public var modulations: [ModulationSite: Modulation] = [:]
  /// The convolution of the sum.
  public var head: Head
  /// The numbers of channels that the array may be cut to, ascending, the last of them all; nil where it is not cut.
  public var allowedChannels: [Int]?

  /// A dilated causal convolution and what follows.
  public struct Layer: Sendable, Equatable {
    /// Taps.
    public var kernelSize: Int
    /// Samples between taps.
    public var dilation: Int
    /// f
    public var activation: AmplifierActivation
    /// The gate.
    public var gating: AmplifierGating

    /// A layer.
    public init(kernelSize: Int, dilation: Int, activation: AmplifierActivation, gating: AmplifierGating = .none) {
      (self.kernelSize, self.dilation, self.activation, self.gating) = (kernelSize, dilation, activation, gating)
    }

    /// The samples of the past that an output depends on.
    public var lookback: Int { (kernelSize - 1) * dilation }
  }

  /// A product between a layer and the sum of the head.
  public struct HeadPointwise: Sendable, Equatable {
    /// Channels of the sum.
    public var outputChannels: Int
    /// Groups.
    public var groups: Int

    /// A product between a layer and the sum of the head.
    public init(outputChannels: Int, groups: Int = 1) { (self.outputChannels, self.groups) = (outputChannels, groups) }
  }

  /// The convolution of the sum of the layers.
  public struct Head: Sendable, Equatable {
    /// Channels of the output.
    public var outputChannels: Int
    /// Taps.
    public var kernelSize = 1
    /// Samples between taps.
    public var dilation = 1
    /// Whether there is a bias.
    public var bias: Bool

    /// The convolution of the sum of the layers.
    public init(outputChannels: Int, kernelSize: Int = 1, dilation: Int = 1, bias: Bool) {
      (self.outputChannels, self.kernelSize, self.dilation, self.bias) = (outputChannels, kernelSize, dilation, bias)
    }
  }

  /// An array without groups and modulations.
  public init(
    inputChannels: Int, conditionChannels: Int, channels: Int, bottleneck: Int? = nil, layers: [Layer], head: Head
  ) {
    (self.inputChannels, self.conditionChannels, self.channels) = (inputChannels, conditionChannels, channels)
    (self.bottleneck, self.layers, self.head) = (bottleneck ?? channels, layers, head)
  }

  /// Channels of the sum of the head.
  public var sumChannels: Int { headPointwise?.outputChannels ?? bottleneck }

  /// The samples of the past that an output depends on.
  public var lookback: Int {
    layers.reduce(0) { $0 + $1.lookback } + (head.kernelSize - 1) * head.dilation
  }

  /// Channels of a layer's convolution.
  func gateChannels(_ layer: Layer) -> Int { layer.gating.isHalving ? 2 * bottleneck : bottleneck }

  func weightShapes(under path: String) -> [WeightShape] {
    var shapes = [WeightShape(path + "rechannel.weight", [channels, inputChannels])]
    for (index, layer) in layers.enumerated() { shapes += weightShapes(of: layer, under: path + "\(index).") }
    shapes.append(WeightShape(path + "head.weight", [head.outputChannels, sumChannels, head.kernelSize]))
    if head.bias { shapes.append(WeightShape(path + "head.bias", [head.outputChannels])) }
    return shapes
  }

  private func weightShapes(of layer: Layer, under path: String) -> [WeightShape] {
    let gate = gateChannels(layer)
    var shapes = [
      WeightShape(path + "conv.weight", [gate, channels / groups, layer.kernelSize]),
      WeightShape(path + "conv.bias", [gate]),
      WeightShape(path + "mixin.weight", [gate, conditionChannels / mixinGroups]),
    ]
    if let pointwiseGroups {
      shapes.append(WeightShape(path + "layer1x1.weight", [channels, bottleneck / pointwiseGroups]))
      shapes.append(WeightShape(path + "layer1x1.bias", [channels]))
    }
    if let headPointwise {
      let outputs = headPointwise.outputChannels
      shapes.append(WeightShape(path + "head1x1.weight", [outputs, bottleneck / headPointwise.groups]))
      shapes.append(WeightShape(path + "head1x1.bias", [outputs]))
    }
    for site in ModulationSite.allCases {
      guard let modulation = modulations[site], let channels = modulatedChannels(at: site, of: layer) else { continue }
      let outputs = modulation.hasShift ? 2 * channels : channels
      shapes.append(WeightShape(path + site.rawValue + ".weight", [outputs, conditionChannels / modulation.groups]))
      shapes.append(WeightShape(path + site.rawValue + ".bias", [outputs]))
    }
    return shapes
  }

  /// Channels of what is modulated; nil where an array has no such place.
  func modulatedChannels(at site: ModulationSite, of layer: Layer) -> Int? {
    switch site {
    case .convolutionInput: channels
    case .convolutionOutput, .mixinOutput, .activationInput: gateChannels(layer)
    case .mixinInput: conditionChannels
    case .activationOutput: bottleneck
    case .pointwiseOutput: pointwiseGroups == nil ? nil : channels
    case .headPointwiseOutput: headPointwise?.outputChannels
    }
  }
}

/// Feature-wise modulation: x · scale (+ shift), with the scale and the shift by a product with the condition.
///
/// - Source: Perez et al. 2018, "FiLM: visual reasoning with a general conditioning layer", §2.
public struct Modulation: Sendable, Equatable {
  /// Whether there is a shift.
  public var hasShift: Bool
  /// Groups of the product.
  public var groups: Int

  /// A modulation.
  public init(hasShift: Bool = true, groups: Int = 1) { (self.hasShift, self.groups) = (hasShift, groups) }
}

/// The places of a layer where it may be modulated, by their keys in files and in the order of weights.
public enum ModulationSite: String, Sendable, CaseIterable {
  case convolutionInput = "conv_pre_film"
  case convolutionOutput = "conv_post_film"
  case mixinInput = "input_mixin_pre_film"
  case mixinOutput = "input_mixin_post_film"
  case activationInput = "activation_pre_film"
  case activationOutput = "activation_post_film"
  /// Applied in layers that blend only, as NeuralAmpModelerCore has it.
  case pointwiseOutput = "layer1x1_post_film"
  case headPointwiseOutput = "head1x1_post_film"
}
