import KodamaLayers
import KodamaTensors

extension WaveNet {
  /// What a sample costs, layer by layer: the same whether it is one of many that are scored or trained on at once, or
  /// generated alone from caches.
  ///
  /// What is done once a signal, such as mixing the embeddings of its labels, is not in it. What is done once a frame of
  /// features is divided among the frame's samples, and rounded up.
  public var cost: NetworkCost {
    // The difference of two lengths leaves out what does not grow with them.
    let step = configuration.conditioning.features?.hopLength ?? 1
    let (one, two) = (cost(samples: step), cost(samples: 2 * step))
    return NetworkCost(
      layers: zip(one.layers, two.layers).map { one, two in
        LayerCost(
          path: one.path, multiplyAdds: (two.multiplyAdds - one.multiplyAdds + step - 1) / step,
          parameters: one.parameters,
          activations: (two.activations - one.activations + step - 1) / step)
      })
  }

  private func cost(samples: Int) -> NetworkCost {
    let conditioning = configuration.conditioning
    let features = conditioning.features.map { features in
      let shape: Shape = [1, features.windowFrames(steps: samples), features.channels]
      return FeatureWindow([Float](repeating: 0, count: shape.count), shape: shape)
    }
    let conditions = conditioning.labels.isEmpty ? [] : [Conditions(labels: conditioning.labels.map { _ in 0 })]
    let input = input(
      previous: [Int32](repeating: Self.start, count: samples), shape: [1, samples], conditions: conditions,
      features: features)
    return NetworkCost(of: declarations) { _ = logits(input, $0) }
  }
}
