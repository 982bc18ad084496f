import KodamaCheckpoints
import KodamaCore

/// The summary in JSON.
extension AmplifierSummary {
  private enum CodingKeys: CodingKey {
    case architecture, sampleRate, parameters, bytes, arrays, layers, units, channels, dilations, activation, taps
    case sizes, sizeSteps, receptiveFieldSamples, receptiveFieldMilliseconds, inputChannels, outputChannels
    case metadata, heldOut
  }

  private enum MetadataKeys: CodingKey {
    case name, author, gearType, gearMake, gearModel, toneType, loudness, gain, inputLevel, outputLevel
  }

  private enum HeldOutKeys: CodingKey { case step, errorToSignal }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(model.architecture.name, forKey: .architecture)
    try fields.encodeIfPresent(model.sampleRate, forKey: .sampleRate)
    try fields.encode(model.parameterCount, forKey: .parameters)
    try fields.encode(bytes, forKey: .bytes)
    try encode(model.sized(1).architecture, to: &fields)
    if !sizes.isEmpty {
      try fields.encode(sizes, forKey: .sizes)
      try fields.encode(model.sizeSteps, forKey: .sizeSteps)
    }
    try fields.encodeIfPresent(receptiveField, forKey: .receptiveFieldSamples)
    try fields.encodeIfPresent(receptiveFieldMilliseconds, forKey: .receptiveFieldMilliseconds)
    try fields.encode(model.architecture.inputChannels, forKey: .inputChannels)
    try fields.encode(model.architecture.outputChannels, forKey: .outputChannels)
    var metadata = fields.nestedContainer(keyedBy: MetadataKeys.self, forKey: .metadata)
    try encode(to: &metadata)
    if let heldOut {
      var measured = fields.nestedContainer(keyedBy: HeldOutKeys.self, forKey: .heldOut)
      try measured.encode(heldOut.step, forKey: .step)
      try measured.encode(heldOut.loss, forKey: .errorToSignal)
    }
  }

  private func encode(
    _ architecture: AmplifierArchitecture, to fields: inout KeyedEncodingContainer<CodingKeys>
  ) throws {
    switch architecture {
    case .waveNet(let network): try fields.encode(network.arrays.map(ArrayForm.init), forKey: .arrays)
    case .lstm(let network):
      try fields.encode(network.layers, forKey: .layers)
      try fields.encode(network.units, forKey: .units)
    case .convNet(let network):
      try fields.encode(network.dilations.count, forKey: .layers)
      try fields.encode(network.channels, forKey: .channels)
      try fields.encode(network.dilations, forKey: .dilations)
      try fields.encode(network.activation.name, forKey: .activation)
    case .linear(let network): try fields.encode(network.receptiveField, forKey: .taps)
    case .container: preconditionFailure("a model of one size is no container")
    }
  }

  private func encode(to fields: inout KeyedEncodingContainer<MetadataKeys>) throws {
    let metadata = model.metadata
    let texts: [(AmplifierMetadata.Name, MetadataKeys)] = [
      (.name, .name), (.modeledBy, .author), (.gearType, .gearType), (.gearMake, .gearMake), (.gearModel, .gearModel),
      (.toneType, .toneType),
    ]
    for (name, key) in texts { try fields.encodeIfPresent(metadata.names[name], forKey: key) }
    let numbers: [(Double?, MetadataKeys)] = [
      (metadata.loudness, .loudness), (metadata.gain, .gain), (metadata.inputLevel, .inputLevel),
      (metadata.outputLevel, .outputLevel),
    ]
    for (number, key) in numbers { try fields.encodeIfPresent(number, forKey: key) }
  }
}

/// An array of layers in JSON.
private struct ArrayForm: Encodable {
  let channels: Int
  let bottleneck: Int
  let kernelSizes: [Int]
  let dilations: [Int]
  let activations: [String]
  /// The gate's function of each layer; null without a gate.
  let gates: [String?]

  init(_ array: LayerArray) {
    (channels, bottleneck) = (array.channels, array.bottleneck)
    (kernelSizes, dilations) = (array.layers.map(\.kernelSize), array.layers.map(\.dilation))
    (activations, gates) = (array.layers.map(\.activation.name), array.layers.map { $0.gating.second?.name })
  }
}
