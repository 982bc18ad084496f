import KodamaLayers
import KodamaTensors

/// A WaveNet made ready to infer: weights normalized, each layer in a precision of its own. What `generate`, `score` and
/// the engine take; a `WaveNetModel` is one with every layer in single precision.
public struct InferenceModel: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The architecture.
  public let configuration: WaveNetConfiguration
  /// A row for each class, [classes, residual channels], of a network with embedded input.
  public let embedding: Tensor<Float>?
  /// The first convolution of a network with scalar input, in single precision.
  public let input: InferenceLayer?
  /// The stack.
  public let blocks: [Block]
  /// The two layers from skip channels to logits.
  public let head: [InferenceLayer]

  /// The layers of a residual block.
  public struct Block: Sendable, Equatable {
    /// Gives the gates, filter first.
    public let dilated: InferenceLayer
    /// Gives the skip connection.
    public let skip: InferenceLayer
    /// Nil in the last block.
    public let residual: InferenceLayer?

    /// Its layers in the order in which they are computed.
    public var layers: [InferenceLayer] { [dilated, skip] + (residual.map { [$0] } ?? []) }
  }

  /// The model in single precision.
  public init(_ model: WaveNetModel) {
    self.init(model.network, model.parameters, sampleRate: model.sampleRate)
  }

  /// A network in single precision.
  ///
  /// - Precondition: the parameters are those that the network declares.
  public init(_ network: WaveNet, _ parameters: Parameters<Float>, sampleRate: Int) {
    self.sampleRate = sampleRate
    configuration = network.configuration
    embedding = network.embedding?.table(from: parameters)
    input = network.inputConvolution.map { InferenceLayer($0, parameters) }
    blocks = network.blocks.map { block in
      Block(
        dilated: InferenceLayer(block.dilated, parameters), skip: InferenceLayer(block.skip, parameters),
        residual: block.residual.map { InferenceLayer($0, parameters) })
    }
    head = network.head.map { InferenceLayer($0, parameters) }
  }

  private init(_ model: InferenceModel, blocks: [Block], head: [InferenceLayer]) {
    sampleRate = model.sampleRate
    configuration = model.configuration
    embedding = model.embedding
    input = model.input
    self.blocks = blocks
    self.head = head
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
      self,
      blocks: try blocks.map {
        Block(dilated: try map($0.dilated), skip: try map($0.skip), residual: try $0.residual.map(map))
      }, head: try head.map(map))
  }

  /// Bytes of all weights, scales and biases as they lie in a file, with the embedding.
  public var weightBytes: Int {
    let layers = layers + (input.map { [$0] } ?? [])
    return layers.reduce((embedding?.count ?? 0) * 4) { sum, layer in
      let count = layer.outputs * layer.channels * layer.taps
      let bytes =
        switch layer.weights {
        case .float32: 4 * count
        case .bfloat16: 2 * count
        case .int8(_, let scales): count + 4 * scales.count
        case .int4(_, let scales): (count + 1) / 2 + 4 * scales.count
        }
      return sum + bytes + 4 * layer.bias.count
    }
  }
}
