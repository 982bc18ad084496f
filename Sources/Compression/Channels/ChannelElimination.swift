import KodamaTensors

/// Removes channels that some layers take as their inputs, one after the other: each time the one whose loss changes the
/// outputs of all these layers together least, after their other weights have made up for it.
struct ChannelElimination: Sendable {
  /// The channels that are left, ascending.
  private var kept: [Int]
  private var layers: [ReadjustedLayer]

  /// - Precondition: the layers have the same input channels.
  init(_ layers: [ReadjustedLayer]) {
    precondition(Set(layers.map(\.channels)).count == 1, "layers of \(layers.map(\.channels)) inputs share none")
    self.layers = layers
    kept = Array(0..<layers[0].channels)
  }

  /// Removes channels until `count` are left.
  mutating func reduce(to count: Int) {
    while kept.count > count {
      var errors = [Double](repeating: 0, count: kept.count)
      for layer in layers { for (index, error) in layer.errors(of: kept).enumerated() { errors[index] += error } }
      var least = 0
      for index in errors.indices where errors[index] < errors[least] { least = index }
      let channel = kept.remove(at: least)
      for index in layers.indices { layers[index].remove(channel) }
    }
  }

  /// The channels that are left, and the layers' parameters with them.
  var result: KeptChannels {
    KeptChannels(indices: kept, layers: layers.map { $0.parameters(keeping: kept) })
  }

  /// The results with some numbers of channels.
  ///
  /// - Parameter counts: ascending.
  func results(_ counts: [Int]) -> [KeptChannels] {
    var state = self
    return counts.reversed().map { count in
      state.reduce(to: count)
      return state.result
    }.reversed()
  }
}

/// Channels that are left, and the layers that take them as their inputs.
struct KeptChannels: Sendable {
  /// Ascending.
  let indices: [Int]
  /// [outputs, kept, taps] and [outputs].
  let layers: [(weight: Tensor<Float>, bias: Tensor<Float>?)]
}
