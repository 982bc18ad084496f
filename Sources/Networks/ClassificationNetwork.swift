import KodamaLayers
import KodamaTensors

/// A convolutional network that classifies maps: a part that summarizes a map as an embedding, followed by a linear layer
/// for each set of classes.
///
/// A map is [B, H, W, C]: an image, or a log-mel spectrogram with time frames as its height, mel bands as its width and
/// one channel.
///
/// ```swift
/// let network: some ClassificationNetwork = .smallMobile(inputChannels: 1, heads: .one(classes: 10))
/// let parameters = Parameters<Float>(network.declarations, seed: 1)
/// let pass = Pass(parameters)
/// let logits = network.outputs(pass.tape.constant(Tensor([1, 100, 64, 1])), pass).logits[0]
/// ```
public protocol ClassificationNetwork: Layer {
  /// Channels C of the maps.
  var inputChannels: Int { get }
  /// The layers from the embedding to the logits.
  var classifier: Classifier { get }
  /// Channels E of the embedding.
  var embeddingChannels: Int { get }
  /// The sets of classes.
  var heads: [ClassificationHead] { get }

  /// The shape of the last map, [B, H′, W′, C′], which the embedding summarizes, for an input whose size comes from a
  /// file. (`embedding` and `outputs` require a valid size as a precondition.)
  ///
  /// - Throws: `GeometryFault` with all lengths where the map is too small for a layer, or the rank or channels do not
  ///   match.
  func lastMapShape(of input: Shape) throws(GeometryFault) -> Shape

  /// The input of the heads.
  ///
  /// - Shapes: [B, H, W, C] → [B, E].
  func embedding<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>

  /// The logits of each head, in training after dropout where the network has one.
  ///
  /// - Shapes: [B, E] → [B, classes] for each head.
  func logits<S: Scalar>(ofEmbedding embedding: Variable<S>, _ pass: Pass<S>) -> [Variable<S>]

  /// The logits of each head, and in training those of auxiliary classifiers where the network has such.
  ///
  /// - Shapes: [B, H, W, C] → [B, classes] for each head.
  func outputs<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> ClassificationOutputs<S>
}

extension ClassificationNetwork {
  public var embeddingChannels: Int { classifier.embeddingChannels }
  public var heads: [ClassificationHead] { classifier.heads }

  /// Checks the shape of a map [B, H, W, C].
  ///
  /// - Throws: `GeometryFault` with all lengths where the map is too small for a layer, or the rank or channels do not
  ///   match.
  public func validate(map shape: Shape) throws(GeometryFault) { _ = try lastMapShape(of: shape) }

  /// The cost of a forward pass in inference.
  ///
  /// - Parameter map: the shape of the input, [B, H, W, C].
  /// - Throws: as `validate(map:)`.
  public func cost(map shape: Shape) throws(GeometryFault) -> NetworkCost {
    try validate(map: shape)
    return NetworkCost(of: declarations) { pass in _ = outputs(pass.tape.constant(Tensor(shape)), pass) }
  }

  public func logits<S: Scalar>(ofEmbedding embedding: Variable<S>, _ pass: Pass<S>) -> [Variable<S>] {
    classifier.logits(embedding, pass)
  }

  public func outputs<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> ClassificationOutputs<S> {
    ClassificationOutputs(logits: logits(ofEmbedding: embedding(x, pass), pass))
  }
}

/// The logits of a network.
public struct ClassificationOutputs<S: Scalar> {
  /// [B, classes] for each head.
  public let logits: [Variable<S>]
  /// In training, the logits of auxiliary classifiers, [B, classes] for each head, with the weight of their losses in the
  /// sum of all losses. Empty in inference.
  public let auxiliary: [(weight: Double, logits: [Variable<S>])]

  /// Outputs.
  public init(logits: [Variable<S>], auxiliary: [(weight: Double, logits: [Variable<S>])] = []) {
    self.logits = logits
    self.auxiliary = auxiliary
  }
}
