import KodamaCore
import KodamaLayers

/// A kind of model: a value of `model_type` in `config.json`, and the loader of its folders.
///
/// A network with a configuration, a forward pass and a conforming type is a kind; `ModelKinds` lists those that a
/// program supports.
public protocol ModelKind: Sendable {
  /// The value of `model_type`.
  var name: String { get }
  /// The latest supported `format_version` of `config.json`.
  var formatVersion: Int { get }
  /// The keys of `config.json` besides `format_version` and `model_type`; those of nested objects as dotted paths.
  var keys: [String] { get }
  /// Loads and checks a model, as far as its summary needs it.
  ///
  /// - Throws: a `Fault` that names the file and the field.
  func load(_ location: ModelLocation) throws -> any ModelSummary
  /// Loads and checks a file that is a whole model; nil where the name is not that of such a file of this kind.
  ///
  /// - Throws: a `Fault` that names the file and the field.
  func load(file path: String) throws -> (any ModelSummary)?
}

extension ModelKind {
  /// Models of most kinds are folders.
  public func load(file path: String) throws -> (any ModelSummary)? { nil }
}

/// The summary of a model of any kind. Encoded it is an object with keys in lowerCamelCase.
public protocol ModelSummary: Encodable, Sendable {
  /// For display: each line as a label of at most 16 characters and a text.
  var lines: [(label: String, text: String)] { get }
  /// The cost of one step, layer by layer; for networks of audio, of one sample.
  var cost: NetworkCost { get }
  /// What `cost` is counted for: `sample`, or `window`.
  var costUnit: String { get }
}

extension ModelSummary {
  /// A sample of audio.
  public var costUnit: String { "sample" }
}

/// The kinds of models that a program supports.
public struct ModelKinds: Sendable {
  /// The kinds; their names are distinct.
  public let all: [any ModelKind]

  /// Some kinds.
  ///
  /// - Precondition: there is at least one, and the names are distinct.
  public init(_ kinds: [any ModelKind]) {
    precondition(
      !kinds.isEmpty && Set(kinds.map(\.name)).count == kinds.count, "kinds must differ: \(kinds.map(\.name))")
    all = kinds
  }

  /// The kind of the model at a location. Only the version is checked before.
  ///
  /// - Throws: `CheckpointFault.futureVersion`, `.missingKey`, `.unknownKind`; `JSONFault`; `FileFault.cannotRead`.
  public func kind(of location: ModelLocation) throws -> any ModelKind {
    let file = try location.header(version: all.map(\.formatVersion).max() ?? 1)
    let name = try file.modelType(of: all.map(\.name))
    guard let kind = all.first(where: { $0.name == name }) else { preconditionFailure("\(name) is no known kind") }
    return kind
  }

  /// Loads a file that is a whole model; nil where the path is a folder, or its name is of no kind.
  ///
  /// - Throws: what the kind throws.
  public func load(file path: String) throws -> (kind: any ModelKind, summary: any ModelSummary)? {
    if Folder.exists(path) { return nil }
    for kind in all {
      if let summary = try kind.load(file: path) { return (kind, summary) }
    }
    return nil
  }

  /// Loads a model of any kind.
  ///
  /// - Throws: as `kind(of:)`, and what the kind throws; `CheckpointFault.otherKindsKey` for a key that only another
  ///   kind has.
  public func load(_ location: ModelLocation) throws -> (kind: any ModelKind, summary: any ModelSummary) {
    let kind = try kind(of: location)
    do {
      return (kind, try kind.load(location))
    } catch CheckpointFault.unknownKey(let path, let key, let nearest) {
      guard let other = all.first(where: { $0.name != kind.name && $0.keys.contains(key) }) else {
        throw CheckpointFault.unknownKey(path: path, key: key, nearest: nearest)
      }
      throw CheckpointFault.otherKindsKey(path: path, key: key, kind: kind.name, other: other.name)
    }
  }
}
