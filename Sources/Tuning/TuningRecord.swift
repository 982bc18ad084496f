import KodamaCheckpoints
import KodamaCore
import KodamaTraining
import KodamaWaveNets

/// The record of tuning in a checkpoint, `tuning.json` beside the model's `config.json`: the settings and the original model,
/// which must not change when the run is resumed.
package struct TuningRecord: Sendable, Equatable {
  /// The settings.
  package private(set) var settings: TuningSettings
  /// The fingerprint of the weights of the original model.
  package private(set) var original: StableHash
  /// The fingerprint of the weights of the classifier; nil where there is none.
  package private(set) var classifier: StableHash?

  /// The file in a checkpoint.
  package static let fileName = "tuning.json"

  private static let fields: ConfigurationFields<TuningRecord> = [
    .section("settings", \.settings, TuningSettings.fields, "The settings"),
    .init("original", \.original, .hash, "The fingerprint of the original model's weights"),
    .init("classifier", \.classifier, .hash, "The fingerprint of the classifier's weights"),
  ]

  package init(settings: TuningSettings, original: StableHash, classifier: StableHash?) {
    (self.settings, self.original, self.classifier) = (settings, original, classifier)
  }

  /// Reads the record of a checkpoint.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    // A file that has no target was written without one.
    var settings = TuningSettings(rewards: [])
    settings.divergenceTarget = nil
    self = try Self.fields.record(
      Self.fileName, inCheckpoint: folder,
      from: TuningRecord(settings: settings, original: StableHash(""), classifier: nil)
    ) { try $0.settings.validate() }
  }

  package func write(toFolder folder: String) throws { try Self.fields.write(self, Self.fileName, toFolder: folder) }

  /// The differences from an earlier record that affect the resulting weights.
  package func changes(since earlier: TuningRecord) -> [String] {
    var (former, own) = (earlier.settings, settings)
    // The same classifier may have moved, and more steps do not change those before.
    (former.classifier, own.classifier) = (nil, nil)
    (former.steps, own.steps) = (nil, nil)
    (former.validationInterval, former.checkpointInterval, former.sampleInterval) = (
      own.validationInterval, own.checkpointInterval, own.sampleInterval
    )
    former.programSeconds = own.programSeconds
    var changes = TuningSettings.fields.changes(from: former, to: own)
    if classifier != earlier.classifier { changes.append("another classifier") }
    return changes
  }
}
