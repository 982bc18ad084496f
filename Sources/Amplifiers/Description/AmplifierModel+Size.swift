/// Models of several sizes in one.
extension AmplifierModel {
  /// The sizes at which another network is chosen, ascending, between 0 and 1; empty for a model of one size.
  public var sizeSteps: [Double] {
    switch architecture {
    case .container(let models): return models.dropLast().map(\.limit)
    case .waveNet(let network):
      let steps = network.arrays.flatMap { array in
        let allowed = array.allowedChannels ?? []
        return allowed.indices.dropFirst().map { Double($0) / Double(allowed.count) }
      }
      return Set(steps).sorted()
    case .lstm, .convNet, .linear: return []
    }
  }

  /// The network for a size from 0, the smallest, to 1: a model of one size.
  ///
  /// A container gives the first model whose limit is above the size. Layers that can be cut keep their first channels,
  /// and with them the first rows and columns of each weight.
  ///
  /// - Source: Yu et al. 2019, "Slimmable neural networks", §3.
  public func sized(_ size: Double) -> AmplifierModel {
    switch architecture {
    case .container(let models):
      return (models.first { size < $0.limit } ?? models[models.count - 1]).model.sized(size)
    case .waveNet(let network):
      let cut = network.cut(to: size)
      if cut == network { return self }
      return AmplifierModel(
        .waveNet(cut), weights: Self.corner(of: weights, architecture.weightShapes, cut.weightShapes),
        sampleRate: sampleRate, metadata: metadata)
    case .lstm, .convNet, .linear: return self
    }
  }

  /// Of each weight the part with the lowest indices.
  private static func corner(of weights: [Float], _ shapes: [WeightShape], _ cut: [WeightShape]) -> [Float] {
    var (kept, start): ([Float], Int) = ([], 0)
    for (shape, part) in zip(shapes, cut) {
      func take(_ axis: Int, _ offset: Int) {
        guard axis < shape.lengths.count else {
          kept.append(weights[offset])
          return
        }
        let step = shape.lengths[(axis + 1)...].reduce(1, *)
        for index in 0..<part.lengths[axis] { take(axis + 1, offset + index * step) }
      }
      take(0, start)
      start += shape.count
    }
    return kept
  }
}

extension AmplifierWaveNet {
  /// The network with the channels of a size.
  func cut(to size: Double) -> AmplifierWaveNet {
    let channels = arrays.map { array in
      guard let allowed = array.allowedChannels else { return array.channels }
      return allowed[min(allowed.count - 1, Int(max(0, size) * Double(allowed.count)))]
    }
    var cut = self
    for index in arrays.indices {
      let array = arrays[index]
      cut.arrays[index].channels = channels[index]
      cut.arrays[index].bottleneck =
        array.pointwiseGroups == nil
        ? channels[index] : max(1, array.bottleneck * channels[index] / array.channels)
      if index > 0 { cut.arrays[index].inputChannels = channels[index - 1] }
      if index < arrays.count - 1 { cut.arrays[index].head.outputChannels = channels[index + 1] }
      cut.arrays[index].allowedChannels = nil
      let bottleneck = cut.arrays[index].bottleneck
      for layer in array.layers.indices {
        cut.arrays[index].layers[layer].activation = array.layers[layer].activation.cut(to: bottleneck)
        cut.arrays[index].layers[layer].gating = array.layers[layer].gating.cut(to: bottleneck)
      }
    }
    return channels == arrays.map(\.channels) ? self : cut
  }
}

extension AmplifierActivation {
  /// The function with the slopes of the first channels.
  fileprivate func cut(to channels: Int) -> AmplifierActivation {
    guard case .prelu(let slopes) = self, slopes.count > 1 else { return self }
    return .prelu(slopes: Array(slopes.prefix(channels)))
  }
}

extension AmplifierGating {
  fileprivate func cut(to channels: Int) -> AmplifierGating {
    switch self {
    case .none: .none
    case .gated(let second): .gated(by: second.cut(to: channels))
    case .blended(let second): .blended(by: second.cut(to: channels))
    }
  }
}
