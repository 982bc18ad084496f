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
      if let bias = layer.bias { parameters[layer.biasName] = Tensor([bias.count], bias) }
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
    let layers = configuration.quantizableForms.filter { quantization.precision(of: $0.path).hasIntegerInputs }
    let replaced = Set(layers.flatMap { [$0.path + ".weight", $0.path + ".bias"] })
    let others = declarations.filter { !replaced.contains($0.name) }
    try file.verify(
      others.map { TensorForm($0.name, nil, $0.shape) }
        + layers.flatMap { InferenceLayer.forms($0, .int8, in: file) })
    let zeros = Parameters<Float>(zeros: declarations)
    let zeroPoints = configuration.graph(zeros).zeroPoints
    let read = try layers.map { layer in
      guard let zeroPoint = zeroPoints[layer.path] else {
        preconditionFailure("\(layer.path) is no layer of the graph")
      }
      return try InferenceLayer(layer, .int8, zeroPoint: zeroPoint, from: file)
    }
    var parameters = zeros
    for declaration in others { parameters[declaration.name] = try file.finiteTensor(declaration.name) }
    self = ClassifierModel(configuration: configuration, parameters: parameters).replacing(read)
  }
}

extension ClassifierConfiguration {
  /// The sizes of the layers that may be quantized, in the order of the parameters.
  package var quantizableForms: [InferenceLayer.Form] {
    let declarations = layers.declarations
    let names = Set(declarations.map(\.name))
    return declarations.filter(\.isLayerWeight).map { weight in
      let path = weight.name.split(separator: ".").dropLast().joined(separator: ".")
      return InferenceLayer.Form(
        path: path, outputs: weight.shape[0], channels: weight.shape[1],
        taps: weight.shape.extents.dropFirst(2).reduce(1, *), hasBias: names.contains(path + ".bias"))
    }
  }
}

extension Quantization {
  /// Reads the section of the configuration of a classifier.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration, of configuration: ClassifierConfiguration) throws {
    let layers = configuration.quantizableForms.map(\.path)
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
