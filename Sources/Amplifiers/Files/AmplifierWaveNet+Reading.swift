import KodamaCore

extension AmplifierWaveNet {
  init(_ config: AmplifierObject, rate: Double?) throws {
    let inputs = try config.integer("in_channels", default: 1)
    var condition: AmplifierModel?
    if let object = try config.object("condition_dsp") {
      condition = try AmplifierModel(object, rate: rate)
      if let condition {
        try object.check("its input channels", condition.architecture.inputChannels, is: inputs, "that of the model")
      }
    }
    let conditionChannels = condition?.architecture.outputChannels ?? inputs
    var arrays: [LayerArray] = []
    let objects = try config.objects("layers")
    if objects.count > 64 {
      throw config.wrong("layers", try config.required("layers"), expected: "a list of at most 64")
    }
    for object in objects {
      let array = try LayerArray(object)
      try object.check(
        "condition_size", array.conditionChannels, is: conditionChannels,
        condition == nil ? "the number of input channels" : "that of the channels of condition_dsp")
      try object.check(
        "input_size", array.inputChannels, is: arrays.last?.channels ?? inputs,
        arrays.isEmpty ? "the number of input channels" : "the number of channels of the array before")
      if let before = arrays.last {
        try object.check(
          "the size of the head's sum", array.sumChannels, is: before.head.outputChannels,
          "that of the output of the head before")
      }
      arrays.append(array)
    }
    var postHead: PostHead?
    if let object = try config.object("head") {
      postHead = try PostHead(object, inputs: arrays[arrays.count - 1].head.outputChannels)
      if arrays.contains(where: { $0.allowedChannels != nil }) {
        throw config.wrong("head", .object([]), expected: "null where layers can be cut")
      }
    }
    // The factor of the output is the last weight; this one is not used.
    _ = try config.number("head_scale")
    self.init(inputChannels: inputs, arrays: arrays, postHead: postHead, condition: condition)
    let frames = arrays.reduce(0) { sum, array in
      array.layers.reduce(sum + (array.head.kernelSize - 1) * array.head.dilation * array.sumChannels) {
        $0 + $1.lookback * array.channels
      }
    }
    if frames > AmplifierModel.historyLimit {
      throw AmplifierFault.tooLarge(
        path: config.path, key: config.prefix + "layers", frames: frames, limit: AmplifierModel.historyLimit)
    }
    if let lookback, lookback > AmplifierModel.lookbackLimit {
      throw AmplifierFault.tooLarge(
        path: config.path, key: config.prefix + "layers", frames: lookback, limit: AmplifierModel.lookbackLimit)
    }
  }
}

extension AmplifierWaveNet.PostHead {
  fileprivate init(_ object: AmplifierObject, inputs: Int) throws {
    try object.check(
      "in_channels", try object.integer("in_channels", default: inputs), is: inputs,
      "the number of outputs of the last array")
    let (channels, kernelSizes) = (try object.integer("channels"), try object.integers("kernel_sizes"))
    self.init(
      channels: channels, outputChannels: try object.integer("out_channels"), kernelSizes: kernelSizes,
      activation: try AmplifierActivation(
        object.required("activation"), in: object, "activation",
        channels: kernelSizes.count == 1 ? [inputs] : [inputs, channels]))
  }
}

extension LayerArray {
  fileprivate init(_ object: AmplifierObject) throws {
    let channels = try object.integer("channels")
    self.init(
      inputChannels: try object.integer("input_size"), conditionChannels: try object.integer("condition_size"),
      channels: channels, bottleneck: try object.integer("bottleneck", default: channels), layers: [],
      head: try Head(object))
    if let product = try object.object("layer1x1") {
      let groups = try product.integer("groups")
      pointwiseGroups = try product.boolean("active") ? groups : nil
      if pointwiseGroups != nil {
        try product.check("groups", groups, divides: [(bottleneck, "channels of bottleneck"), (channels, "channels")])
      }
    }
    if let product = try object.object("head1x1") {
      let (groups, outputs) = (try product.integer("groups"), try product.integer("out_channels"))
      if try product.boolean("active") {
        try product.check(
          "groups", groups, divides: [(bottleneck, "channels of bottleneck"), (outputs, "channels of out_channels")])
        headPointwise = HeadPointwise(outputChannels: outputs, groups: groups)
      }
    }
    layers = try Self.layers(object, bottleneck: bottleneck)
    (groups, mixinGroups) = (
      try object.integer("groups_input", default: 1), try object.integer("groups_input_mixin", default: 1)
    )
    for layer in layers {
      let gate = gateChannels(layer)
      try object.check("groups_input", groups, divides: [(channels, "channels"), (gate, "channels of the gate")])
      try object.check(
        "groups_input_mixin", mixinGroups,
        divides: [(conditionChannels, "channels of condition_size"), (gate, "channels of the gate")])
    }
    for site in ModulationSite.allCases { modulations[site] = try modulation(at: site, object) }
    allowedChannels = try Self.allowedChannels(object, channels: channels)
    if allowedChannels != nil { try checkCutting(object) }
  }

  private func modulation(at site: ModulationSite, _ array: AmplifierObject) throws -> Modulation? {
    if array.value(site.rawValue) == .boolean(false) { return nil }
    guard let object = try array.object(site.rawValue), try object.boolean("active", default: true) else { return nil }
    let modulation = Modulation(
      hasShift: try object.boolean("shift", default: true), groups: try object.integer("groups", default: 1))
    for layer in layers {
      guard let channels = modulatedChannels(at: site, of: layer) else {
        throw AmplifierFault.wrongValue(
          path: object.path, key: object.prefix + "active", found: "true",
          expected: "false where the layers have no such product")
      }
      try object.check(
        "groups", modulation.groups,
        divides: [
          (conditionChannels, "channels of condition_size"),
          (modulation.hasShift ? 2 * channels : channels, "scales and shifts"),
        ])
    }
    return modulation
  }

  private static func layers(_ object: AmplifierObject, bottleneck: Int) throws -> [Layer] {
    let dilations = try object.integers("dilations", in: 1...AmplifierModel.lookbackLimit)
    let count = dilations.count
    if count > 4096 {
      throw object.wrong("dilations", try object.required("dilations"), expected: "a list of at most 4096")
    }
    let kernelSizes: [Int]
    if object.value("kernel_sizes") != nil {
      kernelSizes = try object.integers("kernel_sizes")
      if object.value("kernel_size") != nil {
        throw object.wrong(
          "kernel_size", try object.required("kernel_size"), expected: "absent where kernel_sizes is given")
      }
    } else {
      kernelSizes = Array(repeating: try object.integer("kernel_size"), count: count)
    }
    try object.check("the length of kernel_sizes", kernelSizes.count, is: count, "that of dilations")
    for (size, dilation) in zip(kernelSizes, dilations) where (size - 1) * dilation > AmplifierModel.lookbackLimit {
      throw AmplifierFault.tooLarge(
        path: object.path, key: object.prefix + "dilations", frames: (size - 1) * dilation,
        limit: AmplifierModel.lookbackLimit)
    }
    let activations = try each("activation", object, count) { json, key in
      try AmplifierActivation(json, in: object, key, channels: [bottleneck])
    }
    let gatings = try gatings(object, count, bottleneck: bottleneck)
    return (0..<count).map {
      Layer(
        kernelSize: kernelSizes[$0], dilation: dilations[$0], activation: activations[$0], gating: gatings[$0])
    }
  }

  /// The values of a key that has one for all layers, or a list of one for each.
  private static func each<Value>(
    _ key: String, _ object: AmplifierObject, _ count: Int, _ read: (JSON, _ key: String) throws -> Value
  ) throws -> [Value] {
    let found = try object.required(key)
    guard let list = found.array else { return Array(repeating: try read(found, key), count: count) }
    try object.check("the length of \(key)", list.count, is: count, "that of dilations")
    return try list.enumerated().map { try read($1, "\(key)[\($0)]") }
  }

  private static func gatings(_ object: AmplifierObject, _ count: Int, bottleneck: Int) throws -> [AmplifierGating] {
    guard object.value("gating_mode") != nil else {
      let isGated = try object.boolean("gated", default: false)
      return Array(repeating: isGated ? .gated(by: .sigmoid) : .none, count: count)
    }
    let modes = try each("gating_mode", object, count) { json, key in
      guard let name = json.string, ["none", "gated", "blended"].contains(name) else {
        throw object.wrong(key, json, expected: "none, gated or blended")
      }
      return name
    }
    let isList = object.value("gating_mode")?.array != nil
    let seconds = object.value("secondary_activation")
    if isList, let list = seconds?.array {
      try object.check("the length of secondary_activation", list.count, is: count, "that of dilations")
    }
    return try modes.enumerated().map { index, mode in
      if mode == "none" { return .none }
      var second = AmplifierActivation.sigmoid
      if let seconds {
        let (json, key) =
          isList && seconds.array != nil
          ? (seconds.array![index], "secondary_activation[\(index)]") : (seconds, "secondary_activation")
        second = try AmplifierActivation(json, in: object, key, channels: [bottleneck])
      }
      return mode == "gated" ? .gated(by: second) : .blended(by: second)
    }
  }

  private static func allowedChannels(_ array: AmplifierObject, channels: Int) throws -> [Int]? {
    guard array.value("slimmable")?.members != nil, let object = try array.object("slimmable") else { return nil }
    let method = try object.value("method") == nil ? "" : object.string("method")
    if method.isEmpty { return nil }
    if method != "slice_channels_uniform" {
      throw object.wrong("method", .string(method), expected: "slice_channels_uniform")
    }
    guard let arguments = try object.object("kwargs"), let found = arguments.value("allowed_channels") else {
      return Array(1...channels)
    }
    let allowed = try arguments.integers("allowed_channels")
    guard allowed.last == channels, zip(allowed, allowed.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw arguments.wrong("allowed_channels", found, expected: "ascending numbers up to the \(channels) channels")
    }
    return allowed
  }

  /// Arrays that can be cut have no groups, and a head of one tap.
  private func checkCutting(_ object: AmplifierObject) throws {
    let groups =
      [groups, mixinGroups, pointwiseGroups ?? 1, headPointwise?.groups ?? 1] + modulations.values.map(\.groups)
    if groups.contains(where: { $0 != 1 }) || head.kernelSize != 1 {
      throw AmplifierFault.wrongValue(
        path: object.path, key: object.prefix + "slimmable", found: "an object",
        expected: "null where there are groups or a head of several taps")
    }
  }
}

extension LayerArray.Head {
  fileprivate init(_ array: AmplifierObject) throws {
    guard let object = try array.object("head") else {
      self.init(outputChannels: try array.integer("head_size"), bias: try array.boolean("head_bias"))
      return
    }
    self.init(
      outputChannels: try object.integer("out_channels"), kernelSize: try object.integer("kernel_size"),
      dilation: try object.integer("head_dilation", in: 1...AmplifierModel.lookbackLimit, default: 1),
      bias: try object.boolean("bias"))
  }
}
