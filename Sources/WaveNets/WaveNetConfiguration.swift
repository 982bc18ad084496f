import KodamaSignal
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The architecture of a WaveNet, or of a recurrent network of the same input and output.
///
/// - Source: van den Oord et al. 2016, "WaveNet: a generative model for raw audio".
public struct WaveNetConfiguration: Sendable, Equatable {
  /// The network's input.
  public enum Input: String, Sendable, CaseIterable {
    /// The code of the previous sample, through a table of `residualChannels` numbers for each class.
    case embedding
    /// The previous sample itself, through a pointwise convolution from one channel.
    case scalar
  }

  /// The network's output: the distribution of the next sample.
  public enum Output: String, Sendable, CaseIterable {
    /// A probability for each of `classes` μ-law classes: the last layer outputs their logits.
    case softmax
    /// A mixture of logistic distributions over the 65,536 levels of 16 bits (see `DiscretizedMixture`): the last layer
    /// outputs, for K components, K logits of their weights, then K means, then K natural logarithms of their scales.
    case logistics
    /// The same with normal distributions; the scales are their standard deviations.
    case gaussians
  }

  /// Taps K of the dilated convolutions.
  public var kernelSize: Int
  /// The dilation of each block, in time steps; empty in a recurrent network.
  public var dilations: [Int]
  /// Units of the gated recurrent layer that a recurrent network has in place of blocks; nil in a network of blocks. Of
  /// what concerns blocks a recurrent network has `residualChannels` alone.
  public var recurrentUnits: Int?
  /// Channels between blocks; in a recurrent network those of the input of its layer.
  public var residualChannels: Int
  /// Channels of the gated output; the dilated convolution has twice as many, filter first, gate second.
  public var gateChannels: Int
  /// Channels of the sum of skip connections.
  public var skipChannels: Int
  /// Channels between the two convolutions of the head.
  public var headChannels: Int
  /// μ-law classes of a softmax output.
  public var classes: Int
  /// The network's input.
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
  /// The conditioning inputs.
  public var conditioning: Conditioning
  /// The distribution of the next sample.
  public var output: Output
  /// Components K of a mixture.
  public var mixtureComponents: Int
  /// The factor of samples where the output is a mixture: it scales the network's input, and the unit of the mixture's
  /// means and scales. Speech is a few hundredths of full scale, and networks learn numbers around 1 best.
  public var mixtureGain: Double
  /// The natural logarithm of the smallest scale of a mixture's components, in units of full scale. The levels of 16
  /// bits are e^−10.4 apart.
  public var logScaleFloor: Double
  /// The coefficient of the pre-emphasis that is applied before samples are coded and inverted after generation (see
  /// `PreEmphasis`); 0 for none.
  public var preemphasis: Double

  /// The default number of classes of a softmax output.
  public static let defaultClasses = 256
  /// The default number of components of a mixture.
  public static let defaultMixtureComponents = 10
  /// The default gain of a mixture.
  public static let defaultMixtureGain = 64.0
  /// The default least log scale of a mixture: half a level of 16 bits.
  public static let defaultLogScaleFloor = -11.0

  /// A configuration with an explicit list of dilations.
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

  /// A recurrent network.
  ///
  /// - Parameters:
  ///   - recurrentUnits: units of the recurrent layer.
  ///   - inputChannels: channels of the layer's input.
  public init(
    recurrentUnits: Int, inputChannels: Int, headChannels: Int, classes: Int = defaultClasses,
    input: Input = .embedding, bias: Bool = true, weightNormalization: Bool = false, output: Output = .softmax,
    mixtureComponents: Int = defaultMixtureComponents, mixtureGain: Double = defaultMixtureGain,
    logScaleFloor: Double = defaultLogScaleFloor, preemphasis: Double = 0, conditioning: Conditioning = Conditioning()
  ) {
    self.init(
      dilations: [], residualChannels: inputChannels, gateChannels: 0, skipChannels: 0, headChannels: headChannels,
      classes: classes, input: input, bias: bias, weightNormalization: weightNormalization, output: output,
      mixtureComponents: mixtureComponents, mixtureGain: mixtureGain, logScaleFloor: logScaleFloor,
      preemphasis: preemphasis, conditioning: conditioning)
    self.recurrentUnits = recurrentUnits
  }

  /// The dilations of `cycles` runs of `blocksPerCycle` blocks: 1, 2, 4, … and again.
  public static func cyclicDilations(cycles: Int, blocksPerCycle: Int) -> [Int] {
    (0..<cycles).flatMap { _ in (0..<blocksPerCycle).map { 1 << $0 } }
  }

  /// The mixture that the last layer parameterizes; nil for a softmax output.
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

  /// The factor of the samples that are a network's scalar input.
  public var inputGain: Double { output == .softmax ? 1 : mixtureGain }

  /// Channels of the last layer: the classes, or three for each component of a mixture.
  public var outputChannels: Int { output == .softmax ? classes : 3 * mixtureComponents }

  /// Converts between samples and the codes that are predicted: μ-law classes, or the levels of 16 bits.
  public var companding: Companding { output == .softmax ? .muLaw(MuLaw(classes: classes)) : .linear }

  /// The number of codes: the classes, or 65,536.
  public var levels: Int { output == .softmax ? classes : Companding.linearLevels }

  /// Whether the network is recurrent.
  public var isRecurrent: Bool { recurrentUnits != nil }

  /// Channels of the head's input: those of the skip connections, or the units of a recurrent network.
  public var bodyChannels: Int { recurrentUnits ?? skipChannels }

  /// The lookback of a recurrent network: more samples than any recording has.
  public static let unlimitedLookback = 1 << 40

  /// The number of samples before the current one that an output depends on: Σ (K − 1) · d; all before, and so
  /// `unlimitedLookback`, in a recurrent network.
  public var lookback: Int {
    isRecurrent ? Self.unlimitedLookback : dilations.reduce(0) { $0 + (kernelSize - 1) * $1 }
  }

  /// The receptive field R = 1 + Σ (K − 1) · d in samples: the inputs that an output depends on; 1 + `unlimitedLookback` in a
  /// recurrent network.
  public var receptiveField: Int { 1 + lookback }

  /// An estimate of the bytes that a training step keeps for its backward pass: for each time step of the batch the
  /// input and the gates of every block, or input, gates, products and states of the recurrent layer, the sum of skip
  /// connections, the head's activations, the logits with their gradient, and the features with theirs.
  public func trainingBytes(batch: Int, crop: Int, precision: ProductPrecision = .full) -> Double {
    let inBlocks =
      recurrentUnits.map { 2 * residualChannels + 10 * $0 } ?? dilations.count * (residualChannels + 2 * gateChannels)
    let outside =
      3 * bodyChannels + 2 * headChannels + 2 * outputChannels + 2 * (conditioning.features?.channels ?? 0)
    let bytes = inBlocks * (precision == .bfloat16 && !isRecurrent ? 2 : 4) + outside * 4
    return Double(bytes) * Double(batch) * Double(crop)
  }
}
