import KodamaLayers
import KodamaTensors

/// A plain network of 3 × 3 convolutions with batch normalization: stages that end with maximum pooling of 2 × 2, and a
/// summary of the last map.
///
/// - Parameters in checkpoints: as in torchvision, without its counters `num_batches_tracked`: `features.<k>.weight` and
///   `.bias` of convolutions, `features.<k + 1>.*` of their normalization, where k counts convolutions, normalizations,
///   ReLUs and poolings from 0; `classifier.0` and `classifier.3` of the hidden layers and the head `classifier.6`, or
///   only the head `classifier` after the global mean.
/// - Source: Simonyan and Zisserman 2015, table 1, with the batch normalization that torchvision adds.
public struct VGGNetwork: ClassificationNetwork, Equatable {
  /// The layers from the last map to the embedding.
  public enum Summary: Sendable, Equatable {
    /// Average pooling to `size` × `size` positions, and two linear layers of `width` channels with ReLU, with dropout
    /// between them and before the head.
    case perceptron(size: Int = 7, width: Int = 4096)
    /// The mean over all positions.
    case globalAverage
  }

  public let inputChannels: Int
  /// Output channels of the convolutions of each stage.
  public let stages: [[Int]]
  /// The layers from the last map to the embedding.
  public let summary: Summary
  public let classifier: Classifier
  private let units: [[ConvolutionUnit]]
  /// The linear layers of the summary.
  private let hidden: [Linear]

  /// A network.
  ///
  /// - Parameter dropout: the rate in training, of hidden layers and of the embedding.
  /// - Precondition: stages that are not empty.
  public init(
    inputChannels: Int, stages: [[Int]], summary: Summary = .globalAverage, dropout: Double = 0.5,
    heads: ClassificationHeads
  ) {
    precondition(!stages.isEmpty && !stages.contains([]), "each stage needs a convolution, not \(stages)")
    self.inputChannels = inputChannels
    self.stages = stages
    self.summary = summary
    var (units, channels, index) = ([[ConvolutionUnit]](), inputChannels, 0)
    for stage in stages {
      units.append([])
      for outputs in stage {
        units[units.count - 1].append(
          ConvolutionUnit(
            .square(
              "features.\(index)", channels, outputs, kernel: 3, bias: true, biasInitializer: .constant(0)),
            "features.\(index + 1)"))
        channels = outputs
        // Convolution, normalization, ReLU.
        index += 3
      }
      // Pooling.
      index += 1
    }
    self.units = units
    let normal = Initializer.normal(standardDeviation: 0.01)
    switch summary {
    case .perceptron(let size, let width):
      hidden = [("classifier.0", channels * size * size), ("classifier.3", width)].map {
        Linear($0, inputs: $1, outputs: width, initializer: normal, biasInitializer: .constant(0))
      }
      classifier = Classifier(
        embeddingChannels: width, heads: heads.at("classifier.6"), dropout: dropout, initializer: normal,
        biasInitializer: .constant(0))
    case .globalAverage:
      hidden = []
      classifier = Classifier(embeddingChannels: channels, heads: heads.at("classifier"), dropout: dropout)
    }
  }

  public var declarations: [ParameterDeclaration] {
    units.flatMap(\.declarations) + hidden.flatMap(\.declarations) + classifier.declarations
  }

  private static let pooling = Pooling.maximum(SlidingWindow(2, stride: 2))

  public func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape {
    var shape = input
    for stage in units { shape = try Self.pooling.outputShape(of: stage.outputShape(of: shape)) }
    return shape
  }

  /// - Shapes: [B, H, W, C] → [B, E].
  public func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let map = units.reduce(x) { Self.pooling.forward($1.forward($0, pass), pass) }
    guard case .perceptron(let size, _) = summary else { return map.globalAverage() }
    let pooled = AdaptiveAveragePooling(height: size, width: size).forward(map, pass)
    // Channels outermost, the order in which PyTorch flattens maps.
    let flat = pooled.permuted([0, 3, 1, 2]).reshaped([x.shape[0], pooled.shape.count / x.shape[0]])
    let first = hidden[0].forward(flat, pass).relu().dropout(rate: classifier.dropout, in: pass, as: hidden[0].path)
    return hidden[1].forward(first, pass).relu()
  }
}

extension ClassificationNetwork where Self == VGGNetwork {
  /// 11 layers for images, with batch normalization; 132.9 million parameters.
  ///
  /// - Source: Simonyan and Zisserman 2015, table 1, configuration A.
  public static func vgg11BN(
    dropout: Double = 0.5, inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)
  ) -> Self {
    VGGNetwork(
      inputChannels: inputChannels, stages: [[64], [128], [256, 256], [512, 512], [512, 512]],
      summary: .perceptron(), dropout: dropout, heads: heads)
  }

  /// A network for log-mel maps with about 290,000 parameters: four stages of 16 to 128 channels, the mean over all
  /// positions.
  ///
  /// - Parameter width: the factor of all numbers of channels.
  public static func smallVGG(
    width: Double = 1, dropout: Double = 0.2, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    VGGNetwork(
      inputChannels: inputChannels,
      stages: [[16], [32, 32], [64, 64], [128, 128]].map { $0.map { $0.widened(by: width) } }, dropout: dropout,
      heads: heads)
  }
}
