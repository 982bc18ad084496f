import KodamaLayers
import KodamaTensors

extension InferenceModel {
  /// The model as a network and its parameters, weights multiplied out; nil where a layer has another precision than
  /// `Precision.float32`.
  package var singlePrecision: WaveNetModel? {
    var tensors: [String: Tensor<Float>] = [:]
    for layer in (input.map { [$0] } ?? []) + layers {
      guard case .float32(let weights) = layer.weights else { return nil }
      tensors[layer.path + ".weight"] = Tensor([layer.outputs, layer.channels, layer.taps], weights)
      tensors[layer.path + ".bias"] = Tensor([layer.outputs], layer.bias)
    }
    let network = WaveNet(configuration)
    for declaration in network.embedding?.declarations ?? [] { tensors[declaration.name] = embedding }
    let parameters = network.declarations.map { declaration in
      guard let tensor = tensors[declaration.name] else {
        preconditionFailure("the model has no layer for \(declaration.name)")
      }
      return (declaration.name, tensor)
    }
    return WaveNetModel(
      sampleRate: sampleRate, configuration: configuration, parameters: Parameters(parameters))
  }
}
