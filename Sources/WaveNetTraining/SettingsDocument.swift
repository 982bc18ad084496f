import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaSignal
import KodamaTraining
import KodamaWaveNets

/// Training settings as a JSON document with keys in snake_case, in which a file or single values replace the
/// defaults: what `--config FILE` and `--set key=value` do.
///
/// A file holds any part of the document: `{"architecture": {"residual_channels": 48}, "plan": {"batch_size": 4}}`.
public struct SettingsDocument {
  /// What is wrong with a value that is to be put into the document.
  private enum Mistake: Error {
    case unknownKey(String, nearest: String)
    case wrongValue(String, value: JSON, expected: String)
  }

  private var document: JSON

  /// The one object that may be missing and has values of its own then.
  private static let optionalSection = "trimming"
  /// The object within the architecture that may be missing.
  private static let features = ["architecture", "conditioning", "features"]
  /// The list within the plan that may be missing.
  private static let groups = ["plan", "groups"]

  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return encoder
  }

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  /// The document of settings.
  ///
  /// - Throws: where a number of the settings is not finite, which no JSON can hold.
  public init(_ settings: TrainingSettings) throws {
    document = try Self.json(of: settings)
    // Values that are nil by default have keys too.
    let optional = [
      "sample_rate", "channel", "silence", "condition", "trained_labels", "feature_source", "feature_hop", "signal",
      "validation_features",
      "validation_signal", Self.optionalSection,
    ]
    for key in optional where document[key] == nil {
      document = document.replacing([key], with: .null)
    }
    for path in [Self.features, Self.groups] where document.value(at: path) == .null {
      document = document.replacing(path, with: .null)
    }
  }

  /// The settings the document says.
  ///
  /// - Throws: never, but where the document was made of settings that say no such thing.
  public func settings() throws -> TrainingSettings { try Self.settings(of: document) }

  /// Replaces what a JSON file says.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.notJSON`, `.unknownKey`, `.wrongValue`.
  public mutating func apply(file path: String) throws {
    do {
      try put(JSON(objectIn: path), at: [])
    } catch Mistake.unknownKey(let key, let nearest) {
      throw CheckpointFault.unknownKey(path: path, key: key, nearest: nearest)
    } catch Mistake.wrongValue(let key, let value, let expected) {
      throw CheckpointFault.wrongValue(path: path, key: key, value: value.description, expected: expected)
    }
  }

  /// Replaces one value by a text `key=value`, where the key is a path such as `plan.batch_size`, or its last part
  /// where that is the only one of its name.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public mutating func apply(assignment text: String) throws {
    guard let equals = text.firstIndex(of: "=") else {
      throw TrainingFault.badPlan(field: text, problem: "it must have the form key=value")
    }
    let (key, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    let paths = Self.paths(document)
    let matches = paths.contains(key) ? [key] : paths.filter { $0.hasSuffix("." + key) }
    guard matches.count == 1 else {
      let hint =
        matches.isEmpty
        ? "did you mean \(Self.nearest(to: key, among: paths))?" : "it could be \(matches.joined(separator: " or "))"
      throw TrainingFault.badPlan(field: key, problem: "there is no one setting of that name; \(hint)")
    }
    // What is no JSON is text.
    let json = (try? JSON(parsing: Array(value.utf8), path: key)) ?? .string(value)
    do {
      let parts = matches[0].split(separator: ".").map(String.init)
      try put(parts.reversed().reduce(json) { .object([JSON.Member($1, $0)]) }, at: [])
    } catch Mistake.unknownKey(let key, let nearest) {
      throw TrainingFault.badPlan(field: key, problem: "there is no such setting; did you mean \(nearest)?")
    } catch Mistake.wrongValue(let key, let value, let expected) {
      throw TrainingFault.badPlan(field: key, problem: "\(value) is not \(expected)")
    }
  }

  /// Puts a value in the place of the one at `path`; of an object, each of its members. What does not fit is found at
  /// once, while it is known which value it is.
  private mutating func put(_ value: JSON, at path: [String]) throws {
    let key = path.joined(separator: ".")
    let old = try Self.expanded(document.value(at: path), key: key)
    if let members = value.members, let known = old.members {
      if document.value(at: path) == .null { document = document.replacing(path, with: old) }
      for member in members {
        let inner = path + [member.key]
        guard old[member.key] != nil else {
          let siblings = known.map { (path + [$0.key]).joined(separator: ".") }
          let name = inner.joined(separator: ".")
          throw Mistake.unknownKey(name, nearest: Self.nearest(to: name, among: siblings))
        }
        try put(member.value, at: inner)
      }
      return
    }
    let changed = document.replacing(path, with: value)
    do {
      _ = try Self.settings(of: changed)
    } catch {
      // The error of a number that does not fit its type says no more than that.
      let fitting = value.double == nil ? "a number of 64 bits" : "a whole number"
      let expected = Self.expectations[key] ?? DecodingProblem.expected(by: error) ?? fitting
      throw Mistake.wrongValue(key, value: value, expected: expected)
    }
    document = changed
  }

  /// The names of all settings, with dots between their parts.
  private static func paths(_ json: JSON, under prefix: String = "") -> [String] {
    (json.members ?? []).flatMap { member in
      let path = prefix + member.key
      let value = (try? expanded(member.value, key: path)) ?? member.value
      let inner = value.members == nil ? [] : paths(value, under: path + ".")
      let isOptional = path == optionalSection || path == features.joined(separator: ".")
      return member.value.members == nil || isOptional ? [path] + inner : inner
    }.sorted()
  }

  /// The value itself, or the object that may stand in the place of nothing.
  private static func expanded(_ value: JSON, key: String) throws -> JSON {
    value == .null && key == optionalSection ? try json(of: SilenceTrimming()) : value
  }

  /// What values must be whose type alone does not say it.
  private static let expectations: [String: String] = [
    "plan.seed": "a whole number from 0 to \(UInt64.max)",
    "plan.optimizer": list(TrainingPlan.OptimizerName.self), "plan.schedule": list(TrainingPlan.ScheduleName.self),
    "architecture.input": list(WaveNetConfiguration.Input.self),
    "plan.groups": "a list of objects with pattern, and rate_factor or weight_decay",
    "channel": "mix, left, right or the number of a channel as text", "condition": "a list of texts",
    "trained_labels": "a list of texts",
    "architecture.conditioning.labels": "a list of objects with name and values",
    "architecture.conditioning.features":
      "null, or an object with type (log_mel, frames or signal), context_frames, upsampling and what the type needs",
    "architecture.conditioning.features.upsampling.type": list(FeatureConditioning.Upsampling.Method.self),
    "architecture.conditioning.features.log_mel.scale": list(MelScale.self),
    "architecture.conditioning.features.log_mel.spectrum": list(LogMelConvention.Spectrum.self),
    "architecture.output": list(WaveNetConfiguration.Output.self),
  ]

  private static func list<E: CaseIterable & RawRepresentable<String>>(_ type: E.Type) -> String {
    "one of " + E.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static func json(of value: some Encodable) throws -> JSON {
    try JSON(parsing: Array(encoder.encode(value)), path: "settings")
  }

  private static func settings(of document: JSON) throws -> TrainingSettings {
    try decoder.decode(TrainingSettings.self, from: Data(document.description.utf8))
  }

  /// The key nearest to another by its last part or as a whole.
  private static func nearest(to key: String, among paths: [String]) -> String {
    func distance(_ path: String) -> Int {
      let last = path.split(separator: ".").last.map(String.init) ?? path
      return min(EditDistance.between(path, key), EditDistance.between(last, key))
    }
    return paths.min { distance($0) < distance($1) } ?? ""
  }
}

extension JSON {
  /// What stands at a path of keys; null where nothing does.
  fileprivate func value(at path: [String]) -> JSON { path.reduce(self) { $0[$1] ?? .null } }

  /// An object in which what stands at a path is another value.
  fileprivate func replacing(_ path: [String], with value: JSON) -> JSON {
    guard let key = path.first else { return value }
    let inner = (self[key] ?? .null).replacing(Array(path.dropFirst()), with: value)
    var members = members ?? []
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index] = Member(key, inner)
    } else {
      members.append(Member(key, inner))
    }
    return .object(members)
  }
}
