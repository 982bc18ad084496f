import KodamaCore

/// The location of a model, resolved from a path.
///
/// The path may be the folder of a training run (with `checkpoints/step-N/`), of one checkpoint, or of a model: the
/// last two contain `config.json` and `model.safetensors`, possibly `average.safetensors`.
///
/// The files are kept open: the model can be read even where a run that is training removes the checkpoint.
public struct ModelLocation: Sendable, Equatable {
  /// The folder with the configuration and the weights.
  public let folder: String
  /// Which weights are used.
  public let weights: ModelWeights
  /// The best checkpoint of a run, where it is the folder; else nil.
  public let best: BestCheckpoint?
  private let configurationFile: InputFile
  private let weightsFile: InputFile

  /// Finds the model of a path.
  ///
  /// - Parameters:
  ///   - path: the folder of a run, of a checkpoint, or of a model. Of a run, the checkpoint is used that was best on
  ///     held-out data, or the newest complete one where nothing was measured.
  ///   - weights: nil for those that were best on held-out data; where nothing was measured, or only one checkpoint is
  ///     given, for the average where there is one, else the raw weights.
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.noModel`, `.pickle`, `.sharded`, `.malformed`.
  public init(_ path: String, weights: ModelWeights? = nil) throws {
    let path = Folder.trimmed(path)
    if !Folder.exists(path) { try Self.refuseFile(path) }
    self =
      RunFolder.isRun(path)
      ? try RunFolder(path).withBestCheckpoint { try ModelLocation(folder: $0, weights ?? $1?.weights, best: $1) }
      : try ModelLocation(folder: path, weights, best: nil)
  }

  private init(folder: String, _ wanted: ModelWeights?, best: BestCheckpoint?) throws {
    (self.folder, self.best) = (folder, best)
    func has(_ name: String) -> Bool { Folder.hasFile(folder + "/" + name) }
    weights = wanted ?? (has(ModelWeights.average.fileName) ? .average : .raw)
    if !has(weights.fileName) { throw try Self.absence(of: weights, in: folder) }
    if !has(ModelFiles.configuration) {
      throw CheckpointFault.noModel(path: folder, problem: "the folder has no \(ModelFiles.configuration)")
    }
    configurationFile = try InputFile(folder + "/" + ModelFiles.configuration)
    weightsFile = try InputFile(folder + "/" + weights.fileName)
  }

  public static func == (a: ModelLocation, b: ModelLocation) -> Bool { a.folder == b.folder && a.weights == b.weights }

  /// The path of the configuration.
  public var configurationPath: String { folder + "/" + ModelFiles.configuration }
  /// The path of the weights.
  public var weightsPath: String { folder + "/" + weights.fileName }

  /// The configuration, as `Configuration` reads a file.
  ///
  /// - Throws: `CheckpointFault`; `FileFault.cannotRead`.
  package func configuration(kinds: [String] = [], version: Int, keys: [String]) throws -> Configuration {
    try Configuration(configurationFile, kinds: kinds, version: version, keys: keys)
  }

  /// The keys of the configuration that all kinds of models share.
  ///
  /// - Throws: `CheckpointFault`; `FileFault.cannotRead`.
  func header(version: Int) throws -> Configuration { try Configuration(headerOf: configurationFile, version: version) }

  /// The weights.
  ///
  /// - Throws: `CheckpointFault.malformed`, `.pickle`; `FileFault.cannotRead`.
  public func weightsReader() throws -> SafetensorsReader { try SafetensorsReader(weightsFile) }

  /// Throws where a path is not a folder.
  private static func refuseFile(_ path: String) throws {
    let file = try InputFile(path)
    if PickleDetector.isPickle(try file.bytes(0..<min(9, file.size))) { throw CheckpointFault.pickle(path: path) }
    throw CheckpointFault.noModel(path: path, problem: "it is a file")
  }

  /// The error of a folder without a file of weights.
  private static func absence(of weights: ModelWeights, in folder: String) throws -> CheckpointFault {
    let names = try Folder.names(folder)
    if weights == .average && names.contains(ModelWeights.raw.fileName) {
      return .noModel(path: folder, problem: "it contains no average of the weights; use the raw weights")
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
