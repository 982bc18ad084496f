import KodamaCheckpoints
import KodamaCore

/// The file format of conditioning in `config.json`:
///
///     "conditioning": {"channels": 32, "labels": [{"name": "speaker", "values": ["george", "lucas"]}]}
///
/// The order of sets and of labels is that of the embedding tables. A model that is not conditioned has no such key.
/// Features are under the key `features` in it (see `FeatureConditioning`); without labels there are neither `channels`
/// nor `labels`.
extension Conditioning {
  /// The key in a configuration.
  static let key = "conditioning"

  /// The settings in a kind of document.
  static func fields(in document: FeatureConditioning.Document) -> ConfigurationFields<Conditioning> {
    [
      .init(
        "channels", \.channels, .integer(.from(WaveNetConfiguration.channelRange)),
        "Numbers of each label's embedding", .optional, isWritten: { !$0.labels.isEmpty }),
      .list(
        "labels", \.labels, LabelSet.fields, base: LabelSet("", []), "The label sets", .optional,
        isWritten: { !$0.labels.isEmpty }),
      .section(
        FeatureConditioning.key, \.features, FeatureConditioning.fields(in: document), base: FeatureConditioning.Form(),
        "The features that the network is conditioned on", form: { $0.form(in: document) },
        value: { try FeatureConditioning($0, in: document, under: $1) }),
    ]
  }

  static let modelFields = fields(in: .model)

  /// Reads the section of a configuration file; nothing where it has none.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration) throws {
    self.init()
    guard file.has(Self.key) else { return }
    let section = try file.section(Self.key, keys: Self.modelFields.keys)
    // Labels need channels, and the section contains labels, features or both.
    if section.has("labels") || !section.has(FeatureConditioning.key) {
      for key in ["channels", "labels"] where !section.has(key) {
        throw CheckpointFault.missingKey(path: file.path, key: Self.key + "." + key)
      }
    }
    try section.read(Self.modelFields, into: &self)
  }

  /// The section of a configuration file; nil without conditioning.
  var json: JSON? { labels.isEmpty && features == nil ? nil : Self.modelFields.json(of: self) }
}
