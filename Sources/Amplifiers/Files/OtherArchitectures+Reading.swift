import KodamaCore

extension AmplifierLSTM {
  init(_ config: AmplifierObject) throws {
    let inputs = try config.integer("in_channels", default: 1)
    try config.check("input_size", try config.integer("input_size"), is: inputs, "the number of input channels")
    self.init(
      inputChannels: inputs, outputChannels: try config.integer("out_channels", default: 1),
      units: try config.integer("hidden_size"), layers: try config.integer("num_layers", in: 0...256))
  }
}

extension AmplifierConvNet {
  init(_ config: AmplifierObject) throws {
    let channels = try config.integer("channels")
    self.init(
      inputChannels: try config.integer("in_channels", default: 1),
      outputChannels: try config.integer("out_channels", default: 1), channels: channels,
      dilations: try config.integers("dilations", in: 1...AmplifierModel.lookbackLimit),
      isNormalized: try config.boolean("batchnorm"),
      activation: try AmplifierActivation(
        config.required("activation"), in: config, "activation", channels: [channels]),
      groups: try config.integer("groups", default: 1))
    try config.check("groups", groups, divides: [(inputChannels, "input channels"), (channels, "channels")])
    if dilations.count > 4096 {
      throw config.wrong("dilations", try config.required("dilations"), expected: "a list of at most 4096")
    }
    let frames = dilations.enumerated().reduce(0) { $0 + $1.element * ($1.offset == 0 ? inputChannels : channels) }
    let lookback = dilations.reduce(0, +)
    for (found, limit) in [
      (frames, AmplifierModel.historyLimit), (lookback, AmplifierModel.lookbackLimit),
    ] where found > limit {
      throw AmplifierFault.tooLarge(path: config.path, key: config.prefix + "dilations", frames: found, limit: limit)
    }
  }
}

extension AmplifierLinear {
  init(_ config: AmplifierObject) throws {
    let channels = try config.integer("in_channels", default: 1)
    try config.check(
      "out_channels", try config.integer("out_channels", default: 1), is: channels, "the number of input channels")
    if let found = config.value("implementation") {
      let names = ["auto", "direct", "legacy", "old", "fft", "partitioned_fft", "partitioned-fft"]
      guard let name = found.string, names.contains(name.lowercased()) else {
        throw config.wrong("implementation", found, expected: "auto, direct or fft")
      }
    }
    self.init(
      channels: channels, receptiveField: try config.integer("receptive_field", in: 1...AmplifierModel.lookbackLimit),
      hasBias: try config.boolean("bias"))
  }
}
