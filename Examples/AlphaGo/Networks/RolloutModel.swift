import GoGame
import KodamaCheckpoints
import KodamaCore

/// The files of a rollout policy: a folder with `config.json`
///
///     {"format_version": 1, "model_type": "alphago_rollout"}
///
/// and `model.safetensors`, whose only tensor is `weights`.
public enum RolloutModel {
  private static let (kind, version, name) = ("alphago_rollout", 1, "weights")

  /// Reads a rollout policy.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`.
  public static func load(_ folder: String) throws -> RolloutPolicy {
    _ = try Configuration(
      folder + "/" + ModelFiles.configuration, kinds: [kind], version: version, keys: [])
    let file = try SafetensorsReader(folder + "/" + ModelWeights.raw.fileName)
    try file.verify([TensorForm(name, nil, [RolloutPolicy.weightCount])])
    return RolloutPolicy(weights: try file.finiteTensor(name).elements)
  }

  /// Writes a rollout policy as a folder, atomically.
  ///
  /// - Throws: `FileFault`.
  public static func save(
    _ policy: RolloutPolicy, to folder: String, existing: AtomicFile.Existing = .refuse
  ) throws {
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { temporary in
      let json: JSON = ["format_version": JSON(version), "model_type": JSON(kind)]
      try AtomicFile.write(to: temporary + "/" + ModelFiles.configuration, existing: .refuse) {
        try $0.write(json.indentedText)
      }
      try SafetensorsWriter.write(
        [StoredTensor(name, [policy.weights.count], policy.weights)],
        to: temporary + "/" + ModelWeights.raw.fileName)
    }
  }
}
