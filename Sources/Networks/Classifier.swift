import KodamaCore
import KodamaLayers
import KodamaTensors

/// A head: a linear layer from the embedding to the logits of one set of classes.
public struct ClassificationHead: Sendable, Equatable {
  /// The dotted path of the layer's parameters.
  public let path: String
  /// The number of classes.
  public let classes: Int

  /// A head.
  ///
  /// - Precondition: a positive number of classes.
  public init(path: String, classes: Int) {
    precondition(classes > 0, "head \(path) has \(classes) classes")
    self.path = path
    self.classes = classes
  }
}

/// The choice of a network's heads.
public enum ClassificationHeads: Sendable, Equatable {
  /// One head, at the path that torchvision gives it in this network, such as `fc`.
  case one(classes: Int)
  /// Heads at paths of the caller's choice, such as `heads.digit` and `heads.speaker`.
  case named([ClassificationHead])

  /// The heads, of which a single one is at `path`.
  func at(_ path: String) -> [ClassificationHead] {
    switch self {
    case .one(let classes): [ClassificationHead(path: path, classes: classes)]
    case .named(let heads): heads
    }
  }
}

/// The layers from the embedding to the logits: dropout, then a linear layer for each head.
///
/// - Shapes: [B, E] → [B, classes] for each head.
/// - Parameters in checkpoints: `<path>.weight` [classes, E] and `<path>.bias` [classes] of each head.
public struct Classifier: Layer, Equatable {
  /// Channels E of the embedding.
  public let embeddingChannels: Int
  /// The sets of classes.
  public let heads: [ClassificationHead]
  /// The rate of dropout of the embedding in training; 0 for none.
  public let dropout: Double
  private let layers: [Linear]

  /// A classifier.
  ///
  /// - Parameters:
  ///   - initializer: of the weights; nil for that of PyTorch's `Linear`.
  ///   - biasInitializer: of the biases; nil likewise.
  /// - Precondition: at least one head; paths are distinct; the rate is in [0, 1).
  init(
    embeddingChannels: Int, heads: [ClassificationHead], dropout: Double = 0, initializer: Initializer? = nil,
    biasInitializer: Initializer? = nil
  ) {
    precondition(!heads.isEmpty, "a classifier needs a head")
    precondition(Set(heads.map(\.path)).count == heads.count, "two heads have the same path: \(heads.map(\.path))")
    precondition((0..<1).contains(dropout), "a dropout rate is in [0, 1), not \(dropout)")
    self.embeddingChannels = embeddingChannels
    self.heads = heads
    self.dropout = dropout
    layers = heads.map {
      Linear(
        $0.path, inputs: embeddingChannels, outputs: $0.classes, isOutput: true, initializer: initializer,
        biasInitializer: biasInitializer)
    }
  }

  public var declarations: [ParameterDeclaration] { layers.flatMap(\.declarations) }

  /// The logits of each head.
  ///
  /// - Shapes: [B, E] → [B, classes] for each head.
  public func logits<S: Scalar>(_ embedding: Variable<S>, _ pass: Pass<S>) -> [Variable<S>] {
    let kept = embedding.dropout(rate: dropout, in: pass, as: heads[0].path)
    return layers.map { $0.forward(kept, pass) }
  }
}

extension Variable {
  /// Dropout in training, with a random stream named by a path.
  func dropout(rate: Double, in pass: Pass<S>, as path: String) -> Variable {
    guard rate > 0, case .training(let seed) = pass.phase else { return self }
    return dropout(rate: rate, random: Philox(seed: seed, stream: StableHash(path).value))
  }
}
