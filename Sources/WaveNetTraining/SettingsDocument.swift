import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// Training settings as a JSON document with keys in snake_case, in which a file or single values replace the defaults,
/// as with `--config FILE` and `--set key=value`.
///
/// A file contains any part of the document: `{"architecture": {"residual_channels": 48}, "plan": {"batch_size": 4}}`.
public struct SettingsDocument: Sendable {
  private var document: FieldDocument<TrainingSettings>

  /// The document of some settings.
  public init(_ settings: TrainingSettings) { document = FieldDocument(settings, TrainingSettings.fields) }

  /// The settings of the document.
  public var settings: TrainingSettings { document.settings }

  /// All settings with keys, values and descriptions, in the order of the document.
  package var list: [ConfigurationSetting] { document.list }

  /// The settings that have a value, by their full keys: those of a section that is absent, such as the trimming of
  /// silence, are not among them.
  package var values: [(key: String, value: JSON)] { document.values }

  /// Replaces the settings in a JSON file.
  ///
  /// - Throws: `FileFault.cannotRead`; `JSONFault`; `CheckpointFault.unknownKey`, `.missingKey`, `.wrongValue`.
  public mutating func apply(file path: String) throws { try document.apply(file: path) }

  /// Replaces one value by a text `key=value`, where the key is a path such as `plan.batch_size`, or its last part
  /// where that is unique.
  ///
  /// - Returns: the whole key.
  /// - Throws: `TrainingFault.badPlan`.
  @discardableResult public mutating func apply(assignment text: String) throws -> String {
    try document.apply(assignment: text)
  }
}
