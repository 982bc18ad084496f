import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaNetworks
import KodamaTensors

/// A classifier with its weights: the contents of a model folder.
///
/// The folder has two files. `config.json`:
///
///     {"format_version": 1, "model_type": "classifier", "features": {"sample_rate": 8000, …}, "window_seconds": 1.0,
///      "network": {"type": "mobile", "width": 1.0}, "labels": [{"name": "digit", "values": ["0", "1"]}]}
///
/// and `model.safetensors`, the parameters under the names of the network, which are torchvision's where that has the
/// network, with a head for each label set, `heads.0.weight` [classes, E].
///
/// A quantized model has format version 2 and a section `quantization` (see `Quantization`); its quantized layers are
/// stored as `InferenceLayer` documents them, everything else as before.
public struct ClassifierModel: Sendable, Equatable {
  /// The configuration.
  public let configuration: ClassifierConfiguration
  /// The weights, with the running statistics of normalization; of quantized layers the numbers that their integers
  /// represent.
  public internal(set) var parameters: Parameters<Float>
  /// The layers whose weights are integers.
  public let quantizedLayers: [InferenceLayer]

  /// The value of `model_type`.
  static let kindName = "classifier"
  static let formatVersion = 1
  static let quantizedFormatVersion = 2

  /// A model with given weights.
  ///
  /// - Precondition: the parameters are those that the network declares.
  public init(configuration: ClassifierConfiguration, parameters: Parameters<Float>) {
    self.init(configuration, parameters, quantizedLayers: [])
  }

  init(
    _ configuration: ClassifierConfiguration, _ parameters: Parameters<Float>, quantizedLayers: [InferenceLayer]
  ) {
    let declared = configuration.layers.declarations
    precondition(
      parameters.names == declared.map(\.name) && declared.allSatisfy { parameters[$0.name].shape == $0.shape },
      "the parameters \(parameters.names) are not those of the network, \(declared.map(\.name))")
    (self.configuration, self.parameters, self.quantizedLayers) = (configuration, parameters, quantizedLayers)
  }

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run (see `ModelLocation`).
  ///   - weights: as of `ModelLocation`.
  /// - Throws: `FileFault`, `CheckpointFault`, `ClassifierFault.badConfiguration`. Everything is checked before the
  ///   weights are read: the configuration, and names and shapes of all tensors; no weight may be NaN or infinite.
  public static func load(_ path: String, weights: ModelWeights? = nil) throws -> ClassifierModel {
    try load(ModelLocation(path, weights: weights))
  }

  /// Loads the model at a location.
  ///
  /// - Throws: as `load(_:weights:)`.
  public static func load(_ location: ModelLocation) throws -> ClassifierModel {
    let (configuration, quantization) = try description(location)
    let weights = try location.weightsReader()
    if let quantization { return try ClassifierModel(configuration, quantization, from: weights) }
    return ClassifierModel(
      configuration: configuration, parameters: try weights.parameters(configuration.layers.declarations))
  }

  /// Reads `config.json`: the configuration and, of a quantized model, the precisions of its layers.
  ///
  /// - Throws: as `load(_:weights:)`.
  package static func description(
    _ location: ModelLocation
  ) throws -> (configuration: ClassifierConfiguration, quantization: Quantization?) {
    let file = try location.configuration(
      kinds: [kindName], version: quantizedFormatVersion, keys: ClassifierConfiguration.fields.keys + [Quantization.key]
    )
    var configuration = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 16_000), labels: [])
    try file.read(ClassifierConfiguration.fields, into: &configuration)
    try configuration.validate(source: location.configurationPath)
    let isQuantized = try file.integer("format_version") == quantizedFormatVersion
    if !isQuantized && file.has(Quantization.key) {
      throw CheckpointFault.wrongValue(
        path: file.path, key: "format_version", value: "\(formatVersion)",
        expected: "\(quantizedFormatVersion) where there is a \(Quantization.key)")
    }
    return (configuration, isQuantized ? try Quantization(file, of: configuration) : nil)
  }

  /// The text of `config.json`.
  package static func configurationText(
    _ configuration: ClassifierConfiguration, quantization: Quantization? = nil
  ) -> String {
    let version = quantization == nil ? formatVersion : quantizedFormatVersion
    let head = [
      JSON.Member("format_version", JSON(version)), JSON.Member("model_type", JSON(kindName)),
    ]
    let body = ClassifierConfiguration.fields.json(of: configuration, isComplete: true)
    let tail = quantization.map { [JSON.Member(Quantization.key, $0.json)] } ?? []
    return JSON.object(head + (body.members ?? []) + tail).indentedText
  }

  /// Saves the model as a folder, atomically.
  ///
  /// - Parameter existing: whether an existing model folder may be replaced. A folder that contains anything besides a
  ///   model's files is never replaced.
  /// - Throws: `FileFault`.
  public func save(to folder: String, existing: AtomicFile.Existing = .refuse) throws {
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { temporary in
      try AtomicFile.write(to: temporary + "/" + ModelFiles.configuration, existing: .refuse) {
        try $0.write(Self.configurationText(configuration, quantization: quantization))
      }
      try SafetensorsWriter.write(stored, to: temporary + "/" + ModelWeights.raw.fileName)
    }
  }
}

/// Classifiers as a model kind: loads model folders whose `model_type` is `classifier` and describes them.
public struct ClassifierKind: ModelKind {
  /// The kind.
  public init() {}

  public var name: String { ClassifierModel.kindName }
  public var formatVersion: Int { ClassifierModel.quantizedFormatVersion }
  public var keys: [String] { ClassifierConfiguration.fields.paths + [Quantization.key] }

  public func load(_ location: ModelLocation) throws -> any ModelSummary {
    ClassifierSummary(try ClassifierModel.load(location))
  }
}

/// The summary of a classifier.
struct ClassifierSummary: ModelSummary {
  private let configuration: ClassifierConfiguration
  private let quantization: Quantization
  private let bytes: Int
  let cost: NetworkCost
  let costUnit = "window"

  init(_ model: ClassifierModel) {
    configuration = model.configuration
    bytes = model.storedBytes
    quantization = model.quantization ?? Quantization(.float32)
    cost = model.configuration.cost
  }

  var lines: [(label: String, text: String)] {
    let (features, network) = (configuration.features, configuration.network)
    let sets = configuration.labels.map { set in
      "\(set.name): \(set.values.joined(separator: ", "))"
    }
    return [
      ("sample rate", "\(NumberText.grouped(features.sampleRate)) Hz"),
      ("parameters", "\(NumberText.grouped(cost.parameters)) in \(NumberText.grouped(bytes)) bytes"),
      ("precision", quantization.text),
      ("network", "\(network.kind.rawValue), width \(NumberText.decimal(network.width, 2))"),
      (
        "features",
        "log-mel, \(features.bands) bands from \(NumberText.decimal(features.minimumFrequency, 0)) to "
          + "\(NumberText.decimal(features.maximumFrequency, 0)) Hz, every \(NumberText.grouped(features.hopLength)) samples"
      ),
      (
        "window",
        "\(NumberText.decimal(configuration.windowSeconds, 2)) s = \(NumberText.grouped(configuration.windowFrames)) frames"
      ),
      ("labels", sets.joined(separator: "; ").visible()),
    ]
  }

  private enum CodingKeys: CodingKey {
    case sampleRate, parameters, precision, kept, network, windowSeconds, features, labels
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(configuration.sampleRate, forKey: .sampleRate)
    try fields.encode(cost.parameters, forKey: .parameters)
    try fields.encode(quantization.scheme.rawValue, forKey: .precision)
    try fields.encode(quantization.kept.mapValues(\.rawValue), forKey: .kept)
    try fields.encode(ClassifierNetwork.fields.json(of: configuration.network, isComplete: true), forKey: .network)
    try fields.encode(configuration.windowSeconds, forKey: .windowSeconds)
    try fields.encode(configuration.features.json.camelCased, forKey: .features)
    try fields.encode(configuration.labels.map { LabelSet.fields.json(of: $0) }, forKey: .labels)
  }
}

extension ClassifierConfiguration {
  /// The cost of a window, layer by layer.
  public var cost: NetworkCost {
    do {
      return try layers.cost(map: [1, windowFrames, features.bands, 1])
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
