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
    let path = folder + "/" + Self.fileName
    // Reading another kind of file, such as a pipe, might block.
    guard Folder.hasFile(path) else { throw TrainingFault.badCheckpoint(path: path, problem: "there is no such file") }
    self.init(settings: ClassifierSettings(labels: []), steps: 0, corpus: StableHash(""), validation: nil)
    do {
      // A later version may have written more.
      try Self.fields.read(JSON(objectIn: path), ignoresUnknownKeys: true, into: &self)
      try settings.validate()
    } catch let problem as SettingProblem {
      throw TrainingFault.badCheckpoint(path: path, problem: "\(problem.fault(path))")
    } catch let fault as any Fault {
      throw TrainingFault.badCheckpoint(path: path, problem: "\(fault)")
    }
  }

  package func write(toFolder folder: String) throws {
    let text = Self.fields.json(of: self, isComplete: true).sortedText
    try AtomicFile.write(to: folder + "/" + Self.fileName, existing: .replace) { try $0.write(text + "\n") }
  }

  /// The differences from an earlier record that affect the resulting weights.
  package func changes(since earlier: ClassifierRecord) -> [String] {
    var (former, own) = (earlier.settings, settings)
    (former.distillation, own.distillation) = (nil, nil)
    var changes = ClassifierSettings.fields.differences(from: former, to: own).map { field, old, new in
      max(old.count, new.count) <= 40 ? "\(field.name) was \(old), is \(new)" : "\(field.name) changed"
    }
    if corpus != earlier.corpus { changes.append("another corpus, or its files or labels changed") }
    if validation != earlier.validation { changes.append("other validation recordings") }
    return changes
      + Distillation.changes(
        from: (earlier.settings.distillation, earlier.teacher), to: (settings.distillation, teacher))
  }
}
