import KodamaSignal
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The architecture of a WaveNet.
///
/// - Source: van den Oord et al. 2016, "WaveNet: a generative model for raw audio".
public struct WaveNetConfiguration: Sendable, Equatable {
  /// What the network is fed with.
  public enum Input: String, Sendable, CaseIterable {
    /// The code of the previous sample, through a table of `residualChannels` numbers for each class.
    case embedding
    /// The previous sample itself, through a pointwise convolution from one channel.
    case scalar
  }

  /// The distribution of the next sample that the network gives.
  public enum Output: String, Sendable, CaseIterable {
    /// A probability for each of `classes` μ-law classes: the last layer gives their logits.
    case softmax
    /// A mixture of logistic distributions over the 65,536 levels of 16 bits (see `DiscretizedMixture`): the last layer
    /// gives, for K components, K logits of their weights, then K means, then K natural logarithms of their scales.
    case logistics
    /// The same with normal distributions, whose standard deviations the scales are.
    case gaussians
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
  /// μ-law classes of a softmax output.
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
  /// The distribution of the next sample.
  public var output: Output
  /// Components K of a mixture.
  public var mixtureComponents: Int
  /// What samples are multiplied by where the output is a mixture: before the network is fed with them, and in the unit of
  /// the mixture's means and scales. Speech is a few hundredths of full scale, and a network learns numbers around 1.
  public var mixtureGain: Double
  /// The natural logarithm of the smallest scale of a mixture's components, in units of full scale. A component of scale
  /// s spreads over a few s; the levels of 16 bits are e^−10.4 apart.
  public var logScaleFloor: Double
  /// The coefficient of the pre-emphasis that sound goes through before it is coded, and that generated sound is taken
  /// back from (see `PreEmphasis`); 0 for none.
  public var preemphasis: Double

  /// The classes of a softmax output that is not told otherwise.
  public static let defaultClasses = 256
  /// The components of a mixture that is not told otherwise.
  public static let defaultMixtureComponents = 10
  /// The gain of a mixture that is not told otherwise.
  public static let defaultMixtureGain = 64.0
  /// The least log scale of a mixture that is not told otherwise: half a level of 16 bits.
  public static let defaultLogScaleFloor = -11.0

  /// A configuration of an explicit list of dilations.
  public init(
    kernelSize: Int = 2, dilations: [Int], residualChannels: Int, gateChannels: Int, skipChannels: Int,
    headChannels: Int? = nil, classes: Int = defaultClasses, input: Input = .embedding, bias: Bool = true,
    weightNormalization: Bool = false, dropout: Double = 0, residualScale: Double = 1, skipScale: Double = 1,
    output: Output = .softmax, mixtureComponents: Int = defaultMixtureComponents,
    mixtureGain: Double = defaultMixtureGain, logScaleFloor: Double = defaultLogScaleFloor, preemphasis: Double = 0,
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
    self.output = output
    self.mixtureComponents = mixtureComponents
    self.mixtureGain = mixtureGain
    self.logScaleFloor = logScaleFloor
    self.preemphasis = preemphasis
  }

  /// The dilations of `cycles` runs of `blocksPerCycle` blocks: 1, 2, 4, … and again.
  public static func cyclicDilations(cycles: Int, blocksPerCycle: Int) -> [Int] {
    (0..<cycles).flatMap { _ in (0..<blocksPerCycle).map { 1 << $0 } }
  }

  /// The mixture that the last layer says; nil of a softmax output.
  public var mixture: DiscretizedMixture? {
    let kind: DiscretizedMixture.Kind
    switch output {
    case .softmax: return nil
    case .logistics: kind = .logistic
    case .gaussians: kind = .gaussian
    }
    return DiscretizedMixture(
      kind, components: mixtureComponents, levels: Companding.linearLevels, gain: mixtureGain,
      logScaleFloor: logScaleFloor + log(mixtureGain))
  }

  /// What a network with scalar input multiplies the samples by that it is fed with.
  public var inputGain: Double { output == .softmax ? 1 : mixtureGain }

  /// Channels of the last layer: the classes, or three for each component of a mixture.
  public var outputChannels: Int { output == .softmax ? classes : 3 * mixtureComponents }

  /// Between samples and the codes that are predicted: μ-law classes, or the levels of 16 bits.
  public var companding: Companding { output == .softmax ? .muLaw(MuLaw(classes: classes)) : .linear }

  /// The number of codes that a sample can have: the classes, or 65,536.
  public var levels: Int { output == .softmax ? classes : Companding.linearLevels }

  /// The number of samples before the present output that can change it: Σ (K − 1) · d.
  public var lookback: Int { dilations.reduce(0) { $0 + (kernelSize - 1) * $1 } }

  /// The receptive field R = 1 + Σ (K − 1) · d in samples: the inputs that an output can see.
  public var receptiveField: Int { 1 + lookback }

  /// About how many bytes a training step keeps for its backward pass: for each time step of the batch the input and the
  /// gates of every block, the sum of skip connections, the head's activations, the logits with their gradient, and the
  /// features with theirs.
  public func trainingBytes(batch: Int, crop: Int) -> Double {
    let numbers =
      dilations.count * (residualChannels + 2 * gateChannels) + 3 * skipChannels + 2 * headChannels + 2 * outputChannels
      + 2 * (conditioning.features?.channels ?? 0)
    return 4 * Double(numbers) * Double(batch) * Double(crop)
  }
}
