import KodamaCheckpoints

/// A configuration as it stands in files. Its fields are in the object `architecture`, but for the classes, which belong
/// to the companding, and the conditioning, which has a section of its own.
extension WaveNetConfiguration {
  /// The keys of `architecture`.
  package static let keys = [
    "kernel_size", "dilations", "residual_channels", "gate_channels", "skip_channels", "head_channels", "input", "bias",
    "weight_normalization", "dropout", "residual_scale", "skip_scale",
  ]

  /// Reads `architecture` and checks it. Fields that `init(dilations:…)` has defaults for may be missing.
  ///
  /// - Throws: `CheckpointFault`, `WaveNetFault`.
  package init(architecture: Configuration, classes: Int, conditioning: Conditioning = Conditioning()) throws {
    self.init(
      kernelSize: try architecture.integer("kernel_size", default: 2),
      dilations: try architecture.integers("dilations"),
      residualChannels: try architecture.integer("residual_channels"),
      gateChannels: try architecture.integer("gate_channels"),
      skipChannels: try architecture.integer("skip_channels"),
      headChannels: architecture.has("head_channels") ? try architecture.integer("head_channels") : nil,
      classes: classes,
      input: try architecture.choice("input", default: .embedding),
      bias: try architecture.boolean("bias", default: true),
      weightNormalization: try architecture.boolean("weight_normalization", default: false),
      dropout: try architecture.double("dropout", default: 0),
      residualScale: try architecture.double("residual_scale", default: 1),
      skipScale: try architecture.double("skip_scale", default: 1), conditioning: conditioning)
    try validate(source: architecture.path)
  }

  /// The object `architecture`, with every field.
  package var architecture: JSON {
    [
      "kernel_size": JSON(kernelSize),
      "dilations": .array(dilations.map { JSON($0) }),
      "residual_channels": JSON(residualChannels),
      "gate_channels": JSON(gateChannels),
      "skip_channels": JSON(skipChannels),
      "head_channels": JSON(headChannels),
      "input": JSON(input.rawValue),
      "bias": JSON(bias),
      "weight_normalization": JSON(weightNormalization),
      "dropout": JSON(dropout),
      "residual_scale": JSON(residualScale),
      "skip_scale": JSON(skipScale),
    ]
  }
}
