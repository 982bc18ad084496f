import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// The record of the training on a pair in a checkpoint, `capture.json`: the settings and the recordings, which must not
/// change when the run is resumed.
package struct CaptureRecord: Sendable, Equatable {
  /// The settings.
  package private(set) var settings: CaptureSettings
  /// The steps of the run.
  package private(set) var steps: Int
  /// The fingerprint of the recordings, as they belong together.
  package private(set) var pair: StableHash

  /// The file in a checkpoint.
  package static let fileName = "capture.json"

  private static let fields: ConfigurationFields<CaptureRecord> = [
    .section("settings", \.settings, CaptureSettings.fields, "The settings"),
    .init("steps", \.steps, .integer(), "The steps of the run"),
    .init("pair", \.pair, .hash, "The fingerprint of the recordings"),
  ]

  package init(settings: CaptureSettings, steps: Int, pair: StableHash) {
    (self.settings, self.steps, self.pair) = (settings, steps, pair)
  }

  /// Reads the record of a checkpoint.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    let path = folder + "/" + Self.fileName
    guard Folder.hasFile(path) else { throw TrainingFault.badCheckpoint(path: path, problem: "there is no such file") }
    self.init(settings: CaptureSettings(), steps: 0, pair: StableHash(""))
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
  package func changes(since earlier: CaptureRecord) -> [String] {
    var changes = CaptureSettings.fields.differences(from: earlier.settings, to: settings).map { field, old, new in
      max(old.count, new.count) <= 40 ? "\(field.name) was \(old), is \(new)" : "\(field.name) changed"
    }
    if pair != earlier.pair { changes.append("other recordings, or another latency") }
    return changes
  }
}
