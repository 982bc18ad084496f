import KodamaLayers
import KodamaTensors

/// A densely connected network: a stem, dense blocks with transitions between them, the mean over all positions.
///
/// - Parameters in checkpoints: as in torchvision, without its counters `num_batches_tracked`: `features.conv0.weight`
///   and `features.norm0.*` of the stem, those of `DenseBlock`, `features.norm<n + 1>.*` after the last of n blocks, the
///   head `classifier`.
/// - Source: Huang et al. 2017, table 1 and §3.
public struct DenseNetwork: ClassificationNetwork, Equatable {
  /// The layers before the first block.
  public enum Stem: Sendable, Equatable {
    /// A 7 × 7 convolution with stride 2 and maximum pooling of 3 × 3 with stride 2, for images: a quarter of each length.
    case large
    /// A 3 × 3 convolution, for small maps.
    case small(stride: Int = 1)
  }

  public let inputChannels: Int
  /// The layers before the first block.
  public let stem: Stem
  /// Output channels of the stem.
  public let stemChannels: Int
  /// Channels that each layer adds, k.
  public let growthRate: Int
  /// The number of layers of each block.
  public let blockSizes: [Int]
  /// The factor of the growth rate that a 1 × 1 convolution reduces a layer's input to; nil for none.
  public let bottleneck: Int?
  /// The fraction of channels that transitions keep, θ.
  public let compression: Double
  public let classifier: Classifier
  private let first: ConvolutionUnit
  private let blocks: [DenseBlock]
  private let lastNormalization: BatchNormalization

  /// A network.
  ///
  /// - Precondition: at least one block, and a compression in (0, 1].
  public init(
    inputChannels: Int, stem: Stem, stemChannels: Int, growthRate: Int, blockSizes: [Int], bottleneck: Int? = 4,
    compression: Double = 0.5, heads: ClassificationHeads
  ) {
    precondition(!blockSizes.isEmpty, "a dense network needs a block")
    precondition(compression > 0 && compression <= 1, "a compression is in (0, 1], not \(compression)")
    self.inputChannels = inputChannels
    self.stem = stem
    self.stemChannels = stemChannels
    self.growthRate = growthRate
    self.blockSizes = blockSizes
    self.bottleneck = bottleneck
    self.compression = compression
    let (kernel, stride) =
      switch stem {
      case .large: (7, 2)
      case .small(let stride): (3, stride)
      }
    first = ConvolutionUnit(
      .square(
        "features.conv0", inputChannels, stemChannels, kernel: kernel, stride: stride,
        initializer: .heNormal(fan: inputChannels * kernel * kernel)), "features.norm0")
    var (blocks, channels) = ([DenseBlock](), stemChannels)
    for (index, size) in blockSizes.enumerated() {
      let block = DenseBlock(
        index: index + 1, inputs: channels, layers: size, growthRate: growthRate, bottleneck: bottleneck,
        compression: index == blockSizes.count - 1 ? nil : compression)
      blocks.append(block)
      channels = block.outputChannels
    }
    self.blocks = blocks
    lastNormalization = BatchNormalization("features.norm\(blockSizes.count + 1)", channels: channels)
    classifier = Classifier(
      embeddingChannels: channels, heads: heads.at("classifier"), biasInitializer: .constant(0))
  }

  public var declarations: [ParameterDeclaration] {
    first.declarations + blocks.declarations + lastNormalization.declarations + classifier.declarations
  }

  private var pooling: Pooling? { stem == .large ? .maximum(.centered(3, stride: 2)) : nil }

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    var shape = try first.outputShape(of: input)
    if let pooling { shape = try pooling.outputShape(of: shape) }
    return try blocks.outputShape(of: shape)
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    var y = first.forward(x, pass)
    if let pooling { y = pooling.forward(y, pass) }
    return lastNormalization.forward(blocks.forward(y, pass), pass, activation: .relu).globalAverage()
  }
}

extension ClassificationNetwork where Self == DenseNetwork {
  /// 121 layers for images, growth rate 32; 8.0 million parameters.
  ///
  /// - Source: Huang et al. 2017, table 1.
  public static func denseNet121(inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)) -> Self {
    DenseNetwork(
      inputChannels: inputChannels, stem: .large, stemChannels: 64, growthRate: 32, blockSizes: [6, 12, 24, 16],
      heads: heads)
  }

  /// A network for log-mel maps with about 176,000 parameters: three blocks of six layers, growth rate 12, after a stem
  /// with stride 2.
  ///
  /// - Parameter width: the factor of the growth rate.
  public static func smallDense(
    width: Double = 1, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    DenseNetwork(
      inputChannels: inputChannels, stem: .small(stride: 2), stemChannels: 24, growthRate: 12.widened(by: width),
      blockSizes: [6, 6, 6], heads: heads)
  }
}
