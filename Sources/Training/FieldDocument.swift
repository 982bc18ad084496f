import KodamaCheckpoints
import KodamaCore

/// Settings of a type as a JSON document with keys in snake_case, in which a file or single values replace others, as with
/// `--config FILE` and `--set key=value`.
package struct FieldDocument<Settings: Sendable>: Sendable {
  /// The settings of the document.
  package private(set) var settings: Settings
  private let fields: ConfigurationFields<Settings>

  /// The document of some settings.
  package init(_ settings: Settings, _ fields: ConfigurationFields<Settings>) {
    (self.settings, self.fields) = (settings, fields)
  }

  /// All settings with keys, values and descriptions, in the order of the document.
  package var list: [ConfigurationSetting] { fields.settings(of: settings) }

  /// The settings that have a value, by their full keys: those of a section that is absent, such as the trimming of
  /// silence, are not among them.
  package var values: [(key: String, value: JSON)] {
    func flat(_ json: JSON, _ key: String) -> [(key: String, value: JSON)] {
      switch json {
      case .null: []
      case .object(let members): members.flatMap { flat($0.value, key.isEmpty ? $0.key : key + "." + $0.key) }
      default: [(key, json)]
      }
    }
    return flat(fields.json(of: settings, isComplete: true), "")
  }

  /// Replaces the settings in a JSON file.
  ///
  /// - Throws: `FileFault.cannotRead`; `JSONFault`; `CheckpointFault.unknownKey`, `.missingKey`, `.wrongValue`.
  package mutating func apply(file path: String) throws {
    do {
      try apply(JSON(objectIn: path))
    } catch SettingProblem.wrongValue(let key, let value, let expected) {
      throw CheckpointFault.wrongValue(
        path: path, key: key, value: value.description, expected: expected.plainText)
    } catch let problem as SettingProblem { throw problem.fault(path) }
  }

  /// Replaces one value by a text `key=value`, where the key is a path such as `plan.batch_size`, or its last part
  /// where that is unique.
  ///
  /// - Returns: the whole key.
  /// - Throws: `TrainingFault.badPlan`.
  @discardableResult package mutating func apply(assignment text: String) throws -> String {
    guard let equals = text.firstIndex(of: "=") else {
      throw TrainingFault.badPlan(field: text, problem: "it must have the form key=value")
    }
    let (key, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    let paths = list.map(\.key).sorted()
    let matches = paths.contains(key) ? [key] : paths.filter { $0.hasSuffix("." + key) }
    guard matches.count == 1 else {
      let hint =
        matches.isEmpty
        ? "did you mean \(Self.nearest(to: key, among: paths))?" : "it could be \(matches.joined(separator: " or "))"
      throw TrainingFault.badPlan(field: key, problem: "there is no one setting of that name; \(hint)")
    }
    // Values that are not JSON are text.
    let json = (try? JSON(parsing: Array(value.utf8), path: key)) ?? .string(value)
    do {
      let parts = matches[0].split(separator: ".").map(String.init)
      try apply(parts.reversed().reduce(json) { .object([JSON.Member($1, $0)]) })
    } catch SettingProblem.unknownKey(let key, let nearest) {
      throw TrainingFault.badPlan(field: key, problem: "there is no such setting; did you mean \(nearest)?")
    } catch SettingProblem.missingKey(let key) {
      throw TrainingFault.badPlan(field: key, problem: "it is missing; give it too")
    } catch SettingProblem.wrongValue(let key, let value, let expected) {
      throw TrainingFault.badPlan(field: key, problem: "\(value) is not \(expected.plainText)")
    }
    return matches[0]
  }

  /// Applies all changes of an object, or none.
  private mutating func apply(_ json: JSON) throws {
    var changed = settings
    try fields.read(json, isChange: true, into: &changed)
    settings = changed
  }

  /// The key most similar to another, by its last part or as a whole.
  private static func nearest(to key: String, among paths: [String]) -> String {
    func distance(_ path: String) -> Int {
      let last = path.split(separator: ".").last.map(String.init) ?? path
      return min(EditDistance.between(path, key), EditDistance.between(last, key))
    }
    return paths.min { distance($0) < distance($1) } ?? ""
  }
}
