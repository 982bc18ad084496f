import KodamaLayers
import KodamaTensors

/// The first Inception network, GoogLeNet: three convolutions, nine Inception modules with maximum pooling between them,
/// the mean over all positions, dropout before the head; in training two auxiliary classifiers.
///
/// Maximum pooling rounds lengths up. Images are not rescaled: torchvision's `transform_input`, which takes the
/// normalization of one set of pretrained weights back, has no equivalent here.
///
/// - Parameters in checkpoints: as in torchvision, without its counters `num_batches_tracked`: `conv1.*`, `conv2.*` and
///   `conv3.*`, each with `conv.weight` and `bn.*`; those of the modules `inception3a` to `inception5b`; those of
///   `aux1` and `aux2`, where there are such; the head `fc`.
/// - Source: Szegedy et al. 2015, table 1, with the batch normalization of torchvision.
public struct InceptionNetwork: ClassificationNetwork, Equatable {
  /// Output channels of the branches of a module.
  public struct Widths: Sendable, Equatable {
    /// Of the 1 × 1 convolution.
    public let pointwise: Int
    /// Of the 1 × 1 convolution before the first 3 × 3.
    public let firstReduction: Int
    /// Of the first 3 × 3 convolution.
    public let first: Int
    /// Of the 1 × 1 convolution before the second 3 × 3.
    public let secondReduction: Int
    /// Of the second 3 × 3 convolution.
    public let second: Int
    /// Of the 1 × 1 convolution after the pooling.
    public let pooled: Int

    /// Widths in the order of table 1.
    public init(
      _ pointwise: Int, _ firstReduction: Int, _ first: Int, _ secondReduction: Int, _ second: Int, _ pooled: Int
    ) {
      self.pointwise = pointwise
      self.firstReduction = firstReduction
      self.first = first
      self.secondReduction = secondReduction
      self.second = second
      self.pooled = pooled
    }

    /// Output channels of the module.
    var outputs: Int { pointwise + first + second + pooled }
  }

  /// Modules between two poolings, numbered from 3 as in table 1.
  static let stages: [[Widths]] = [
    [Widths(64, 96, 128, 16, 32, 32), Widths(128, 128, 192, 32, 96, 64)],
    [
      Widths(192, 96, 208, 16, 48, 64), Widths(160, 112, 224, 24, 64, 64), Widths(128, 128, 256, 24, 64, 64),
      Widths(112, 144, 288, 32, 64, 64), Widths(256, 160, 320, 32, 128, 128),
    ],
    [Widths(256, 160, 320, 32, 128, 128), Widths(384, 192, 384, 48, 128, 128)],
  ]

  /// torchvision's initializer of all weights; there the tails beyond 200 standard deviations are cut off.
  static let initializer = Initializer.normal(standardDeviation: 0.01)

  /// The weight of each auxiliary loss.
  ///
  /// - Source: Szegedy et al. 2015, §5.
  public static let auxiliaryWeight = 0.3

  public let inputChannels: Int
  /// Whether there are auxiliary classifiers, which take part in training only.
  public var hasAuxiliaryClassifiers: Bool { !auxiliary.isEmpty }
  public let classifier: Classifier
  private let stem: [ConvolutionUnit]
  private let modules: [[InceptionModule]]
  /// By the index of the module in the second stage whose output they take.
  private let auxiliary: [Int: AuxiliaryClassifier]

  /// A network.
  ///
  /// - Parameters:
  ///   - auxiliaryClassifiers: whether there are auxiliary classifiers.
  ///   - dropout: the rate before the head in training.
  ///   - auxiliaryDropout: the rate before the heads of auxiliary classifiers.
  public init(
    inputChannels: Int, auxiliaryClassifiers: Bool = true, dropout: Double = 0.2, auxiliaryDropout: Double = 0.7,
    heads: ClassificationHeads
  ) {
    self.inputChannels = inputChannels
    stem = [
      .inception("conv1", inputChannels, 64, kernel: 7, stride: 2), .inception("conv2", 64, 64),
      .inception("conv3", 64, 192, kernel: 3),
    ]
    var (modules, auxiliary, channels) = ([[InceptionModule]](), [Int: AuxiliaryClassifier](), 192)
    for (stage, widths) in Self.stages.enumerated() {
      modules.append([])
      for (index, widths) in widths.enumerated() {
        let letter = ["a", "b", "c", "d", "e"][index]
        modules[stage].append(InceptionModule("inception\(stage + 3)\(letter)", inputs: channels, widths))
        channels = widths.outputs
        if auxiliaryClassifiers && stage == 1 && (index == 0 || index == 3) {
          auxiliary[index] = AuxiliaryClassifier(
            "aux\(index == 0 ? 1 : 2)", inputs: channels, heads: heads, dropout: auxiliaryDropout)
        }
      }
    }
    self.modules = modules
    self.auxiliary = auxiliary
    classifier = Classifier(
      embeddingChannels: channels, heads: heads.at("fc"), dropout: dropout, initializer: Self.initializer)
  }

  /// The auxiliary classifiers in order.
  private var auxiliaryInOrder: [AuxiliaryClassifier] { auxiliary.sorted { $0.key < $1.key }.map(\.value) }

  public var declarations: [ParameterDeclaration] {
    stem.declarations + modules.flatMap(\.declarations) + auxiliaryInOrder.flatMap(\.declarations)
      + classifier.declarations
  }

  private static let pooling = CeilingMaximumPooling(3, stride: 2)
  private static let lastPooling = CeilingMaximumPooling(2, stride: 2)

  /// The pooling before the modules of a stage.
  private static func pooling(beforeStage stage: Int) -> CeilingMaximumPooling { stage == 2 ? lastPooling : pooling }

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    var shape = try Self.pooling.outputShape(of: stem[0].outputShape(of: input))
    shape = try stem[2].outputShape(of: stem[1].outputShape(of: shape))
    for (stage, modules) in modules.enumerated() {
      shape = try modules.outputShape(of: Self.pooling(beforeStage: stage).outputShape(of: shape))
    }
    return shape
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    embedding(x, pass) { _, _ in }
  }

  /// The embedding; `observe` is given the output of each module of the second stage by index.
  private func embedding<S: Scalar>(
    _ x: Variable<S>, _ pass: Pass<S>, observe: (Int, Variable<S>) -> Void
  ) -> Variable<S> {
    var y = Self.pooling.forward(stem[0].forward(x, pass), pass)
    y = stem[2].forward(stem[1].forward(y, pass), pass)
    for (stage, modules) in modules.enumerated() {
      y = Self.pooling(beforeStage: stage).forward(y, pass)
      for (index, module) in modules.enumerated() {
        y = module.forward(y, pass)
        if stage == 1 { observe(index, y) }
      }
    }
    return y.globalAverage()
  }

  public func outputs<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> ClassificationOutputs<S> {
    guard case .training = pass.phase else {
      return ClassificationOutputs(logits: logits(ofEmbedding: embedding(x, pass), pass))
    }
    var found: [(weight: Double, logits: [Variable<S>])] = []
    let embedding = embedding(x, pass) { index, y in
      if let own = auxiliary[index] { found.append((Self.auxiliaryWeight, own.logits(y, pass))) }
    }
    return ClassificationOutputs(logits: logits(ofEmbedding: embedding, pass), auxiliary: found)
  }
}

extension ClassificationNetwork where Self == InceptionNetwork {
  /// 22 layers for images; 6.6 million parameters, 13.0 million with auxiliary classifiers.
  ///
  /// - Source: Szegedy et al. 2015, table 1.
  public static func googleNet(
    auxiliaryClassifiers: Bool = true, dropout: Double = 0.2, auxiliaryDropout: Double = 0.7, inputChannels: Int = 3,
    heads: ClassificationHeads = .one(classes: 1000)
  ) -> Self {
    InceptionNetwork(
      inputChannels: inputChannels, auxiliaryClassifiers: auxiliaryClassifiers, dropout: dropout,
      auxiliaryDropout: auxiliaryDropout, heads: heads)
  }
}
