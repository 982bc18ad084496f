import KodamaCheckpoints
import KodamaCore

/// Model folders, which training writes: `config.json`, whose keys are those of a `.nam` file besides its version and
/// weights,
///
///     {"format_version": 1, "model_type": "amplifier", "architecture": "WaveNet", "config": {…}, "metadata": {…},
///      "sample_rate": 48000}
///
/// and `model.safetensors`, the weights under the names of `AmplifierArchitecture.weightShapes`.
extension AmplifierModel {
  static let kindName = "amplifier"
  static let formatVersion = 1
  static let keys = ["architecture", "config", "metadata", "sample_rate"]

  /// Loads a `.nam` file, a model folder, a checkpoint, or the best checkpoint of a run.
  ///
  /// - Parameter weights: as of `ModelLocation`; not of files.
  /// - Throws: `AmplifierFault`, `JSONFault`, `CheckpointFault`, `FileFault`.
  public static func load(_ path: String, weights: ModelWeights? = nil) throws -> AmplifierModel {
    Folder.exists(path) ? try load(ModelLocation(path, weights: weights)) : try AmplifierModel(contentsOf: path)
  }

  /// Loads the model at a location.
  ///
  /// - Throws: as `load(_:weights:)`.
  public static func load(_ location: ModelLocation) throws -> AmplifierModel {
    let path = location.configurationPath
    _ = try location.configuration(kinds: [kindName], version: formatVersion, keys: keys)
    let object = try AmplifierObject(JSON(objectIn: path), path: path, key: "")
    let (architecture, rate) = try description(object, rate: nil)
    guard let network = architecture.network() else {
      throw AmplifierFault.wrongValue(
        path: path, key: "architecture", found: architecture.name, expected: "a network that is trained")
    }
    return AmplifierModel(
      architecture, parameters: try location.weightsReader().parameters(network.declarations), sampleRate: rate,
      metadata: try AmplifierMetadata(object))
  }

  /// The text of `config.json`.
  package static func configurationText(
    _ architecture: AmplifierArchitecture, headScale: Double, sampleRate: Double
  ) -> String {
    JSON.object([
      JSON.Member("format_version", JSON(formatVersion)), JSON.Member("model_type", JSON(kindName)),
      JSON.Member("architecture", JSON(architecture.name)),
      JSON.Member("config", architecture.json(headScale: Float(headScale))),
      JSON.Member("sample_rate", JSON(sampleRate)),
    ]).indentedText
  }
}
