/// A WaveNet for regression: arrays of layers, each with its number of channels.
///
/// With x the input and c the condition, of one array:
///
///     h = rechannel(x)
///     per layer: a = conv(h) + mixin(c), z = gate(a); head += z, or head1x1(z); h += layer1x1(z)
///     output of the head = head convolution of the sum
///
/// The head sum of an array starts from the head output of the previous array, and its x is the last h of that array. The
/// condition is the input, or the output of a model of its own.
///
/// - Source: Damskägg et al. 2019, §3.1; the layers besides it are those of Neural Amp Modeler.
public struct AmplifierWaveNet: Sendable, Equatable {
  /// Channels of the input.
  public var inputChannels = 1
  /// The arrays, at least one.
  public var arrays: [LayerArray]
  /// Convolutions after the last array.
  public var postHead: PostHead?
  /// The model that makes the condition of the input; nil for the input itself.
  public var condition: AmplifierModel?

  /// A WaveNet.
  public init(inputChannels: Int = 1, arrays: [LayerArray], postHead: PostHead? = nil, condition: AmplifierModel? = nil)
  {
    (self.inputChannels, self.arrays, self.postHead, self.condition) = (inputChannels, arrays, postHead, condition)
  }

  /// Convolutions after all arrays, each behind an activation.
  public struct PostHead: Sendable, Equatable {
    /// Channels between the convolutions.
    public var channels: Int
    /// Channels of the last.
    public var outputChannels: Int
    /// The taps of each.
    public var kernelSizes: [Int]
    /// The function before each.
    public var activation: AmplifierActivation

    /// Convolutions after all arrays.
    public init(channels: Int, outputChannels: Int, kernelSizes: [Int], activation: AmplifierActivation) {
      (self.channels, self.outputChannels) = (channels, outputChannels)
      (self.kernelSizes, self.activation) = (kernelSizes, activation)
    }

    /// The inputs, outputs and taps of each convolution behind `inputs` channels.
    func sizes(inputs: Int) -> [(inputs: Int, outputs: Int, taps: Int)] {
      kernelSizes.indices.map { index in
        (
          index == 0 ? inputs : channels, index == kernelSizes.count - 1 ? outputChannels : channels, kernelSizes[index]
        )
      }
    }
  }

  /// Channels of the output.
  public var outputChannels: Int { postHead?.outputChannels ?? arrays[arrays.count - 1].head.outputChannels }

  /// The samples of the past that an output depends on.
  public var lookback: Int? {
    let own = arrays.reduce(0) { $0 + $1.lookback } + (postHead?.kernelSizes.reduce(0) { $0 + $1 - 1 } ?? 0)
    guard let condition else { return own }
    return condition.architecture.lookback.map { $0 + own }
  }

  var weightShapes: [WeightShape] {
    var shapes = arrays.enumerated().flatMap { index, array in array.weightShapes(under: "layers.\(index).") }
    if let postHead {
      for (index, size) in postHead.sizes(inputs: arrays[arrays.count - 1].head.outputChannels).enumerated() {
        shapes.append(WeightShape("head.\(index).weight", [size.outputs, size.inputs, size.taps]))
        shapes.append(WeightShape("head.\(index).bias", [size.outputs]))
      }
    }
    return shapes + [WeightShape("head_scale", [1])]
  }
}
