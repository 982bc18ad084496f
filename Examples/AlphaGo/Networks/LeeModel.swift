import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors

/// A policy or a value network with its weights: the contents of a folder with `config.json`
///
///     {"format_version": 1, "model_type": "alphago_lee", "kind": "policy", "board": 9, "layers": 6, "channels": 48}
///
/// and `model.safetensors`.
public struct LeeModel: Sendable, Equatable {
  /// The sizes.
  public let architecture: LeeArchitecture
  /// The weights.
  public var parameters: Parameters<Float>

  private static let (kind, version) = ("alphago_lee", 1)

  /// A model with given weights.
  ///
  /// - Precondition: they are those that the network declares.
  public init(_ architecture: LeeArchitecture, _ parameters: Parameters<Float>) {
    precondition(parameters.names == architecture.declarations.map(\.name), "parameters of another network")
    (self.architecture, self.parameters) = (architecture, parameters)
  }

  /// A model with random weights.
  public init(_ architecture: LeeArchitecture, seed: UInt64) {
    self.init(architecture, Parameters(architecture.declarations, seed: seed))
  }

  /// What identifies the weights and the sizes.
  public var fingerprint: StableHash {
    var state = StableHash.State()
    state.combine(Self.configurationText(architecture))
    for name in parameters.names { state.combine(parameters[name].elements) }
    return state.hash
  }

  /// Reads a model from its folder, or the best one from the folder of a run.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`; everything is checked before weights are read.
  public init(path: String) throws {
    let location = try ModelLocation(path)
    let file = try location.configuration(
      kinds: [Self.kind], version: Self.version, keys: LeeArchitecture.fields.keys)
    var architecture = LeeArchitecture(.policy, board: 9)
    try file.readChecked(LeeArchitecture.fields, into: &architecture)
    self.init(architecture, try location.weightsReader().parameters(architecture.declarations))
  }

  /// The text of `config.json`.
  package static func configurationText(_ architecture: LeeArchitecture) -> String {
    let head = [JSON.Member("format_version", JSON(version)), JSON.Member("model_type", JSON(kind))]
    return JSON.object(head + (LeeArchitecture.fields.json(of: architecture, isComplete: true).members ?? []))
      .indentedText
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
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .refuse) {
      try $0.write(Self.configurationText(architecture))
    }
    try SafetensorsWriter.write(parameters.stored(), to: folder + "/" + ModelWeights.raw.fileName)
  }
}

extension LeeArchitecture {
  /// The parameters of the network.
  package var declarations: [ParameterDeclaration] {
    kind == .policy ? PolicyNetwork(self).declarations : ValueNetwork(self).declarations
  }

  /// The sizes in files.
  package static let fields: ConfigurationFields<LeeArchitecture> = [
    .init("kind", \.kind, .choice, "What the network finds"),
    .init("board", \.board, .integer(AllowedValues("5 to 19") { (5...19).contains($0) }), "Rows and columns"),
    .init("layers", \.layers, .integer(AllowedValues("1 to 40") { (1...40).contains($0) }), "Convolutions"),
    .init("channels", \.channels, .integer(AllowedValues("4 to 512") { (4...512).contains($0) }), "Their channels"),
  ]
}
