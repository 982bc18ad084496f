import KodamaLayers

/// What a model holds and costs, from its sizes alone.
extension AmplifierModel {
  /// The weights of all its networks: those of a condition and of each size too.
  public var parameterCount: Int {
    switch architecture {
    case .container(let models): models.reduce(0) { $0 + $1.model.parameterCount }
    case .waveNet(let network): weights.count + (network.condition?.parameterCount ?? 0)
    case .lstm, .convNet, .linear: weights.count
    }
  }

  /// The cost of a sample, layer by layer; of a model of several sizes that of the largest.
  public var cost: NetworkCost { NetworkCost(layers: sized(1).architecture.layerCosts(under: "")) }
}

extension AmplifierArchitecture {
  /// A weight of a product or a convolution is one multiply-add a sample. The weights of one path, such as a matrix and its
  /// bias, are one layer.
  fileprivate func layerCosts(under prefix: String) -> [LayerCost] {
    switch self {
    case .container(let models): return models.last?.model.architecture.layerCosts(under: prefix) ?? []
    case .linear(let network):
      return [
        LayerCost(
          path: prefix + "impulse_response", multiplyAdds: network.receptiveField * network.channels,
          parameters: weightCount, activations: network.channels)
      ]
    case .waveNet, .lstm, .convNet: break
    }
    var layers: [(path: String, shapes: [WeightShape])] = []
    for shape in weightShapes {
      let parts = shape.name.split(separator: ".")
      let path = parts.count > 1 ? parts.dropLast().joined(separator: ".") : shape.name
      if layers.last?.path != path { layers.append((path, [])) }
      layers[layers.count - 1].shapes.append(shape)
    }
    var inner: [LayerCost] = []
    if case .waveNet(let network) = self, let condition = network.condition {
      inner = condition.sized(1).architecture.layerCosts(under: prefix + "condition.")
    }
    return inner
      + layers.map { path, shapes in
        let products = shapes.filter { $0.lengths.count > 1 }
        return LayerCost(
          path: prefix + path, multiplyAdds: products.reduce(0) { $0 + $1.count },
          parameters: shapes.filter(\.isTrained).reduce(0) { $0 + $1.count },
          activations: products.reduce(0) { $0 + $1.lengths[0] })
      }
  }
}

extension WeightShape {
  /// Whether it is no statistic of normalization.
  fileprivate var isTrained: Bool { !["norm.mean", "norm.variance", "norm.epsilon"].contains { name.hasSuffix($0) } }
}
