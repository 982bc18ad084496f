import KodamaLayers
import KodamaTensors

/// A network of inverted residuals: a 3 × 3 convolution, stages of blocks, a pointwise convolution, the mean over all
/// positions, dropout before the head.
///
/// - Parameters in checkpoints: as in torchvision, without its counters `num_batches_tracked`: `features.0.0.weight` and
///   `features.0.1.*`, those of `InvertedResidual` under `features.<k>`, `features.<last>.0.weight` and `.1.*`, the head
///   `classifier.1`.
/// - Source: Sandler et al. 2018, table 2.
public struct MobileNetworkV2: ClassificationNetwork, Equatable {
  /// Blocks between two changes of the channels.
  public struct Stage: Sendable, Equatable {
    /// The factor of channels inside a block, t.
    public let expansion: Int
    /// Output channels at a width multiplier of 1, c.
    public let channels: Int
    /// The number of blocks, n.
    public let blocks: Int
    /// The stride of the first block, s.
    public let stride: Int

    /// A stage.
    public init(expansion: Int, channels: Int, blocks: Int, stride: Int) {
      precondition(expansion > 0 && channels > 0 && blocks > 0 && stride > 0, "sizes of a stage are positive")
      self.expansion = expansion
      self.channels = channels
      self.blocks = blocks
      self.stride = stride
    }
  }

  public let inputChannels: Int
  /// Channels of the first convolution at a width multiplier of 1.
  public let stemChannels: Int
  /// The stride of the first convolution.
  public let stemStride: Int
  /// The stages.
  public let stages: [Stage]
  /// Channels of the last convolution at width multipliers of up to 1.
  public let lastChannels: Int
  /// The factor of all channels, α, which are then rounded to multiples of 8.
  public let widthMultiplier: Double
  public let classifier: Classifier
  private let stem: ConvolutionUnit
  private let blocks: [InvertedResidual]
  private let last: ConvolutionUnit

  /// A network.
  ///
  /// - Parameter dropout: the rate before the head in training.
  /// - Precondition: a positive multiplier.
  public init(
    inputChannels: Int, stemChannels: Int = 32, stemStride: Int = 2, stages: [Stage], lastChannels: Int = 1280,
    widthMultiplier: Double = 1, activation: Activation = .relu6, dropout: Double = 0.2, heads: ClassificationHeads
  ) {
    precondition(widthMultiplier > 0, "a width multiplier is positive, not \(widthMultiplier)")
    self.inputChannels = inputChannels
    self.stemChannels = stemChannels
    self.stemStride = stemStride
    self.stages = stages
    self.lastChannels = lastChannels
    self.widthMultiplier = widthMultiplier
    var channels = Self.rounded(Double(stemChannels) * widthMultiplier)
    stem = ConvolutionUnit(
      .square("features.0.0", inputChannels, channels, kernel: 3, stride: stemStride), "features.0.1",
      activation: activation)
    var blocks: [InvertedResidual] = []
    for stage in stages {
      let outputs = Self.rounded(Double(stage.channels) * widthMultiplier)
      for block in 0..<stage.blocks {
        blocks.append(
          InvertedResidual(
            "features.\(blocks.count + 1)", inputs: channels, outputs: outputs, expansion: stage.expansion,
            stride: block == 0 ? stage.stride : 1, activation: activation))
        channels = outputs
      }
    }
    self.blocks = blocks
    let (path, embedding) = (
      "features.\(blocks.count + 1)", Self.rounded(Double(lastChannels) * max(1, widthMultiplier))
    )
    last = ConvolutionUnit(
      .square(path + ".0", channels, embedding, kernel: 1), path + ".1", activation: activation)
    classifier = Classifier(
      embeddingChannels: embedding, heads: heads.at("classifier.1"), dropout: dropout,
      initializer: .normal(standardDeviation: 0.01), biasInitializer: .constant(0))
  }

  /// Channels rounded to the nearest multiple of 8, at least 8, and to the next one where rounding takes more than a
  /// tenth of them.
  ///
  /// - Source: the authors' `_make_divisible`, which torchvision has too.
  static func rounded(_ channels: Double) -> Int {
    let nearest = max(8, Int(channels + 4) / 8 * 8)
    return Double(nearest) < 0.9 * channels ? nearest + 8 : nearest
  }

  public var declarations: [ParameterDeclaration] {
    stem.declarations + blocks.declarations + last.declarations + classifier.declarations
  }

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    try last.outputShape(of: blocks.outputShape(of: stem.outputShape(of: input)))
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    last.forward(blocks.forward(stem.forward(x, pass), pass), pass).globalAverage()
  }
}

extension ClassificationNetwork where Self == MobileNetworkV2 {
  /// 53 layers for images; 3.5 million parameters at a width multiplier of 1.
  ///
  /// - Source: Sandler et al. 2018, table 2.
  public static func mobileNetV2(
    widthMultiplier: Double = 1, dropout: Double = 0.2, inputChannels: Int = 3,
    heads: ClassificationHeads = .one(classes: 1000)
  ) -> Self {
    MobileNetworkV2(
      inputChannels: inputChannels,
      stages: [
        .init(expansion: 1, channels: 16, blocks: 1, stride: 1),
        .init(expansion: 6, channels: 24, blocks: 2, stride: 2),
        .init(expansion: 6, channels: 32, blocks: 3, stride: 2),
        .init(expansion: 6, channels: 64, blocks: 4, stride: 2),
        .init(expansion: 6, channels: 96, blocks: 3, stride: 1),
        .init(expansion: 6, channels: 160, blocks: 3, stride: 2),
        .init(expansion: 6, channels: 320, blocks: 1, stride: 1),
      ], widthMultiplier: widthMultiplier, dropout: dropout, heads: heads)
  }

  /// A network for log-mel maps with about 92,000 parameters: 16 to 48 channels, maps of a sixteenth of each length.
  public static func smallMobile(
    widthMultiplier: Double = 1, dropout: Double = 0.1, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    MobileNetworkV2(
      inputChannels: inputChannels, stemChannels: 16,
      stages: [
        .init(expansion: 1, channels: 16, blocks: 1, stride: 1),
        .init(expansion: 4, channels: 24, blocks: 2, stride: 2),
        .init(expansion: 4, channels: 32, blocks: 2, stride: 2),
        .init(expansion: 4, channels: 48, blocks: 3, stride: 2),
      ], lastChannels: 192, widthMultiplier: widthMultiplier, dropout: dropout, heads: heads)
  }
}
