import KodamaLayers
import KodamaTensors

/// Weights as the parameters of a network that is trained.
extension AmplifierModel {
  /// A model with the weights of trained parameters.
  ///
  /// - Precondition: the parameters are those of the architecture's network.
  public init(
    _ architecture: AmplifierArchitecture, parameters: Parameters<Float>, sampleRate: Double?,
    metadata: AmplifierMetadata = AmplifierMetadata()
  ) {
    let weights = architecture.weightShapes.flatMap { parameters[$0.name].elements }
    self.init(architecture, weights: weights, sampleRate: sampleRate, metadata: metadata)
  }

  /// The weights as parameters; nil for kinds that are not trained.
  public var parameters: Parameters<Float>? {
    guard let network = architecture.network(headScale: Double(weights.last ?? 0)) else { return nil }
    var parameters = Parameters<Float>(network.declarations, seed: 0)
    var start = 0
    for shape in architecture.weightShapes {
      let numbers = Array(weights[start..<start + shape.count])
      parameters[shape.name] = Tensor(parameters[shape.name].shape, numbers)
      start += shape.count
    }
    return parameters
  }
}
