import Kodama
import KodamaCheckpoints
import KodamaCore
import KodamaWaveNetTraining

/// Training settings, and where each of them comes from.
struct ChosenSettings {
  /// The settings.
  var settings: TrainingSettings
  /// The origin of each setting that is not a default, by key.
  private var origins: [String: String] = [:]

  /// - Parameter origin: that of all settings that are not the default ones; nil where all are defaults.
  init(_ settings: TrainingSettings, origin: String?) {
    self.settings = settings
    if let origin { noteDifferences(from: TrainingSettings(), origin) }
  }

  /// Records the origin of a setting.
  mutating func note(_ key: String, _ origin: String) { origins[key] = origin }

  /// The origin of a setting; nil where it is a default.
  func origin(of key: String) -> String? { origins[key] }

  /// Changes settings and records the origin of those that differ afterwards.
  mutating func change(origin: String, _ body: (inout TrainingSettings) throws -> Void) rethrows {
    let before = settings
    try body(&settings)
    noteDifferences(from: before, origin)
  }

  /// Completes the settings by what the corpus decides, the network and its rate, and by what is fitted to a time, all
  /// else.
  mutating func complete(as settings: TrainingSettings) {
    let earlier = Self.values(self.settings)
    self.settings = settings
    for setting in SettingsDocument(settings).list where setting.value != earlier[setting.key] {
      origins[setting.key] = setting.key.hasPrefix("architecture.") ? "the corpus" : "fitted to --for"
    }
  }

  private mutating func noteDifferences(from before: TrainingSettings, _ origin: String) {
    let earlier = Self.values(before)
    for setting in SettingsDocument(settings).list where setting.value != earlier[setting.key] {
      origins[setting.key] = origin
    }
  }

  private static func values(_ settings: TrainingSettings) -> [String: JSON] {
    Dictionary(SettingsDocument(settings).list.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// All settings with values, defaults and origins.
  ///
  /// - Parameter preset: the preset of the defaults.
  func table(preset: Preset) -> String {
    let defaults = Self.values(TrainingSettings(preset))
    let rows = SettingsDocument(settings).list.map { setting in
      let usual = defaults[setting.key] ?? .null
      return [
        setting.key, Self.text(setting.value), Self.text(usual),
        origins[setting.key] ?? (setting.value == usual ? "default" : "the corpus"),
      ]
    }
    return Self.table([["setting", "value", "default", "from"]] + rows)
  }

  /// All settings with defaults, valid values and descriptions.
  static func list(preset: Preset) -> String { list(SettingsDocument(TrainingSettings(preset)).list) }

  /// Settings with their values, valid values and descriptions.
  static func list(_ settings: [ConfigurationSetting]) -> String {
    let rows = settings.map { setting in
      [
        setting.key, text(setting.value), setting.allowed.map { "\(setting.expected), \($0)" } ?? setting.expected,
        setting.help,
      ]
    }
    return table([["setting", "default", "values", "what it is"]] + rows)
  }

  /// A table with all columns aligned to the left.
  private static func table(_ rows: [[String]]) -> String {
    let widths = (0..<rows[0].count).map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
      zip(row.dropLast(), widths).map { $0 + String(repeating: " ", count: $1 - $0.count) + "  " }.joined()
        + row[row.count - 1]
    }.joined(separator: "\n")
  }

  /// A value, shortened where it is long.
  private static func text(_ value: JSON) -> String {
    let text = value == .null ? "none" : value.string ?? value.description
    return text.count <= 30 ? text : text.prefix(29) + "…"
  }
}
