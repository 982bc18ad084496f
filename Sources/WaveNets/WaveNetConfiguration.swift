/// The architecture of a WaveNet.
///
/// - Source: van den Oord et al. 2016, "WaveNet: a generative model for raw audio".
public struct WaveNetConfiguration: Sendable, Equatable, Codable {
  /// What the network is fed with.
  public enum Input: String, Codable, Sendable, CaseIterable {
    /// The code of the previous sample, through a table of `residualChannels` numbers for each class.
    case embedding
    /// The previous sample itself, through a pointwise convolution from one channel.
    case scalar
  }

  /// Taps K of the dilated convolutions.
  public var kernelSize: Int
  /// The dilation of each block, in time steps.
  public var dilations: [Int]
  /// Channels between blocks.
  public var residualChannels: Int
  /// Channels of the gated output; the dilated convolution gives twice that, filter first, gate second.
  public var gateChannels: Int
  /// Channels of the sum of skip connections.
  public var skipChannels: Int
  /// Channels between the two convolutions of the head.
  public var headChannels: Int
  /// Classes of the output distribution.
  public var classes: Int
  /// What the network is fed with.
  public var input: Input
  /// Whether convolutions have biases.
  public var bias: Bool
  /// Whether the weights of convolutions are normalized (Salimans and Kingma 2016).
  public var weightNormalization: Bool
  /// The share of a block's input to its dilated convolution that is dropped in training, in [0, 1).
  public var dropout: Double
  /// Factor of the sum of a block's input and its residual output; 1, or √½ to keep the variance.
  public var residualScale: Double
  /// Factor of the sum of all skip connections; 1, or 1/√blocks to keep the variance.
  public var skipScale: Double
  /// What the network is told beside the samples before each step.
  public var conditioning: Conditioning

  /// A configuration of an explicit list of dilations.
  public init(
    kernelSize: Int = 2, dilations: [Int], residualChannels: Int, gateChannels: Int, skipChannels: Int,
    headChannels: Int? = nil, classes: Int = 256, input: Input = .embedding, bias: Bool = true,
    weightNormalization: Bool = false, dropout: Double = 0, residualScale: Double = 1, skipScale: Double = 1,
    conditioning: Conditioning = Conditioning()
  ) {
    self.kernelSize = kernelSize
    self.dilations = dilations
    self.residualChannels = residualChannels
    self.gateChannels = gateChannels
    self.skipChannels = skipChannels
    self.headChannels = headChannels ?? skipChannels
    self.classes = classes
    self.input = input
    self.bias = bias
    self.weightNormalization = weightNormalization
    self.dropout = dropout
    self.residualScale = residualScale
    self.skipScale = skipScale
    self.conditioning = conditioning
  }

  /// The dilations of `cycles` runs of `blocksPerCycle` blocks: 1, 2, 4, … and again.
  public static func cyclicDilations(cycles: Int, blocksPerCycle: Int) -> [Int] {
    (0..<cycles).flatMap { _ in (0..<blocksPerCycle).map { 1 << $0 } }
  }

  /// The number of samples before the present output that can change it: Σ (K − 1) · d.
  public var lookback: Int { dilations.reduce(0) { $0 + (kernelSize - 1) * $1 } }

  /// The receptive field R = 1 + Σ (K − 1) · d in samples: the inputs that an output can see.
  public var receptiveField: Int { 1 + lookback }

  /// About how many bytes a training step keeps for its backward pass: for each time step of the batch the input and the
  /// gates of every block, the sum of skip connections, the head's activations, and the logits with their gradient.
  public func trainingBytes(batch: Int, crop: Int) -> Double {
    let numbers =
      dilations.count * (residualChannels + 2 * gateChannels) + 3 * skipChannels + 2 * headChannels + 2 * classes
    return 4 * Double(numbers) * Double(batch) * Double(crop)
  }

  /// Multiply-adds to compute one sample with caches, without the embedding, which is a look-up.
  public var multiplyAddsPerSample: Int {
    let block = 2 * gateChannels * residualChannels * kernelSize + skipChannels * gateChannels
    let residual = residualChannels * gateChannels
    return dilations.count * block + max(0, dilations.count - 1) * residual + headChannels * skipChannels
      + classes * headChannels + (input == .scalar ? residualChannels : 0)
  }
}
