import KodamaCore
import KodamaLayers

/// A kind of model: a value of `model_type` in a `config.json`, and how folders of that kind are read.
///
/// A network with a configuration, a forward pass and a file that conforms to this is a kind; `ModelKinds` lists those
/// that a program knows.
public protocol ModelKind: Sendable {
  /// The value of `model_type`.
  var name: String { get }
  /// The latest `format_version` of `config.json` that is read.
  var formatVersion: Int { get }
  /// The keys of `config.json` beside `format_version` and `model_type`; those of objects within it as dotted paths.
  var keys: [String] { get }
  /// Loads and checks a model, as far as is needed to describe it.
  ///
  /// - Throws: a `Fault` that names the file and the field.
  func load(_ location: ModelLocation) throws -> any ModelSummary
}

/// What there is to say of a model, whatever its kind. Encoded it is an object with keys in lowerCamelCase.
public protocol ModelSummary: Encodable, Sendable {
  /// For people: each line as a label of at most 16 characters and a text.
  var lines: [(label: String, text: String)] { get }
  /// What one step costs, layer by layer: a sample of a network of samples.
  var cost: NetworkCost { get }
}

/// The kinds of models that a program knows.
public struct ModelKinds: Sendable {
  /// The kinds, each of its own name.
  public let all: [any ModelKind]

  /// Some kinds.
  ///
  /// - Precondition: there is one, and no two have the same name.
  public init(_ kinds: [any ModelKind]) {
    precondition(
      !kinds.isEmpty && Set(kinds.map(\.name)).count == kinds.count, "kinds must differ: \(kinds.map(\.name))")
    all = kinds
  }

  /// The kind of the model at a location. Nothing of the file is read before that but its version.
  ///
  /// - Throws: `CheckpointFault.futureVersion`, `.missingKey`, `.unknownKind`; `JSONFault`; `FileFault.cannotRead`.
  public func kind(of location: ModelLocation) throws -> any ModelKind {
    let file = try location.header(version: all.map(\.formatVersion).max() ?? 1)
    let name = try file.modelType(of: all.map(\.name))
    guard let kind = all.first(where: { $0.name == name }) else { preconditionFailure("\(name) is no known kind") }
    return kind
  }

  /// Loads a model of any kind.
  ///
  /// - Throws: as `kind(of:)`, and what the kind throws; `CheckpointFault.otherKindsKey` where a key that the kind does
  ///   not have is another kind's.
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
