import KodamaCheckpoints

/// Conditioning as it stands in `config.json`:
///
///     "conditioning": {"channels": 32, "labels": [{"name": "speaker", "values": ["george", "lucas"]}]}
///
/// The order of sets and of labels is that of the tables of embeddings. A model that is not conditioned has no such key.
/// Features have the key `features` in it (see `FeatureConditioning`); without labels there are neither `channels` nor
/// `labels`.
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
    let section = try file.section(Self.key, keys: ["channels", "labels", FeatureConditioning.key])
    let features = try section.has(FeatureConditioning.key) ? FeatureConditioning(section) : nil
    if features != nil && !section.has("labels") {
      self.init(features: features)
      return
    }
    self.init(
      channels: try section.integer("channels"),
      labels: try section.sections("labels", keys: ["name", "values"]).map {
        LabelSet(try $0.string("name"), try $0.strings("values"))
      }, features: features)
  }

  /// The section of a configuration file; nil where there is nothing to say.
  var json: JSON? {
    if labels.isEmpty && features == nil { return nil }
    let ofLabels = [
      JSON.Member("channels", JSON(channels)),
      JSON.Member(
        "labels", .array(labels.map { ["name": JSON($0.name), "values": .array($0.values.map { JSON($0) })] })),
    ]
    let ofFeatures = features.map { [JSON.Member(FeatureConditioning.key, $0.json)] } ?? []
    return .object((labels.isEmpty ? [] : ofLabels) + ofFeatures)
  }
}
