import KodamaCheckpoints

/// A configuration as it stands in files. Its fields are in the object `architecture`, but for the classes, which belong
/// to the companding, and the conditioning, which has a section of its own. `output` and what belongs to mixtures is
/// there where the output is one, `preemphasis` where there is some.
extension WaveNetConfiguration {
  /// The keys of `architecture`.
  package static let keys = [
    "kernel_size", "dilations", "residual_channels", "gate_channels", "skip_channels", "head_channels", "input", "bias",
    "weight_normalization", "dropout", "residual_scale", "skip_scale", "output", "mixture_components",
    "mixture_gain", "log_scale_floor", "preemphasis",
  ]

  /// Reads `architecture` and checks it. Fields that `init(dilations:…)` has defaults for may be missing.
  ///
  /// - Throws: `CheckpointFault`, `WaveNetFault`.
  ///
  /// - Parameter classes: nil where there is no companding into classes.
  package init(architecture: Configuration, classes: Int?, conditioning: Conditioning = Conditioning()) throws {
    self.init(
      kernelSize: try architecture.integer("kernel_size", default: 2),
      dilations: try architecture.integers("dilations"),
      residualChannels: try architecture.integer("residual_channels"),
      gateChannels: try architecture.integer("gate_channels"),
      skipChannels: try architecture.integer("skip_channels"),
      headChannels: architecture.has("head_channels") ? try architecture.integer("head_channels") : nil,
      classes: classes ?? Self.defaultClasses,
      input: try architecture.choice("input", default: .embedding),
      bias: try architecture.boolean("bias", default: true),
      weightNormalization: try architecture.boolean("weight_normalization", default: false),
      dropout: try architecture.double("dropout", default: 0),
      residualScale: try architecture.double("residual_scale", default: 1),
      skipScale: try architecture.double("skip_scale", default: 1),
      output: try architecture.choice("output", default: .softmax),
      mixtureComponents: try architecture.integer("mixture_components", default: Self.defaultMixtureComponents),
      mixtureGain: try architecture.double("mixture_gain", default: Self.defaultMixtureGain),
      logScaleFloor: try architecture.double("log_scale_floor", default: Self.defaultLogScaleFloor),
      preemphasis: try architecture.double("preemphasis", default: 0), conditioning: conditioning)
    if (output == .softmax) != (classes != nil) {
      throw WaveNetFault.conflict(
        source: architecture.path, field: "companding.type", value: classes == nil ? "linear" : "mu_law",
        other: "architecture.output", otherValue: output.rawValue,
        advice: "softmax goes with mu_law, logistics and gaussians with linear")
    }
    try validate(source: architecture.path)
  }

  /// The object `architecture`, with every field that says something.
  package var architecture: JSON {
    var members = [
      JSON.Member("kernel_size", JSON(kernelSize)),
      JSON.Member("dilations", .array(dilations.map { JSON($0) })),
      JSON.Member("residual_channels", JSON(residualChannels)),
      JSON.Member("gate_channels", JSON(gateChannels)),
      JSON.Member("skip_channels", JSON(skipChannels)),
      JSON.Member("head_channels", JSON(headChannels)),
      JSON.Member("input", JSON(input.rawValue)),
      JSON.Member("bias", JSON(bias)),
      JSON.Member("weight_normalization", JSON(weightNormalization)),
      JSON.Member("dropout", JSON(dropout)),
      JSON.Member("residual_scale", JSON(residualScale)),
      JSON.Member("skip_scale", JSON(skipScale)),
    ]
    if output != .softmax {
      members += [
        JSON.Member("output", JSON(output.rawValue)),
        JSON.Member("mixture_components", JSON(mixtureComponents)),
        JSON.Member("mixture_gain", JSON(mixtureGain)),
        JSON.Member("log_scale_floor", JSON(logScaleFloor)),
      ]
    }
    if preemphasis != 0 { members.append(JSON.Member("preemphasis", JSON(preemphasis))) }
    return .object(members)
  }
}
