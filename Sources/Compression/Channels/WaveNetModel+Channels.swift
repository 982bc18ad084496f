import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// The channels of a WaveNet that are left.
struct NetworkChannels: Sendable {
  /// The channels between blocks; their layers are the dilated convolutions.
  var residual: KeptChannels
  /// The gate channels of each block; their layer has the rows of the skip convolution, then of the residual one.
  var gates: [KeptChannels]
  /// The skip channels; their layer is the first of the head.
  var skip: KeptChannels
  /// The channels within the head; their layer is its last.
  var head: KeptChannels
}

extension WaveNetModel {
  /// The same network with normalized weights multiplied out.
  var withoutWeightNormalization: WaveNetModel {
    if !configuration.weightNormalization { return self }
    var plain = configuration
    plain.weightNormalization = false
    let suffix = ".weight"
    return WaveNetModel(
      sampleRate: sampleRate, configuration: plain,
      parameters: Parameters(WaveNet(plain).declarations) { name in
        let path = String(name.dropLast(suffix.count))
        guard name.hasSuffix(suffix), parameters.names.contains(path + ".weight_v") else { return parameters[name] }
        let shape = parameters[path + ".weight_v"].shape
        return WeightNormalization(path, shape, normalized: true, initializer: .constant(0)).tensor(from: parameters)
      })
  }

  /// The network with some of its channels.
  ///
  /// - Precondition: no weights are normalized.
  func keeping(_ channels: NetworkChannels) -> WaveNetModel {
    var counts = ChannelCounts(configuration)
    let (gateChannels, skipChannels) = (counts.gate, counts.skip)
    (counts.residual, counts.gate) = (channels.residual.indices.count, channels.gates[0].indices.count)
    (counts.skip, counts.head) = (channels.skip.indices.count, channels.head.indices.count)
    let smaller = configuration.with(counts)
    var values = Dictionary(uniqueKeysWithValues: parameters.names.map { ($0, parameters[$0]) })
    func keep(_ rows: [Int], of names: String...) {
      for name in names { values[name] = values[name]?.rows(rows) }
    }
    func set(_ path: String, _ layer: (weight: Tensor<Float>, bias: Tensor<Float>?)) {
      values[path + ".weight"] = layer.weight
      if let bias = layer.bias { values[path + ".bias"] = bias }
    }
    values["embedding.weight"] = values["embedding.weight"]?.columns(channels.residual.indices)
    keep(channels.residual.indices, of: "input.weight", "input.bias")
    for (index, gates) in channels.gates.enumerated() {
      let path = "blocks.\(index)"
      set(path + ".dilated", channels.residual.layers[index])
      // Filter first, gate second.
      keep(
        gates.indices + gates.indices.map { $0 + gateChannels },
        of: path + ".dilated.weight", path + ".dilated.bias", path + ".labels.weight", path + ".features.weight")
      set(path + ".skip", gates.layers[0])
      keep(channels.skip.indices, of: path + ".skip.weight", path + ".skip.bias")
      if index == channels.gates.count - 1 { continue }
      set(path + ".residual", gates.layers[0])
      keep(
        channels.residual.indices.map { $0 + skipChannels }, of: path + ".residual.weight", path + ".residual.bias")
    }
    set("head.0", channels.skip.layers[0])
    keep(channels.head.indices, of: "head.0.weight", "head.0.bias")
    set("head.1", channels.head.layers[0])
    return WaveNetModel(
      sampleRate: sampleRate, configuration: smaller,
      parameters: Parameters(WaveNet(smaller).declarations) { name in
        guard let value = values[name] else { preconditionFailure("\(name) is no parameter of the larger network") }
        return value
      })
  }
}

extension Tensor<Float> {
  /// Some rows along the first axis.
  func rows(_ kept: [Int]) -> Tensor {
    let (length, elements) = (count / shape[0], elements)
    return Tensor(
      Shape([kept.count] + shape.extents.dropFirst()), kept.flatMap { elements[$0 * length..<($0 + 1) * length] })
  }

  /// Some columns of a matrix.
  fileprivate func columns(_ kept: [Int]) -> Tensor {
    let (length, elements) = (shape[1], elements)
    return Tensor([shape[0], kept.count], (0..<shape[0]).flatMap { row in kept.map { elements[row * length + $0] } })
  }

  /// The rows of this tensor, then those of another one.
  func appendingRows(of other: Tensor) -> Tensor {
    Tensor(Shape([shape[0] + other.shape[0]] + shape.extents.dropFirst()), elements + other.elements)
  }
}
