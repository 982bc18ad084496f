import KodamaCore

/// Writing `.nam` files.
///
/// Networks of the first form of the format, such as A1, are written as version 0.5.4, which every player reads; others as
/// 0.7.0. A file that was read and is written again has the same network, weights and metadata.
extension AmplifierModel {
  /// Writes a `.nam` file.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`, `.cannotWrite`.
  public func write(to path: String, existing: AtomicFile.Existing = .refuse) throws {
    try AtomicFile.write(to: path, existing: existing) { try $0.write(fileText) }
  }

  /// The text of a `.nam` file.
  public var fileText: String { json.indentedText }

  var json: JSON {
    var members: [JSON.Member] = [
      JSON.Member("version", .string(architecture.isOfFirstForm ? "0.5.4" : "0.7.0")),
      JSON.Member("metadata", metadata.json), JSON.Member("architecture", .string(architecture.name)),
      JSON.Member("config", architecture.json(headScale: weights.last ?? 0)),
      JSON.Member("weights", .array(weights.map { JSON(shortest: $0) })),
    ]
    if let sampleRate { members.append(JSON.Member("sample_rate", JSON(sampleRate))) }
    return .object(members)
  }
}

extension AmplifierMetadata {
  /// What a file had, with the present values.
  var json: JSON {
    var members = other?.members ?? []
    func set(_ key: String, _ value: JSON?) {
      let place = members.firstIndex { $0.key == key }
      switch (place, value) {
      case (let place?, let value?): members[place] = JSON.Member(key, value)
      case (nil, let value?): members.append(JSON.Member(key, value))
      case (let place?, nil) where members[place].value != .null: members.remove(at: place)
      case (_, nil): break
      }
    }
    set("loudness", loudness.map { JSON($0) })
    set("gain", gain.map { JSON($0) })
    set("input_level_dbu", inputLevel.map { JSON($0) })
    set("output_level_dbu", outputLevel.map { JSON($0) })
    for name in Name.allCases { set(name.rawValue, names[name].map { .string($0) }) }
    return .object(members)
  }
}

extension AmplifierArchitecture {
  /// Whether players of the format's first version know it.
  fileprivate var isOfFirstForm: Bool {
    switch self {
    case .waveNet(let network):
      network.inputChannels == 1 && network.postHead == nil && network.condition == nil
        && network.arrays.allSatisfy(\.isOfFirstForm)
    case .lstm(let network): network.inputChannels == 1 && network.outputChannels == 1
    case .convNet(let network):
      network.inputChannels == 1 && network.outputChannels == 1 && network.groups == 1
    case .linear(let network): network.channels == 1
    case .container: false
    }
  }

  func json(headScale: Float) -> JSON {
    switch self {
    case .waveNet(let network): network.json(headScale: headScale)
    case .lstm(let network):
      JSON.object([
        JSON.Member("input_size", JSON(network.inputChannels)), JSON.Member("hidden_size", JSON(network.units)),
        JSON.Member("num_layers", JSON(network.layers)),
      ]).adding(channels: network.inputChannels, network.outputChannels)
    case .convNet(let network):
      JSON.object([
        JSON.Member("channels", JSON(network.channels)),
        JSON.Member("dilations", .array(network.dilations.map { JSON($0) })),
        JSON.Member("batchnorm", .boolean(network.isNormalized)), JSON.Member("activation", network.activation.json),
        JSON.Member("groups", JSON(network.groups)),
      ]).adding(channels: network.inputChannels, network.outputChannels)
    case .linear(let network):
      JSON.object([
        JSON.Member("receptive_field", JSON(network.receptiveField)), JSON.Member("bias", .boolean(network.hasBias)),
      ]).adding(channels: network.channels, network.channels)
    case .container(let models):
      [
        "submodels": .array(
          models.map { .object([JSON.Member("max_value", JSON($0.limit)), JSON.Member("model", $0.model.json)]) })
      ]
    }
  }
}

extension JSON {
  /// The object with its numbers of channels, where these are not one.
  fileprivate func adding(channels inputs: Int, _ outputs: Int) -> JSON {
    if inputs == 1 && outputs == 1 { return self }
    return .object(
      (members ?? []) + [
        JSON.Member("in_channels", JSON(inputs)), JSON.Member("out_channels", JSON(outputs)),
      ])
  }
}

extension AmplifierActivation {
  /// A name where the parameters are the usual ones, else an object.
  fileprivate var json: JSON {
    func object(_ parameters: (String, JSON)...) -> JSON {
      .object([JSON.Member("type", .string(name))] + parameters.map { JSON.Member($0.0, $0.1) })
    }
    switch self {
    case .leakyReLU(let slope) where slope != 0.01: return object(("negative_slope", JSON(shortest: slope)))
    case .prelu(let slopes) where slopes.count == 1: return object(("negative_slope", JSON(shortest: slopes[0])))
    case .prelu(let slopes): return object(("negative_slopes", .array(slopes.map { JSON(shortest: $0) })))
    case .leakyHardTanh(let minimum, let maximum, let slopeBelow, let slopeAbove):
      return object(
        ("min_val", JSON(shortest: minimum)), ("max_val", JSON(shortest: maximum)),
        ("min_slope", JSON(shortest: slopeBelow)), ("max_slope", JSON(shortest: slopeAbove)))
    case .tanh, .fastTanh, .hardTanh, .relu, .leakyReLU, .sigmoid, .silu, .hardSwish, .softsign: return .string(name)
    }
  }
}

extension AmplifierWaveNet {
  func json(headScale: Float) -> JSON {
    var members: [JSON.Member] = []
    if inputChannels != 1 { members.append(JSON.Member("in_channels", JSON(inputChannels))) }
    if let condition { members.append(JSON.Member("condition_dsp", condition.json)) }
    members.append(JSON.Member("layers", .array(arrays.map { $0.isOfFirstForm ? $0.firstForm : $0.laterForm })))
    let head = postHead.map { head in
      JSON.object([
        JSON.Member("channels", JSON(head.channels)), JSON.Member("out_channels", JSON(head.outputChannels)),
        JSON.Member("kernel_sizes", .array(head.kernelSizes.map { JSON($0) })),
        JSON.Member("activation", head.activation.json),
      ])
    }
    return .object(
      members + [JSON.Member("head", head ?? .null), JSON.Member("head_scale", JSON(shortest: headScale))])
  }
}

extension LayerArray {
  /// Whether the format's first version has such arrays.
  fileprivate var isOfFirstForm: Bool {
    let first = layers[0]
    let isUniform = layers.allSatisfy {
      $0.kernelSize == first.kernelSize && $0.activation == first.activation && $0.gating == first.gating
    }
    return isUniform && isPlain && pointwiseGroups == 1 && bottleneck == channels && head.kernelSize == 1
      && allowedChannels == nil && (first.gating == .none || first.gating == .gated(by: .sigmoid))
      && first.activation.json.string != nil
  }

  private var sizes: [JSON.Member] {
    [
      JSON.Member("input_size", JSON(inputChannels)), JSON.Member("condition_size", JSON(conditionChannels)),
      JSON.Member("channels", JSON(channels)), JSON.Member("dilations", .array(layers.map { JSON($0.dilation) })),
    ]
  }

  fileprivate var firstForm: JSON {
    .object(
      sizes + [
        JSON.Member("head_size", JSON(head.outputChannels)), JSON.Member("kernel_size", JSON(layers[0].kernelSize)),
        JSON.Member("activation", layers[0].activation.json),
        JSON.Member("gated", .boolean(layers[0].gating.isHalving)), JSON.Member("head_bias", .boolean(head.bias)),
      ])
  }

  fileprivate var laterForm: JSON {
    var members = sizes
    func add(_ key: String, _ value: JSON) { members.append(JSON.Member(key, value)) }
    add("bottleneck", JSON(bottleneck))
    add("kernel_sizes", .array(layers.map { JSON($0.kernelSize) }))
    add("activation", .array(layers.map(\.activation.json)))
    add("gating_mode", .array(layers.map { .string($0.gating.name) }))
    if layers.contains(where: \.gating.isHalving) {
      add("secondary_activation", .array(layers.map { $0.gating.second?.json ?? .null }))
    }
    add(
      "head",
      [
        "out_channels": JSON(head.outputChannels), "kernel_size": JSON(head.kernelSize),
        "head_dilation": JSON(head.dilation), "bias": .boolean(head.bias),
      ])
    add("layer1x1", ["active": .boolean(pointwiseGroups != nil), "groups": JSON(pointwiseGroups ?? 1)])
    add(
      "head1x1",
      [
        "active": .boolean(headPointwise != nil), "out_channels": JSON(headPointwise?.outputChannels ?? channels),
        "groups": JSON(headPointwise?.groups ?? 1),
      ])
    add("groups_input", JSON(groups))
    add("groups_input_mixin", JSON(mixinGroups))
    for site in ModulationSite.allCases {
      let modulation = modulations[site]
      add(
        site.rawValue,
        [
          "active": .boolean(modulation != nil), "shift": .boolean(modulation?.hasShift ?? true),
          "groups": JSON(modulation?.groups ?? 1),
        ])
    }
    if let allowedChannels {
      add(
        "slimmable",
        [
          "method": "slice_channels_uniform",
          "kwargs": ["allowed_channels": .array(allowedChannels.map { JSON($0) })],
        ])
    }
    return .object(members)
  }
}

extension AmplifierGating {
  /// Its name in files.
  fileprivate var name: String {
    switch self {
    case .none: "none"
    case .gated: "gated"
    case .blended: "blended"
    }
  }
}
