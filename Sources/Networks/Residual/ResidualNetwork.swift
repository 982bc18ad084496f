import KodamaLayers
import KodamaTensors

/// A residual network: a stem, stages of residual blocks, the mean over all positions.
///
/// - Parameters in checkpoints: `conv1.weight` and `bn1.*` of the stem, `layer<stage>.<block>.*` with stages from 1 and
///   blocks from 0, `bn.*` before the mean in the orders that end with a sum, the head `fc`; as in torchvision, without
///   its counters `num_batches_tracked`.
/// - Source: He et al. 2015, table 1 and §4.2.
public struct ResidualNetwork: ClassificationNetwork, Equatable {
  /// The layers before the first block.
  public enum Stem: Sendable, Equatable {
    /// A 7 × 7 convolution with stride 2 and maximum pooling of 3 × 3 with stride 2, for images: a quarter of each length.
    case large(channels: Int)
    /// A 3 × 3 convolution, for small maps.
    case small(channels: Int, stride: Int = 1)

    /// Channels of the first block.
    public var channels: Int {
      switch self {
      case .large(let channels), .small(let channels, _): channels
      }
    }
  }

  /// The convolutions of a block.
  public enum Form: Sendable, Equatable {
    /// Two of 3 × 3.
    case basic
    /// 1 × 1 to a smaller width, 3 × 3 there, 1 × 1 back.
    case bottleneck
  }

  /// The order of convolution (C), batch normalization (N) and ReLU (R) in a block. A stem is C, N, R in the original
  /// order; in the other two it is the convolution alone, because the first block normalizes its output.
  public enum Order: Sendable, Equatable {
    /// C N R C N, sum, R: He et al. 2015.
    case original
    /// N R C N R C, sum, and N R after the last block: He et al. 2016.
    case preactivation
    /// N C N R C N, sum, and N R after the last block: Han et al. 2017, fig. 6d.
    case pyramidal
  }

  /// What blocks add to the output of their convolutions.
  public enum Shortcut: Sendable, Equatable {
    /// Their input; where the shape changes, a 1 × 1 convolution of it.
    case projection
    /// Their input; where channels are added, zeros, and where there is a stride, means over windows of it. No
    /// parameters.
    case zeroPadding
    /// Nothing: a plain network, for comparison.
    case none
  }

  /// Blocks between two changes of the map's size.
  public struct Stage: Sendable, Equatable {
    /// Output channels of each block.
    public let channels: [Int]
    /// Channels between the convolutions of each block.
    public let widths: [Int]
    /// The stride of the first block.
    public let stride: Int

    /// A stage.
    ///
    /// - Parameter widths: nil for the output channels.
    /// - Precondition: at least one block, and a width for each.
    public init(channels: [Int], widths: [Int]? = nil, stride: Int) {
      self.channels = channels
      self.widths = widths ?? channels
      self.stride = stride
      precondition(
        !channels.isEmpty && self.widths.count == channels.count,
        "a stage of \(channels.count) blocks with \(self.widths.count) widths")
    }

    /// A stage of equal blocks.
    public init(blocks: Int, channels: Int, width: Int? = nil, stride: Int) {
      self.init(
        channels: Array(repeating: channels, count: blocks),
        widths: Array(repeating: width ?? channels, count: blocks), stride: stride)
    }
  }

  public let inputChannels: Int
  /// The layers before the first block.
  public let stem: Stem
  /// The convolutions of a block.
  public let form: Form
  /// The order of the layers of a block.
  public let order: Order
  /// What blocks add to the output of their convolutions.
  public let shortcut: Shortcut
  /// The stages.
  public let stages: [Stage]
  public let classifier: Classifier
  private let first: Convolution
  private let firstNormalization: BatchNormalization?
  private let blocks: [ResidualBlock]
  private let lastNormalization: BatchNormalization?

  /// A network.
  ///
  /// - Precondition: at least one stage.
  public init(
    inputChannels: Int, stem: Stem, form: Form = .basic, order: Order = .original, shortcut: Shortcut = .projection,
    stages: [Stage], heads: ClassificationHeads
  ) {
    precondition(!stages.isEmpty, "a residual network needs a stage")
    self.inputChannels = inputChannels
    self.stem = stem
    self.form = form
    self.order = order
    self.shortcut = shortcut
    self.stages = stages
    first =
      switch stem {
      case .large(let channels): .square("conv1", inputChannels, channels, kernel: 7, stride: 2)
      case .small(let channels, let stride): .square("conv1", inputChannels, channels, kernel: 3, stride: stride)
      }
    firstNormalization = order == .original ? BatchNormalization("bn1", channels: stem.channels) : nil
    var (blocks, channels) = ([ResidualBlock](), stem.channels)
    for (index, stage) in stages.enumerated() {
      for (block, (outputs, width)) in zip(stage.channels, stage.widths).enumerated() {
        blocks.append(
          ResidualBlock(
            "layer\(index + 1).\(block)", form, order, shortcut, inputs: channels, width: width, outputs: outputs,
            stride: block == 0 ? stage.stride : 1))
        channels = outputs
      }
    }
    self.blocks = blocks
    lastNormalization = order == .original ? nil : BatchNormalization("bn", channels: channels)
    classifier = Classifier(embeddingChannels: channels, heads: heads.at("fc"))
  }

  public var declarations: [ParameterDeclaration] {
    first.declarations + (firstNormalization?.declarations ?? []) + blocks.declarations
      + (lastNormalization?.declarations ?? []) + classifier.declarations
  }

  private var pooling: Pooling? {
    if case .large = stem { .maximum(.centered(3, stride: 2)) } else { nil }
  }

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    var shape = try first.outputShape(of: input)
    if let pooling { shape = try pooling.outputShape(of: shape) }
    return try blocks.outputShape(of: shape)
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    var y = first.forward(x, pass)
    if let firstNormalization { y = firstNormalization.forward(y, pass, activation: .relu) }
    if let pooling { y = pooling.forward(y, pass) }
    y = blocks.forward(y, pass)
    if let lastNormalization { y = lastNormalization.forward(y, pass, activation: .relu) }
    return y.globalAverage()
  }
}
