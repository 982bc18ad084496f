import KodamaCore

/// Which of a checkpoint's weights to take.
public enum ModelWeights: String, Sendable, CaseIterable {
  /// The weights as the last step left them.
  case raw
  /// Their exponential moving average.
  case average

  /// The file that holds them in a checkpoint or model folder.
  public var fileName: String {
    switch self {
    case .raw: "model.safetensors"
    case .average: "average.safetensors"
    }
  }
}

/// Where a model lies: what a path given by a person comes down to.
///
/// The path may be the folder of a training run (with `checkpoints/step-N/`), of one checkpoint, or of a model: the last
/// two hold `config.json` and `model.safetensors`, possibly `average.safetensors`.
public struct ModelLocation: Sendable, Equatable {
  /// The folder with the configuration and the weights.
  public let folder: String
  /// Which weights are taken.
  public let weights: ModelWeights

  /// The name of the configuration in a model folder.
  public static let configurationName = "config.json"
  /// The names that make up a model folder.
  public static let fileNames: Set<String> = Set([configurationName] + ModelWeights.allCases.map(\.fileName))

  /// Finds the model that a path means.
  ///
  /// - Parameters:
  ///   - path: the folder of a run, whose newest complete checkpoint is taken, of a checkpoint, or of a model.
  ///   - weights: nil for the average where there is one, else the raw weights.
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.noModel`, `.pickle`, `.sharded`, `.malformed`.
  public init(_ path: String, weights: ModelWeights? = nil) throws {
    let path = Folder.trimmed(path)
    if !Folder.exists(path) { try Self.refuseFile(path) }
    folder = RunFolder.isRun(path) ? try RunFolder(path).newestCheckpoint() : path
    let folder = folder
    func has(_ weights: ModelWeights) -> Bool { Folder.hasFile(folder + "/" + weights.fileName) }
    self.weights = weights ?? (has(.average) ? .average : .raw)
    if !has(self.weights) { throw try Self.absence(of: self.weights, in: folder) }
    if !Folder.hasFile(configurationPath) {
      throw CheckpointFault.noModel(path: folder, problem: "the folder has no \(Self.configurationName)")
    }
  }

  /// The configuration file.
  public var configurationPath: String { folder + "/" + Self.configurationName }
  /// The safetensors file of the weights.
  public var weightsPath: String { folder + "/" + weights.fileName }

  /// Throws what is wrong with a path that is no folder.
  private static func refuseFile(_ path: String) throws {
    let file = try InputFile(path)
    if PickleDetector.isPickle(try file.bytes(0..<min(9, file.size))) { throw CheckpointFault.pickle(path: path) }
    throw CheckpointFault.noModel(path: path, problem: "it is a file")
  }

  /// What to say of a folder without a file of weights.
  private static func absence(of weights: ModelWeights, in folder: String) throws -> CheckpointFault {
    let names = try Folder.names(folder)
    if weights == .average && names.contains(ModelWeights.raw.fileName) {
      return .noModel(path: folder, problem: "it holds no average of the weights; take the raw weights")
    }
    if let index = names.first(where: { $0.hasSuffix(".safetensors.index.json") }) {
      return .sharded(index: folder + "/" + index)
    }
    let isPickle = { (name: String) in
      PickleDetector.extensions.contains { name.hasSuffix("." + $0) }
    }
    if let pickle = names.first(where: isPickle) { return .pickle(path: folder + "/" + pickle) }
    return .noModel(path: folder, problem: "the folder has no \(weights.fileName)")
  }
}
