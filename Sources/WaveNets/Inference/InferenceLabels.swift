import KodamaLayers
import KodamaTensors

/// What a conditioned model makes of labels, in single precision: the tables of embeddings and the projection of each
/// block.
public struct InferenceLabels: Sendable, Equatable {
  /// By label set, [labels, C].
  public let tables: [Tensor<Float>]
  /// By block: [2G, C, 1], without bias.
  public let projections: [InferenceLayer]

  /// What labels add to the gates of every block, filter first: [blocks][2G]. Sums are of double precision.
  ///
  /// - Precondition: the conditions are of this model.
  public func gateOffsets(_ conditions: Conditions) -> [[Float]] {
    precondition(
      conditions.mixtures.count == tables.count,
      "conditions of \(conditions.mixtures.count) label sets, not \(tables.count)")
    let channels = tables[0].shape[1]
    var vector = [Double](repeating: 0, count: channels)
    for (table, mixture) in zip(tables, conditions.mixtures) {
      for share in mixture {
        let row = table.part(share.label * channels..<(share.label + 1) * channels, shape: [channels]).elements
        for channel in 0..<channels { vector[channel] += share.weight * Double(row[channel]) }
      }
    }
    return projections.map { layer in
      let weights = layer.dequantized
      return (0..<layer.outputs).map { output in
        Float((0..<channels).reduce(0.0) { $0 + Double(weights[output * channels + $1]) * vector[$1] })
      }
    }
  }
}

extension InferenceLabels {
  /// Those of a network; nil where it is not conditioned.
  init?(_ network: WaveNet, _ parameters: Parameters<Float>) {
    guard let labels = network.labels else { return nil }
    self.init(
      tables: labels.tables.map { $0.table(from: parameters) },
      projections: network.blocks.compactMap(\.labels).map { InferenceLayer($0, parameters) })
  }
}
