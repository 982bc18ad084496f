import KodamaLayers
import KodamaTensors

/// Four branches side by side, whose outputs follow each other along the channels: 1 × 1; 1 × 1 and 3 × 3; 1 × 1 and
/// 3 × 3; maximum pooling of 3 × 3 and 1 × 1.
///
/// - Shapes: [B, H, W, I] → [B, H, W, O].
/// - Parameters in checkpoints: `<path>.branch1.*`, `<path>.branch2.0.*`, `<path>.branch2.1.*` and so on, each with
///   `conv.weight` and `bn.*`.
/// - Source: Szegedy et al. 2015, fig. 2b, whose third branch ends with 5 × 5; torchvision's, which this equals, with
///   3 × 3.
struct InceptionModule: MapLayer, Equatable {
  /// The convolutions of each branch; those of the last come after the pooling.
  let branches: [[ConvolutionUnit]]

  private static let pooling = Pooling.maximum(.centered(3))

  init(_ path: String, inputs: Int, _ widths: InceptionNetwork.Widths) {
    func unit(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1) -> ConvolutionUnit {
      .inception("\(path).\(name)", inputs, outputs, kernel: kernel)
    }
    branches = [
      [unit("branch1", inputs, widths.pointwise)],
      [
        unit("branch2.0", inputs, widths.firstReduction),
        unit("branch2.1", widths.firstReduction, widths.first, kernel: 3),
      ],
      [
        unit("branch3.0", inputs, widths.secondReduction),
        unit("branch3.1", widths.secondReduction, widths.second, kernel: 3),
      ],
      [unit("branch4.1", inputs, widths.pooled)],
    ]
  }

  var declarations: [ParameterDeclaration] { branches.flatMap(\.declarations) }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    let shape = try branches[0].outputShape(of: input)
    return shape.replacingLast(branches.reduce(0) { $0 + ($1.last?.convolution.geometry.outputChannels ?? 0) })
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let outputs = branches.enumerated().map { index, branch in
      branch.forward(index == branches.count - 1 ? Self.pooling.forward(x, pass) : x, pass)
    }
    return .concatenated(outputs, axis: 3)
  }
}

extension ConvolutionUnit {
  /// A convolution as Inception networks have it, `<path>.conv` and `<path>.bn`, whose ε is 0.001.
  static func inception(
    _ path: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1
  ) -> ConvolutionUnit {
    ConvolutionUnit(
      .square(
        path + ".conv", inputs, outputs, kernel: kernel, stride: stride,
        initializer: InceptionNetwork.initializer), path + ".bn", epsilon: 0.001)
  }
}

/// A classifier of a map in the middle of a network, for its loss in training: average pooling to 4 × 4 positions, a 1 × 1
/// convolution to 128 channels, a linear layer to 1024, ReLU, dropout, and a linear layer for each head.
///
/// - Shapes: [B, H, W, I] → [B, classes] for each head.
/// - Parameters in checkpoints: `<path>.conv.conv.weight`, `<path>.conv.bn.*`, `<path>.fc1.*`; the head `<path>.fc2`, or
///   `<path>.<head>` of heads at paths of the caller's choice.
/// - Source: Szegedy et al. 2015, §5; the pooling and the rate of dropout, 0.7, as in torchvision.
struct AuxiliaryClassifier: Layer, Equatable {
  private let path: String
  private let convolution: ConvolutionUnit
  private let hidden: Linear
  private let classifier: Classifier

  private static let pooling = AdaptiveAveragePooling(height: 4, width: 4)

  init(_ path: String, inputs: Int, heads: ClassificationHeads, dropout: Double) {
    self.path = path
    convolution = .inception(path + ".conv", inputs, 128)
    hidden = Linear(path + ".fc1", inputs: 128 * 16, outputs: 1024, initializer: InceptionNetwork.initializer)
    let own = heads.at("fc2").map { ClassificationHead(path: "\(path).\($0.path)", classes: $0.classes) }
    classifier = Classifier(
      embeddingChannels: 1024, heads: own, dropout: dropout, initializer: InceptionNetwork.initializer)
  }

  var declarations: [ParameterDeclaration] {
    convolution.declarations + hidden.declarations + classifier.declarations
  }

  func logits<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> [Variable<S>] {
    let y = convolution.forward(Self.pooling.forward(x, pass), pass)
    // Channels outermost, the order in which PyTorch flattens maps.
    let flat = y.permuted([0, 3, 1, 2]).reshaped([x.shape[0], hidden.inputs])
    return classifier.logits(hidden.forward(flat, pass).relu(), pass)
  }
}
