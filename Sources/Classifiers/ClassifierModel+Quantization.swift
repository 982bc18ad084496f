import KodamaCheckpoints
import KodamaInference
import KodamaLayers
import KodamaTensors

// Layers of integers.
extension ClassifierModel {
  /// The network on the map of one window.
  package var graph: MapGraph { configuration.graph(parameters).replacing(quantizedLayers) }

  /// The layers that may be quantized, in the order in which they are computed, as they are: convolutions of one group
  /// and the heads.
  public var quantizableLayers: [InferenceLayer] {
    let quantized = Dictionary(uniqueKeysWithValues: quantizedLayers.map { ($0.path, $0) })
    return configuration.graph(parameters).quantizableLayers.map { quantized[$0.path] ?? $0 }
  }

  /// What the precisions of the layers amount to; nil where all are in single precision.
  public var quantization: Quantization? { Quantization(of: quantizableLayers) }

  /// The model with other weights of some of its quantizable layers.
  ///
  /// - Precondition: of 8 bits or in single precision; the paths and sizes are those of layers of the model.
  public func replacing(_ layers: [InferenceLayer]) -> ClassifierModel {
    var parameters = parameters
    for layer in layers {
      let name = layer.weightName
      parameters[name] = Tensor(parameters[name].shape, layer.dequantized)
    }
    let paths = Set(layers.map(\.path))
    return ClassifierModel(
      configuration, parameters,
      quantizedLayers: quantizedLayers.filter { !paths.contains($0.path) }
        + layers.filter { $0.precision.hasIntegerInputs })
  }

  /// The bytes of all tensors in a file.
  public var storedBytes: Int { stored.reduce(0) { $0 + $1.byteCount } }

  /// The tensors in a file.
  var stored: [StoredTensor] {
    let replaced = Set(quantizedLayers.flatMap { [$0.weightName, $0.biasName] })
    return parameters.stored().filter { !replaced.contains($0.name) } + quantizedLayers.flatMap(\.stored)
  }

  /// Reads a model with layers of integers.
  ///
  /// - Throws: `CheckpointFault.mismatch`, `.notFinite`, `.badElement`; `FileFault.cannotRead`.
  init(
    _ configuration: ClassifierConfiguration, _ quantization: Quantization, from file: SafetensorsReader
  ) throws {
    let declarations = configuration.layers.declarations
    let (graph, zeros) = configuration.emptyGraph
    let layers = graph.quantizableLayers.filter { quantization.precision(of: $0.path).hasIntegerInputs }
    let replaced = Set(layers.flatMap { [$0.weightName, $0.biasName] })
    let others = declarations.filter { !replaced.contains($0.name) }
    try file.verify(
      others.map { TensorForm($0.name, nil, $0.shape) }
        + layers.flatMap { InferenceLayer.forms($0.form, .int8, in: file) })
    let zeroPoints = graph.zeroPoints
    let read = try layers.map {
      try InferenceLayer($0.form, .int8, zeroPoint: zeroPoints[$0.path] ?? 0, from: file)
    }
    var parameters = zeros
    for declaration in others { parameters[declaration.name] = try file.finiteTensor(declaration.name) }
    for layer in read {
      if let bias = layer.bias { parameters[layer.biasName] = Tensor(parameters[layer.biasName].shape, bias) }
    }
    self = ClassifierModel(configuration: configuration, parameters: parameters).replacing(read)
  }
}

extension ClassifierConfiguration {
  /// The graph with zeros as weights: what its layers are does not depend on them.
  fileprivate var emptyGraph: (MapGraph, Parameters<Float>) {
    let zeros = Parameters<Float>(zeros: layers.declarations)
    return (graph(zeros), zeros)
  }
}

extension Quantization {
  /// Reads the section of the configuration of a classifier.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration, of configuration: ClassifierConfiguration) throws {
    let layers = configuration.emptyGraph.0.quantizableLayers.map(\.path)
    try self.init(file, layers: layers)
    let supported: [Precision] = [.float32, .int8]
    if let other = layers.map(precision).first(where: { !supported.contains($0) }) {
      throw CheckpointFault.wrongValue(
        path: file.path, key: Self.key, value: other.rawValue,
        expected: supported.map(\.rawValue).joined(separator: " or "))
    }
  }
}

extension InferenceLayer {
  fileprivate var weightName: String { path + ".weight" }
  fileprivate var biasName: String { path + ".bias" }
}
