import KodamaCheckpoints
import KodamaCore
import KodamaInference

/// The contents of the `config.json` of a model folder.
///
///     {"format_version": 1, "model_type": "wavenet", "sample_rate": 16000,
///      "architecture": {"kernel_size": 2, "dilations": [1, 2, 4], "residual_channels": 32, …},
///      "companding": {"type": "mu_law", "classes": 256}}
///
/// A recurrent network has `"model_type": "recurrent"` and in its architecture `recurrent_units` in place of what concerns
/// blocks. There is a section `conditioning` where the model is conditioned (see `Conditioning`). Of a network whose output is a
/// mixture the companding is `{"type": "linear", "bits": 16}`. That of a quantized model has version 2 and a section
/// `quantization` (see `Quantization`).
public struct ModelDescription: Sendable, Equatable {
  /// The format version of `config.json`.
  public static let formatVersion = 1
  /// The format version of a quantized model's `config.json`: readers that support only plain models reject it.
  public static let quantizedFormatVersion = 2
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The architecture.
  public let configuration: WaveNetConfiguration
  /// The precisions of a quantized model's layers; nil where all weights are in single precision.
  public let quantization: Quantization?

  init(sampleRate: Int, configuration: WaveNetConfiguration, quantization: Quantization?) {
    self.sampleRate = sampleRate
    self.configuration = configuration
    self.quantization = quantization
  }

  /// The kinds of companding.
  private enum CompandingType: String, CaseIterable {
    case muLaw = "mu_law"
    /// For mixtures.
    case linear
  }

  /// The bits of linear companding.
  private static let linearBits = 16

  /// Reads and checks a `config.json`.
  ///
  /// - Throws: `FileFault.cannotRead`, `CheckpointFault`, `WaveNetFault.outOfRange`.
  public init(_ path: String) throws {
    try self.init(Configuration(path, kinds: Self.kinds, version: Self.quantizedFormatVersion, keys: Self.keys))
  }

  /// Reads and checks the `config.json` of a model.
  ///
  /// - Throws: as the other initializer.
  public init(_ location: ModelLocation) throws {
    try self.init(location.configuration(kinds: Self.kinds, version: Self.quantizedFormatVersion, keys: Self.keys))
  }

  private static let kinds = [WaveNetKind.convolutional.name, WaveNetKind.recurrent.name]
  private static let keys = [
    "sample_rate", "architecture", "companding", Conditioning.key, Quantization.key,
  ]

  /// All keys, including those within objects, such as `architecture.kernel_size`.
  static let allKeys =
    keys + WaveNetConfiguration.architectureFields.paths.map { "architecture." + $0 }
    + ["type", "classes", "bits"].map { "companding." + $0 }
    + Conditioning.modelFields.paths.map { Conditioning.key + "." + $0 }

  private init(_ file: Configuration) throws {
    let path = file.path
    let isQuantized = try file.integer("format_version") == Self.quantizedFormatVersion
    if !isQuantized && file.has(Quantization.key) {
      throw CheckpointFault.wrongValue(
        path: path, key: "format_version", value: "\(Self.formatVersion)",
        expected: "\(Self.quantizedFormatVersion) where there is a \(Quantization.key)")
    }
    sampleRate = try file.integer("sample_rate")
    try WaveNetConfiguration.validate(sampleRate: sampleRate, source: path)
    configuration = try WaveNetConfiguration(
      architecture: file.section("architecture", keys: WaveNetConfiguration.architectureFields.keys),
      classes: Self.classes(file),
      conditioning: Conditioning(file))
    try configuration.conditioning.features?.validate(sampleRate: sampleRate, source: path)
    let kind = try file.modelType(of: Self.kinds)
    if kind != configuration.modelType {
      throw WaveNetFault.conflict(
        source: path, field: "model_type", value: kind, other: "architecture.recurrent_units",
        otherValue: configuration.recurrentUnits.map(String.init) ?? "missing",
        advice: "models of the type \(WaveNetKind.recurrent.name) have recurrent units, and those of the type "
          + "\(WaveNetKind.convolutional.name) have none")
    }
    quantization = isQuantized ? try Quantization(file, for: configuration) : nil
    if isQuantized && configuration.weightNormalization {
      throw CheckpointFault.wrongValue(
        path: path, key: "architecture.weight_normalization", value: "true",
        expected: "false: quantized weights are multiplied out")
    }
  }

  /// The classes of the companding; nil where it is linear.
  private static func classes(_ file: Configuration) throws -> Int? {
    let kind: CompandingType = try file.section("companding", keys: ["type", "classes", "bits"]).choice("type")
    // Each kind has one key of its own.
    let section = try file.section("companding", keys: ["type", kind == .muLaw ? "classes" : "bits"])
    if kind == .muLaw { return try section.integer("classes") }
    let bits = try section.integer("bits")
    if bits != linearBits {
      throw CheckpointFault.wrongValue(
        path: file.path, key: "companding.bits", value: "\(bits)", expected: "\(linearBits)")
    }
    return nil
  }

  /// The text of `config.json`.
  var text: String {
    let version = quantization == nil ? Self.formatVersion : Self.quantizedFormatVersion
    let members =
      [
        JSON.Member("format_version", JSON(version)),
        JSON.Member("model_type", JSON(configuration.modelType)),
        JSON.Member("sample_rate", JSON(sampleRate)),
        JSON.Member("architecture", configuration.architecture),
        JSON.Member(
          "companding",
          configuration.output == .softmax
            ? ["type": JSON(CompandingType.muLaw.rawValue), "classes": JSON(configuration.classes)]
            : ["type": JSON(CompandingType.linear.rawValue), "bits": JSON(Self.linearBits)]),
      ] + (configuration.conditioning.json.map { [JSON.Member(Conditioning.key, $0)] } ?? [])
    return JSON.object(members + (quantization.map { [JSON.Member(Quantization.key, $0.json)] } ?? [])).indentedText
  }
}
