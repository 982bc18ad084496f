import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors

/// A WaveNet for inference: weights normalized, each layer in a precision of its own. It is the input of `generate`,
/// `score` and the engine; a `WaveNetModel` can be converted to one with every layer in single precision.
public struct InferenceModel: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The architecture, without settings that concern training alone: weights are multiplied out, and there is no
  /// dropout.
  public let configuration: WaveNetConfiguration
  /// The step graph of the network with its weights.
  public let network: InferenceNetwork
  /// Upsamples frames of features to steps; nil where the model is not conditioned on features.
  public let features: InferenceFeatures?

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
      network: InferenceNetwork(network.stepGraph, parameters), features: InferenceFeatures(network, parameters))
  }

  /// A model of given layers.
  ///
  /// - Precondition: they match the configuration's network.
  private init(
    sampleRate: Int, configuration: WaveNetConfiguration, network: InferenceNetwork, features: InferenceFeatures?
  ) {
    self.sampleRate = sampleRate
    self.network = network
    self.features = features
    var architecture = configuration
    architecture.weightNormalization = false
    architecture.dropout = 0
    self.configuration = architecture
  }

  /// The layers that may be quantized, in the order in which they are computed.
  public var layers: [InferenceLayer] { network.quantizableLayers }

  /// The model with every layer transformed.
  ///
  /// - Precondition: paths and sizes are unchanged.
  public func mapLayers(_ transform: (InferenceLayer) throws -> InferenceLayer) rethrows -> InferenceModel {
    InferenceModel(
      sampleRate: sampleRate, configuration: configuration, network: try network.mapLayers(transform),
      features: features)
  }

  /// The model with every table of embeddings transformed.
  ///
  /// - Precondition: shapes are unchanged.
  public func mapTables(_ transform: (Tensor<Float>) throws -> Tensor<Float>) rethrows -> InferenceModel {
    InferenceModel(
      sampleRate: sampleRate, configuration: configuration, network: try network.mapTables(transform),
      features: features)
  }

  /// The number of weights and biases and of the numbers of embeddings.
  public var parameterCount: Int { configuration.parameterCount }

  /// Bytes of all tensors in a file: weights, scales, biases and embeddings.
  public var weightBytes: Int {
    let upsampling = (features?.tensors ?? []).reduce(0) { $0 + $1.1.count }
    return network.storedBytes + upsampling * MemoryLayout<Float>.stride
  }

  /// The precisions of the layers; nil where all are in single precision (see `Quantization`).
  public var quantization: Quantization? { Quantization(of: layers) }
}

/// A model as a folder: `config.json` (see `ModelDescription`) and `model.safetensors`. Where all layers are in single
/// precision it is the folder of a `WaveNetModel`; else the layers' tensors are those that `InferenceLayer` documents,
/// with the tables and the upsampling of features as in every model.
extension InferenceModel {
  /// Loads a model, quantized or not.
  ///
  /// - Parameters:
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run (see `ModelLocation`).
  ///   - weights: as of `ModelLocation`.
  /// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`. Everything is checked before the weights are read: the
  ///   configuration, and names, types and shapes of all tensors; every number must be finite, every scale positive.
  public static func load(_ path: String, weights: ModelWeights? = nil) throws -> InferenceModel {
    try load(ModelLocation(path, weights: weights))
  }

  /// Loads the model at a location.
  ///
  /// - Throws: as `load(_:weights:)`.
  public static func load(_ location: ModelLocation) throws -> InferenceModel {
    let description = try ModelDescription(location)
    guard let quantization = description.quantization else { return InferenceModel(try WaveNetModel.load(location)) }
    let (network, file) = (WaveNet(description.configuration), try location.weightsReader())
    let (graph, upsampling) = (network.stepGraph.withoutWeightNormalization, network.features?.declarations ?? [])
    try file.verify(
      InferenceNetwork.forms(graph, quantization, in: file)
        + upsampling.map { TensorForm($0.name, .float32, $0.shape) })
    return InferenceModel(
      sampleRate: description.sampleRate, configuration: description.configuration,
      network: try InferenceNetwork(graph, quantization, from: file),
      features: try network.features.map {
        InferenceFeatures($0, Parameters(try upsampling.map { ($0.name, try file.finiteTensor($0.name)) }))
      })
  }

  /// Saves the model as a folder, atomically.
  ///
  /// - Parameter existing: whether an existing model folder may be replaced. A folder that contains anything besides a
  ///   model's files is never replaced.
  /// - Throws: `FileFault`.
  public func save(to folder: String, existing: AtomicFile.Existing = .refuse) throws {
    let description = ModelDescription(
      sampleRate: sampleRate, configuration: configuration, quantization: quantization)
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { temporary in
      try AtomicFile.write(to: temporary + "/" + ModelFiles.configuration, existing: .refuse) {
        try $0.write(description.text)
      }
      try SafetensorsWriter.write(
        network.stored + (features?.tensors ?? []).map { StoredTensor($0, $1) },
        to: temporary + "/" + ModelWeights.raw.fileName)
    }
  }
}

// Quantizations of a configuration's network.
extension Quantization {
  /// All paths of layers and of groups of layers, in the order of the layers.
  public static func paths(of configuration: WaveNetConfiguration) -> [String] {
    paths(ofLayers: WaveNet(configuration).stepGraph.quantizableLayers.map(\.path))
  }

  /// Reads the section of a configuration file.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration, for configuration: WaveNetConfiguration) throws {
    try self.init(file, layers: WaveNet(configuration).stepGraph.quantizableLayers.map(\.path))
  }
}

/// The feature upsampling of a model that is conditioned on features, in single precision.
public struct InferenceFeatures: Sendable, Equatable {
  /// The upsampler.
  public let upsampler: FeatureUpsampler
  private let parameters: Parameters<Float>

  /// - Precondition: the parameters are those that the upsampler declares.
  init(_ upsampler: FeatureUpsampler, _ parameters: Parameters<Float>) {
    self.upsampler = upsampler
    self.parameters = parameters
  }

  /// The conditioning features.
  public var conditioning: FeatureConditioning { upsampler.features }

  /// The steps of the frames between the margins: bit-identical however a signal's frames are split.
  ///
  /// - Shapes: [n + 2 · margin, C] → [n · hop, C].
  public func steps(_ frames: [Float]) -> [Float] { upsampler.steps(of: frames, parameters) }

  /// The tensors of the upsampler by name.
  package var tensors: [(String, Tensor<Float>)] { parameters.names.map { ($0, parameters[$0]) } }

  /// The upsampling of a network; nil where it is not conditioned on features.
  package init?(_ network: WaveNet, _ parameters: Parameters<Float>) {
    guard let upsampler = network.features else { return nil }
    self.init(upsampler, Parameters(upsampler.declarations.map { ($0.name, parameters[$0.name]) }))
  }
}
