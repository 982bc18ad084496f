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
