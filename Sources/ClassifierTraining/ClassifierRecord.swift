import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaTraining

/// The record of the training of a classifier in a checkpoint, `classifier.json`: the settings and the recordings, which
/// must not change when the run is resumed.
package struct ClassifierRecord: Sendable, Equatable {
  /// The settings, with what was derived from the recordings.
  package private(set) var settings: ClassifierSettings
  /// The steps of the run.
  package private(set) var steps: Int
  /// The fingerprint of the training recordings and their labels.
  package private(set) var corpus: StableHash
  /// The fingerprint of the validation recordings and their labels; nil where there are none.
  package private(set) var validation: StableHash?
  /// The fingerprint of the weights of the teacher; nil where there is none.
  package private(set) var teacher: StableHash?

  /// The file in a checkpoint.
  package static let fileName = "classifier.json"

  private static let fields: ConfigurationFields<ClassifierRecord> = [
    .section("settings", \.settings, ClassifierSettings.fields, "The settings"),
    .init("steps", \.steps, .integer(), "The steps of the run"),
    .init("corpus", \.corpus, .hash, "The fingerprint of the training recordings"),
    .init("validation", \.validation, .hash, "The fingerprint of the validation recordings"),
    .init("teacher", \.teacher, .hash, "The fingerprint of the teacher's weights"),
  ]

  package init(
    settings: ClassifierSettings, steps: Int, corpus: StableHash, validation: StableHash?, teacher: StableHash? = nil
  ) {
    (self.settings, self.steps, self.corpus, self.validation) = (settings, steps, corpus, validation)
    self.teacher = teacher
  }

  /// Whether a checkpoint has a record: those of other tasks have none.
  package static func exists(inCheckpoint folder: String) -> Bool { AtomicFile.exists(folder + "/" + fileName) }

  /// Reads the record of a checkpoint.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    self = try Self.fields.record(
      Self.fileName, inCheckpoint: folder,
      from: ClassifierRecord(
        settings: ClassifierSettings(labels: []), steps: 0, corpus: StableHash(""), validation: nil)
    ) { try $0.settings.validate() }
  }

  package func write(toFolder folder: String) throws { try Self.fields.write(self, Self.fileName, toFolder: folder) }

  /// The differences from an earlier record that affect the resulting weights.
  package func changes(since earlier: ClassifierRecord) -> [String] {
    var (former, own) = (earlier.settings, settings)
    (former.distillation, own.distillation) = (nil, nil)
    var changes = ClassifierSettings.fields.changes(from: former, to: own)
    if corpus != earlier.corpus { changes.append("another corpus, or its files or labels changed") }
    if validation != earlier.validation { changes.append("other validation recordings") }
    return changes
      + Distillation.changes(
        from: (earlier.settings.distillation, earlier.teacher), to: (settings.distillation, teacher))
  }
}
