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

  /// Whether a checkpoint has a record: those of other tasks have none.
  package static func exists(inCheckpoint folder: String) -> Bool { AtomicFile.exists(folder + "/" + fileName) }

  /// Reads the record of a checkpoint.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    self = try Self.fields.record(
      Self.fileName, inCheckpoint: folder,
      from: CaptureRecord(settings: CaptureSettings(), steps: 0, pair: StableHash(""))
    ) { try $0.settings.validate() }
  }

  package func write(toFolder folder: String) throws { try Self.fields.write(self, Self.fileName, toFolder: folder) }

  /// The differences from an earlier record that affect the resulting weights.
  package func changes(since earlier: CaptureRecord) -> [String] {
    var changes = CaptureSettings.fields.changes(from: earlier.settings, to: settings)
    if pair != earlier.pair { changes.append("other recordings, or another latency") }
    return changes
  }
}
