import KodamaCore

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
