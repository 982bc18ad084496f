import KodamaLayers
import KodamaTensors

/// A network of depthwise separable convolutions: a 3 × 3 convolution, blocks of a depthwise 3 × 3 and a pointwise
/// convolution, the mean over all positions.
///
/// - Parameters in checkpoints: `features.0.0.weight` and `features.0.1.*` of the first convolution and its
///   normalization; of block k from 1 `features.<k>.depthwise.0.weight`, `.depthwise.1.*`, `.pointwise.0.weight` and
///   `.pointwise.1.*`; the head `classifier`. torchvision has no such network.
/// - Source: Howard et al. 2017, table 1.
public struct MobileNetworkV1: ClassificationNetwork, Equatable {
  /// A block.
  public struct Block: Sendable, Equatable {
    /// Output channels at a width multiplier of 1.
    public let channels: Int
    /// The stride of the depthwise convolution.
    public let stride: Int

    /// A block.
    public init(channels: Int, stride: Int = 1) {
      self.channels = channels
      self.stride = stride
    }
  }

  public let inputChannels: Int
  /// Channels of the first convolution at a width multiplier of 1.
  public let stemChannels: Int
  /// The stride of the first convolution.
  public let stemStride: Int
  /// The blocks.
  public let blocks: [Block]
  /// The factor of all channels, α.
  public let widthMultiplier: Double
  public let classifier: Classifier
  private let stem: ConvolutionUnit
  /// The depthwise and the pointwise convolution of each block, in order.
  private let units: [ConvolutionUnit]

  /// A network.
  ///
  /// - Precondition: at least one block, a positive multiplier.
  public init(
    inputChannels: Int, stemChannels: Int = 32, stemStride: Int = 2, blocks: [Block], widthMultiplier: Double = 1,
    activation: Activation = .relu, heads: ClassificationHeads
  ) {
    precondition(!blocks.isEmpty && widthMultiplier > 0, "\(blocks.count) blocks of width \(widthMultiplier)")
    self.inputChannels = inputChannels
    self.stemChannels = stemChannels
    self.stemStride = stemStride
    self.blocks = blocks
    self.widthMultiplier = widthMultiplier
    func scaled(_ channels: Int) -> Int { max(1, Int(Double(channels) * widthMultiplier)) }
    var channels = scaled(stemChannels)
    stem = ConvolutionUnit(
      .square("features.0.0", inputChannels, channels, kernel: 3, stride: stemStride), "features.0.1",
      activation: activation)
    var units: [ConvolutionUnit] = []
    for (index, block) in blocks.enumerated() {
      let (path, outputs) = ("features.\(index + 1)", scaled(block.channels))
      units.append(
        ConvolutionUnit(
          .square(path + ".depthwise.0", channels, channels, kernel: 3, stride: block.stride, groups: channels),
          path + ".depthwise.1", activation: activation))
      units.append(
        ConvolutionUnit(
          .square(path + ".pointwise.0", channels, outputs, kernel: 1), path + ".pointwise.1", activation: activation))
      channels = outputs
    }
    self.units = units
    classifier = Classifier(embeddingChannels: channels, heads: heads.at("classifier"))
  }

  public var declarations: [ParameterDeclaration] {
    stem.declarations + units.declarations + classifier.declarations
  }

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    try units.outputShape(of: stem.outputShape(of: input))
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    units.forward(stem.forward(x, pass), pass).globalAverage()
  }
}

extension ClassificationNetwork where Self == MobileNetworkV1 {
  /// 28 layers for images; 4.2 million parameters at a width multiplier of 1.
  ///
  /// - Source: Howard et al. 2017, table 1.
  public static func mobileNetV1(
    widthMultiplier: Double = 1, inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)
  ) -> Self {
    let blocks =
      [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + Array(repeating: (512, 1), count: 5)
      + [(1024, 2), (1024, 1)]
    return MobileNetworkV1(
      inputChannels: inputChannels, blocks: blocks.map { .init(channels: $0.0, stride: $0.1) },
      widthMultiplier: widthMultiplier, heads: heads)
  }
}
