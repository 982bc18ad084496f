import KodamaLayers
import KodamaTensors

/// A WaveNet made ready to infer: weights normalized, each layer in a precision of its own. What `generate`, `score` and
/// the engine take; a `WaveNetModel` is one with every layer in single precision.
public struct InferenceModel: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The architecture, without what matters to training alone: weights are multiplied out, and nothing is dropped.
  public let configuration: WaveNetConfiguration
  /// A row for each class, [classes, residual channels], of a network with embedded input.
  public let embedding: Tensor<Float>?
  /// The first convolution of a network with scalar input, in single precision.
  public let input: InferenceLayer?
  /// What labels say to the stack; nil where the model is not conditioned on labels.
  public let labels: InferenceLabels?
  /// What makes steps of frames of features; nil where the model is not conditioned on features.
  public let features: InferenceFeatures?
  /// The stack.
  public let blocks: [Block]
  /// The two layers from skip channels to logits.
  public let head: [InferenceLayer]

  /// The layers of a residual block.
  public struct Block: Sendable, Equatable {
    /// Gives the gates, filter first.
    public let dilated: InferenceLayer
    /// Adds to the gates what features say, without bias; nil where the model is not conditioned on features.
    public let features: InferenceLayer?
    /// Gives the skip connection.
    public let skip: InferenceLayer
    /// Nil in the last block.
    public let residual: InferenceLayer?

    init(
      dilated: InferenceLayer, features: InferenceLayer?, skip: InferenceLayer, residual: InferenceLayer?
    ) {
      if let a = skip.input, let b = residual?.input {
        precondition(a == b, "\(skip.path) and its block's residual layer have one input, not \(a) and \(b)")
      }
      self.dilated = dilated
      self.features = features
      self.skip = skip
      self.residual = residual
    }

    /// Its layers in the order in which they are computed.
    public var layers: [InferenceLayer] { [features, dilated, skip, residual].compactMap { $0 } }
  }

  /// The model in single precision.
  public init(_ model: WaveNetModel) {
    self.init(model.network, model.parameters, sampleRate: model.sampleRate)
  }

  /// A network in single precision.
  ///
  /// - Precondition: the parameters are those that the network declares.
  public init(_ network: WaveNet, _ parameters: Parameters<Float>, sampleRate: Int) {
    self.init(
      sampleRate: sampleRate, configuration: network.configuration,
      embedding: network.embedding?.table(from: parameters),
      input: network.inputConvolution.map { InferenceLayer($0, parameters) },
      labels: InferenceLabels(network, parameters), features: InferenceFeatures(network, parameters),
      blocks: network.blocks.map { block in
        Block(
          dilated: InferenceLayer(block.dilated, parameters),
          features: block.features.map { InferenceLayer($0, parameters) }, skip: InferenceLayer(block.skip, parameters),
          residual: block.residual.map { InferenceLayer($0, parameters) })
      }, head: network.head.map { InferenceLayer($0, parameters) })
  }

  /// A model of given layers.
  ///
  /// - Precondition: they are those of the configuration's network.
  init(
    sampleRate: Int, configuration: WaveNetConfiguration, embedding: Tensor<Float>?, input: InferenceLayer?,
    labels: InferenceLabels?, features: InferenceFeatures?, blocks: [Block], head: [InferenceLayer]
  ) {
    self.sampleRate = sampleRate
    self.embedding = embedding
    self.input = input
    self.labels = labels
    self.features = features
    self.blocks = blocks
    self.head = head
    var architecture = configuration
    architecture.weightNormalization = false
    architecture.dropout = 0
    self.configuration = architecture
  }

  /// The layers that may be quantized, in the order in which they are computed.
  public var layers: [InferenceLayer] { blocks.flatMap(\.layers) + head }

  /// The same model with other layers; every layer is given in turn.
  ///
  /// - Precondition: paths and sizes stay.
  public func mapLayers(_ transform: (InferenceLayer) throws -> InferenceLayer) rethrows -> InferenceModel {
    func map(_ layer: InferenceLayer) throws -> InferenceLayer {
      let result = try transform(layer)
      precondition(
        result.path == layer.path && result.bias.count == layer.bias.count && result.channels == layer.channels
          && result.taps == layer.taps, "\(result.path) takes the place of \(layer.path)")
      return result
    }
    return InferenceModel(
      sampleRate: sampleRate, configuration: configuration, embedding: embedding, input: input, labels: labels,
      features: features,
      blocks: try blocks.map {
        Block(
          dilated: try map($0.dilated), features: try $0.features.map(map), skip: try map($0.skip),
          residual: try $0.residual.map(map))
      }, head: try head.map(map))
  }

  /// The number of weights and biases and of the numbers of embeddings.
  public var parameterCount: Int { configuration.parameterCount }

  /// Bytes of all tensors as they lie in a file: weights, scales, biases and embeddings.
  public var weightBytes: Int {
    let tables = (embedding.map { [$0] } ?? []) + (labels?.tables ?? []) + (features?.tensors.map(\.1) ?? [])
    let floats = tables.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
    let projections = (labels?.projections ?? []).reduce(0) { $0 + $1.storedBytes(hasBias: false) }
    return ((input.map { [$0] } ?? []) + layers).reduce(floats + projections) {
      $0 + $1.storedBytes(hasBias: configuration.hasBias(layer: $1.path))
    }
  }
}
