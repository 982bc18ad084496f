import KodamaCheckpoints
import KodamaCore
import KodamaTensors

/// The file format of a configuration. In a model's `config.json` its fields are in the object `architecture`, except
/// for the classes, which belong to the companding, and the conditioning, which has a section of its own. Documents of
/// settings have all fields in one object.
extension WaveNetConfiguration {
  /// The fields of `architecture`. `output` and the fields of mixtures are written where the output is a mixture,
  /// `preemphasis` where it is not 0.
  package static let architectureFields: ConfigurationFields<Self> = [
    .init(
      "recurrent_units", \.recurrentUnits, .integer(.from(channelRange)),
      "Units of the recurrent layer in place of blocks", isListed: \.isRecurrent),
    .init("kernel_size", \.kernelSize, .integer(.from(kernelSizeRange)), "Taps of the dilated convolutions", .optional)
      .applying(where: hasBlocks),
    .init(
      "dilations", \.dilations, .integers(count: .from(blockCountRange), each: .from(dilationRange)),
      "The dilation of each block, in time steps"
    ).applying(where: hasBlocks),
    .init(
      "residual_channels", \.residualChannels, .integer(.from(channelRange)),
      "Channels between blocks, or of the input of the recurrent layer"),
    .init("gate_channels", \.gateChannels, .integer(.from(channelRange)), "Channels of the gated output")
      .applying(where: hasBlocks),
    .init("skip_channels", \.skipChannels, .integer(.from(channelRange)), "Channels of the sum of skip connections")
      .applying(where: hasBlocks),
    .init(
      "head_channels", \.headChannels, .integer(.from(channelRange)),
      "Channels between the two convolutions of the head", .optional, fallback: { $0.headChannels = $0.bodyChannels }),
    .init("input", \.input, .choice, "The network's input", .optional),
    .init("bias", \.bias, .flag, "Whether convolutions have biases", .optional),
    .init(
      "weight_normalization", \.weightNormalization, .flag, "Whether the weights of convolutions are normalized",
      .optional),
    .init(
      "dropout", \.dropout, .number(share), "The share of a block's input that is dropped in training", .optional
    ).applying(where: hasBlocks),
    .init("residual_scale", \.residualScale, .number(scale), "Factor of a block's residual output", .optional)
      .applying(where: hasBlocks),
    .init("skip_scale", \.skipScale, .number(scale), "Factor of the sum of skip connections", .optional)
      .applying(where: hasBlocks),
    .init("output", \.output, .choice, "The distribution of the next sample", .optional, isWritten: hasMixture),
    .init(
      "mixture_components", \.mixtureComponents, .integer(.from(DiscretizedMixture.componentRange)),
      "Components of a mixture", .optional, isWritten: hasMixture),
    .init(
      "mixture_gain", \.mixtureGain,
      .number(AllowedValues("more than 0 and at most 65536") { $0 > 0 && $0 <= 65_536 }),
      "The factor of samples where the output is a mixture", .optional, isWritten: hasMixture),
    .init(
      "log_scale_floor", \.logScaleFloor, .number(.from(logScaleFloorRange)),
      "The natural logarithm of a mixture's least scale", .optional, isWritten: hasMixture),
    .init(
      "preemphasis", \.preemphasis, .number(share), "The coefficient of the pre-emphasis", .optional,
      isWritten: { $0.preemphasis != 0 }),
  ]

  /// The fields of `companding` of a softmax.
  static let compandingFields: ConfigurationFields<Self> = [
    .init("classes", \.classes, .integer(.from(classRange)), "μ-law classes of a softmax output")
  ]

  /// All fields, as in documents of settings.
  package static let settingFields: ConfigurationFields<Self> =
    architectureFields + compandingFields + [
      .section(
        Conditioning.key, \.conditioning, Conditioning.fields(in: .settings),
        "The conditioning of the network", .optional)
    ]

  private static let share = AllowedValues<Double>("at least 0 and less than 1") { $0 >= 0 && $0 < 1 }
  private static let scale = AllowedValues<Double>("more than 0 and at most 1000") { $0 > 0 && $0 <= 1000 }
  @Sendable private static func hasBlocks(_ configuration: Self) -> Bool { !configuration.isRecurrent }
  @Sendable private static func hasMixture(_ configuration: Self) -> Bool { configuration.output != .softmax }

  /// The values of optional fields.
  private static let base = WaveNetConfiguration(dilations: [], residualChannels: 0, gateChannels: 0, skipChannels: 0)

  /// Reads `architecture` and checks it. Fields that `init(dilations:…)` has defaults for may be missing.
  ///
  /// - Throws: `CheckpointFault`, `WaveNetFault`.
  ///
  /// - Parameter classes: nil where there is no companding into classes.
  package init(architecture: Configuration, classes: Int?, conditioning: Conditioning = Conditioning()) throws {
    self = Self.base
    try architecture.read(Self.architectureFields, into: &self)
    self.classes = classes ?? Self.defaultClasses
    self.conditioning = conditioning
    if (output == .softmax) != (classes != nil) {
      throw WaveNetFault.conflict(
        source: architecture.path, field: "companding.type", value: classes == nil ? "linear" : "mu_law",
        other: "architecture.output", otherValue: output.rawValue,
        advice: "softmax goes with mu_law, logistics and gaussians with linear")
    }
    try validate(source: architecture.path)
  }

  /// The object `architecture`.
  package var architecture: JSON { Self.architectureFields.json(of: self) }
}
