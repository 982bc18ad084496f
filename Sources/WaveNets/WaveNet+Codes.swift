import KodamaLayers
import KodamaSignal
import KodamaTensors

extension WaveNet {
  /// Represents "no sample before" in a row of previous codes.
  public static let start: Int32 = -1

  /// Converts between samples and the codes that the network predicts.
  public var companding: Companding { configuration.companding }

  /// The network's input for the codes before each step: the codes, or for scalar input the samples they represent.
  /// `start` is replaced by the code of silence, or 0.
  ///
  /// - Parameters:
  ///   - previous: the code before each step, as many as `shape` [B, T] has elements.
  ///   - conditions: of each signal; may be empty where the network is not conditioned on labels.
  ///   - features: of every signal; nil where the network is not conditioned on features.
  public func input(
    previous: [Int32], shape: Shape, conditions: [Conditions] = [], features: FeatureWindow? = nil
  ) -> WaveNetInput {
    switch configuration.input {
    case .embedding:
      let silence = Int32(companding.silence)
      return WaveNetInput(
        codes: previous.map { $0 < 0 ? silence : $0 }, shape: shape, conditions: conditions, features: features)
    case .scalar:
      let table = companding.decodingTable
      return WaveNetInput(
        samples: previous.map { $0 < 0 ? 0 : table[Int($0)] }, shape: shape, conditions: conditions,
        features: features)
    }
  }

  /// The weighted mean of −ln p(target) in nats: cross-entropy of classes, or the loss of the mixture. In a process that has
  /// no outputs a 0, from which the backward pass starts.
  ///
  /// - Shapes: outputs of `logits`, as many targets and weights as steps → [].
  /// - Parameters:
  ///   - targets: the code of each step, in 0..<levels.
  ///   - weights: the weight of each step; with a positive sum.
  public func loss<S: Scalar>(_ outputs: Variable<S>, targets: [Int32], weights: [S]) -> Variable<S> {
    if part?.hasOutputs == false { return outputs }
    if let mixture = configuration.mixture {
      return outputs.mixtureLoss(mixture, targets: targets, weights: weights)
    }
    return outputs.crossEntropy(targets: targets, weights: weights)
  }
}

extension WaveNet {
  /// The cost of a sample, layer by layer. It is the same in scoring, in training and in generation from caches.
  ///
  /// Operations done once per signal, such as mixing the embeddings of its labels, are excluded. The cost of operations
  /// done once per frame of features is divided by the hop and rounded up.
  public var cost: NetworkCost {
    // The difference of two lengths excludes constant costs.
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
