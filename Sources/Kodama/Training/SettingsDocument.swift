import Foundation
import KodamaCheckpoints
import KodamaTraining

/// Training settings as a JSON document with keys in snake_case, in which a file or single values replace the
/// defaults: what `--config FILE` and `--set key=value` do.
///
/// A file holds any part of the document: `{"architecture": {"residual_channels": 48}, "plan": {"batch_size": 4}}`.
public struct SettingsDocument {
  private var document: [String: Any]

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
  public init(_ settings: TrainingSettings) throws {
    let data = try Self.encoder.encode(settings)
    document = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    // Values that are nil by default have keys too.
    for key in ["sample_rate", "trimming"] where document[key] == nil { document[key] = NSNull() }
  }

  /// The settings the document says.
  ///
  /// - Throws: `TrainingFault.badPlan` naming the key.
  public func settings() throws -> TrainingSettings {
    do {
      let data = try JSONSerialization.data(withJSONObject: document)
      return try Self.decoder.decode(TrainingSettings.self, from: data)
    } catch {
      throw TrainingFault.badPlan(field: "settings", problem: Self.describe(error))
    }
  }

  /// Replaces what a JSON file says.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public mutating func apply(file path: String) throws {
    let value: Any
    do {
      value = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw TrainingFault.badPlan(field: path, problem: "not a JSON file that can be read")
    }
    guard let object = value as? [String: Any] else {
      throw TrainingFault.badPlan(field: path, problem: "it must hold one JSON object")
    }
    document = try Self.merged(document, object, at: [])
  }

  /// Replaces one value by a text `key=value`, where the key is a path such as `plan.batch_size`, or its last part
  /// where that is the only one of its name.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public mutating func apply(assignment text: String) throws {
    guard let equals = text.firstIndex(of: "=") else {
      throw TrainingFault.badPlan(field: "--set \(text)", problem: "it must have the form key=value")
    }
    let (key, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    let paths = Self.paths(document)
    let matches = paths.filter { $0 == key || $0.hasSuffix("." + key) }
    guard matches.count == 1 else {
      let nearest = paths.min { Self.distance($0, key) < Self.distance($1, key) } ?? ""
      let hint = matches.isEmpty ? "did you mean \(nearest)?" : "it could be \(matches.joined(separator: " or "))"
      throw TrainingFault.badPlan(field: "--set \(key)", problem: "there is no one setting of that name; \(hint)")
    }
    let parsed = try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let nested = matches[0].split(separator: ".").reversed().reduce(parsed ?? value) {
      [String($1): $0] as [String: Any]
    }
    document = try Self.merged(document, nested as? [String: Any] ?? [:], at: [])
  }

  /// What a decoding error says, with the key it is about.
  static func describe(_ error: any Error) -> String {
    func key(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case DecodingError.typeMismatch(let type, let context): "\(key(context)) must be of the kind \(type)"
    case DecodingError.valueNotFound(let type, let context): "\(key(context)) must be of the kind \(type), not null"
    case DecodingError.keyNotFound(let missing, _): "the key \(missing.stringValue) is missing"
    case DecodingError.dataCorrupted(let context): "\(key(context)): \(context.debugDescription)"
    default: "it cannot be read"
    }
  }

  private static func merged(_ base: [String: Any], _ changes: [String: Any], at path: [String]) throws -> [String: Any]
  {
    var result = base
    for (key, value) in changes.sorted(by: { $0.key < $1.key }) {
      guard let old = base[key] else {
        let nearest = base.keys.min { distance($0, key) < distance($1, key) } ?? ""
        throw TrainingFault.badPlan(
          field: (path + [key]).joined(separator: "."), problem: "there is no such setting; did you mean \(nearest)?")
      }
      if let inner = old as? [String: Any], let change = value as? [String: Any] {
        result[key] = try merged(inner, change, at: path + [key])
      } else {
        result[key] = value
      }
    }
    return result
  }

  private static func paths(_ object: [String: Any], under prefix: String = "") -> [String] {
    object.flatMap { key, value in
      (value as? [String: Any]).map { paths($0, under: prefix + key + ".") } ?? [prefix + key]
    }.sorted()
  }

  /// How far a path is from a key: by its last part, then as a whole.
  private static func distance(_ path: String, _ key: String) -> Int {
    let last = path.split(separator: ".").last.map(String.init) ?? path
    return min(EditDistance.between(path, key), EditDistance.between(last, key))
  }
}
