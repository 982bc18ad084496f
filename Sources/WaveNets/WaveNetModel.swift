import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors

/// A WaveNet with its weights and sample rate: the contents of a model folder.
///
/// The folder has two files. `config.json`:
///
///     {"format_version": 1, "model_type": "wavenet", "sample_rate": 16000,
///      "architecture": {"kernel_size": 2, "dilations": [1, 2, 4], "residual_channels": 32, …},
///      "companding": {"type": "mu_law", "classes": 256}}
///
/// with `"model_type": "recurrent"` of a recurrent network (see `ModelDescription`), and `model.safetensors`, the parameters under the names that `WaveNet` documents. A checkpoint of a training run may
/// also contain their moving average, in `average.safetensors`.
public struct WaveNetModel: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The architecture.
  public let configuration: WaveNetConfiguration
  /// The weights.
  public var parameters: Parameters<Float>

  /// A model with given weights.
  ///
  /// - Precondition: the parameters are those that the network declares.
  public init(sampleRate: Int, configuration: WaveNetConfiguration, parameters: Parameters<Float>) {
    let declared = WaveNet(configuration).declarations
    precondition(
      parameters.names == declared.map(\.name) && declared.allSatisfy { parameters[$0.name].shape == $0.shape },
      "the parameters \(parameters.names) are not those of the network, \(declared.map(\.name))")
    self.sampleRate = sampleRate
    self.configuration = configuration
    self.parameters = parameters
  }

  /// A model with initial weights.
  ///
  /// - Throws: `WaveNetFault.outOfRange`, `.conflict`.
  public init(sampleRate: Int, configuration: WaveNetConfiguration, seed: UInt64) throws {
    try configuration.validate()
    try WaveNetConfiguration.validate(sampleRate: sampleRate, source: "configuration")
    try configuration.conditioning.features?.validate(sampleRate: sampleRate, source: "configuration")
    let declarations = WaveNet(configuration).declarations
    self.init(sampleRate: sampleRate, configuration: configuration, parameters: Parameters(declarations, seed: seed))
  }

  /// The network.
  public var network: WaveNet { WaveNet(configuration) }

  /// Converts between samples and the codes that the network predicts.
  public var companding: Companding { configuration.companding }

}

extension WaveNetModel {
  /// Loads a model.
  ///
  /// - Parameters:
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run (see `ModelLocation`).
  ///   - weights: as of `ModelLocation`.
  /// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`, for a quantized model too (see `InferenceModel`).
  ///   Everything is checked before the weights are read: the configuration's sizes, and names and shapes of all
  ///   tensors; no weight may be NaN or infinite.
  public static func load(_ path: String, weights: ModelWeights? = nil) throws -> WaveNetModel {
    try load(ModelLocation(path, weights: weights))
  }

  /// Loads the model at a location.
  ///
  /// - Throws: as `load(_:weights:)`.
  public static func load(_ location: ModelLocation) throws -> WaveNetModel {
    let description = try ModelDescription(location)
    if let scheme = description.quantization?.scheme {
      throw WaveNetFault.quantized(path: location.folder, scheme: scheme)
    }
    let (sampleRate, configuration) = (description.sampleRate, description.configuration)
    let parameters = try location.weightsReader().parameters(WaveNet(configuration).declarations)
    return WaveNetModel(sampleRate: sampleRate, configuration: configuration, parameters: parameters)
  }

  /// The text of `config.json`.
  package static func configurationText(sampleRate: Int, _ configuration: WaveNetConfiguration) -> String {
    ModelDescription(sampleRate: sampleRate, configuration: configuration, quantization: nil).text
  }

  /// Saves the model as a folder, atomically.
  ///
  /// - Parameter existing: whether an existing model folder may be replaced. A folder that contains anything besides a
  ///   model's files is never replaced.
  /// - Throws: `FileFault`.
  public func save(to folder: String, existing: AtomicFile.Existing = .refuse) throws {
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { temporary in
      try write(into: temporary)
    }
  }

  /// Writes the model's files into an existing folder, such as that of a checkpoint.
  ///
  /// - Throws: `FileFault`.
  package func write(into folder: String, average: Parameters<Float>? = nil) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .refuse) {
      try $0.write(Self.configurationText(sampleRate: sampleRate, configuration))
    }
    try SafetensorsWriter.write(parameters.stored(), to: folder + "/" + ModelWeights.raw.fileName)
    if let average {
      try SafetensorsWriter.write(average.stored(), to: folder + "/" + ModelWeights.average.fileName)
    }
  }
}
