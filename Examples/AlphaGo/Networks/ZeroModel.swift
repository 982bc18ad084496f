import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

/// A network with its weights: the contents of a folder with two files, `config.json`
///
///     {"format_version": 1, "model_type": "alphago_zero", "board": 7, "blocks": 4, "channels": 32, "value_units": 64,
///      "score_weight": 0.5}
///
/// and `model.safetensors`, the parameters under their names.
public struct ZeroModel: Sendable, Equatable {
  /// The sizes.
  public let architecture: ZeroArchitecture
  /// The weights, with the running statistics of normalization.
  public var parameters: Parameters<Float>

  private static let (kind, version) = ("alphago_zero", 1)

  /// A model with given weights.
  ///
  /// - Precondition: they are those that the network declares.
  public init(_ architecture: ZeroArchitecture, _ parameters: Parameters<Float>) {
    precondition(
      parameters.names == ZeroNetwork(architecture).declarations.map(\.name), "parameters of another network")
    (self.architecture, self.parameters) = (architecture, parameters)
  }

  /// A model with random weights.
  public init(_ architecture: ZeroArchitecture, seed: UInt64) {
    self.init(architecture, Parameters(ZeroNetwork(architecture).declarations, seed: seed))
  }

  /// Reads a model from its folder, or the best one from the folder of a run.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`; everything is checked before weights are read.
  public init(path: String) throws {
    let best = path + "/best"
    let folder = AtomicFile.exists(best + "/" + ModelFiles.configuration) ? best : path
    let path = folder + "/" + ModelFiles.configuration
    if !AtomicFile.exists(path) { throw FileFault.cannotRead(path: path, reason: "there is no such file") }
    let file = try Configuration(
      path, kinds: [Self.kind], version: Self.version, keys: ZeroArchitecture.fields.keys)
    var architecture = ZeroArchitecture(board: 9)
    try file.readChecked(ZeroArchitecture.fields, into: &architecture)
    let weights = try SafetensorsReader(folder + "/" + ModelWeights.raw.fileName)
    self.init(architecture, try weights.parameters(ZeroNetwork(architecture).declarations))
  }

  /// Writes the model as a folder, atomically.
  ///
  /// - Throws: `FileFault`.
  public func save(to folder: String, existing: AtomicFile.Existing = .refuse) throws {
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { try write(into: $0) }
  }

  /// Writes the files of the model into a folder that is being made.
  ///
  /// - Throws: `FileFault`.
  public func write(into folder: String) throws {
    let head = [
      JSON.Member("format_version", JSON(Self.version)), JSON.Member("model_type", JSON(Self.kind)),
    ]
    let body = ZeroArchitecture.fields.json(of: architecture, isComplete: true).members ?? []
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .refuse) {
      try $0.write(JSON.object(head + body).indentedText)
    }
    try SafetensorsWriter.write(parameters.stored(), to: folder + "/" + ModelWeights.raw.fileName)
  }
}

extension ZeroArchitecture {
  /// The sizes in files.
  package static let fields: ConfigurationFields<ZeroArchitecture> = [
    .init("board", \.board, .integer(AllowedValues("5 to 19") { (5...19).contains($0) }), "Rows and columns"),
    .init("blocks", \.blocks, .integer(AllowedValues("1 to 40") { (1...40).contains($0) }), "Residual blocks"),
    .init("channels", \.channels, .integer(AllowedValues("4 to 512") { (4...512).contains($0) }), "Their channels"),
    .init(
      "value_units", \.valueUnits, .integer(AllowedValues("4 to 1024") { (4...1024).contains($0) }),
      "Hidden units before the value"),
    .init(
      "score_weight", \.scoreWeight, .number(AllowedValues("0 to 1") { (0...1).contains($0) }),
      "The share of the score in values"),
  ]
}
