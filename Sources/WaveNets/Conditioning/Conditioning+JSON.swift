import KodamaCheckpoints

/// Conditioning as it stands in `config.json`:
///
///     "conditioning": {"channels": 32, "labels": [{"name": "speaker", "values": ["george", "lucas"]}]}
///
/// The order of sets and of labels is that of the tables of embeddings. A model that is not conditioned has no such key.
extension Conditioning {
  /// The key in a configuration.
  static let key = "conditioning"

  /// Reads the section of a configuration file; nothing where it has none.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration) throws {
    guard file.has(Self.key) else {
      self.init()
      return
    }
    let section = try file.section(Self.key, keys: ["channels", "labels"])
    self.init(
      channels: try section.integer("channels"),
      labels: try section.sections("labels", keys: ["name", "values"]).map {
        LabelSet(try $0.string("name"), try $0.strings("values"))
      })
  }

  /// The section of a configuration file; nil where there is nothing to say.
  var json: JSON? {
    if labels.isEmpty { return nil }
    return [
      "channels": JSON(channels),
      "labels": .array(
        labels.map { ["name": JSON($0.name), "values": .array($0.values.map { JSON($0) })] }),
    ]
  }
}
