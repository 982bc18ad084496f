import KodamaCore

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
