import KodamaCoding
import KodamaCore

extension EvaluationResult {
  /// The result as JSON, with sorted keys.
  public var json: String {
    get throws {
      try JSON(encoding: self).sortedText + "\n"
    }
  }

  /// A result that was written as JSON.
  ///
  /// - Throws: `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(json: [UInt8], path: String) throws {
    do {
      // Thousands of pairs by tens of metrics are a usual result.
      self = try Self.named(JSON(parsing: json, path: path, valueLimit: .max)).decoded()
    } catch let error as ScoreTable.ImpossibleScore {
      throw SpectraFault.impossibleScore(path: path, field: error.field, value: error.value)
    } catch {
      throw SpectraFault.notAnEvaluation(path: path)
    }
  }

  /// An evaluation with the names of metrics and statistics as keys, also where an earlier version wrote it: its metrics
  /// had keys of their own, such as `mcdDtw`, and its statistics longer names.
  private static func named(_ json: JSON) -> JSON {
    guard case .object(let members) = json,
      case .array(let metrics)? = members.first(where: { $0.key == "metrics" })?.value
    else { return json }
    var names: [String: String] = [:]
    for case .object(let metric) in metrics {
      if case .string(let key)? = metric.first(where: { $0.key == "key" })?.value,
        case .string(let name)? = metric.first(where: { $0.key == "name" })?.value
      {
        names[key] = name
      }
    }
    return names.isEmpty ? json : renamed(json, names)
  }

  private static func renamed(_ json: JSON, _ names: [String: String]) -> JSON {
    switch json {
    case .array(let values): return .array(values.map { renamed($0, names) })
    case .object(let members):
      return .object(
        members.map { member in
          switch (member.key, member.value) {
          case ("scores", .object(let values)), ("undefined", .object(let values)):
            return .init(member.key, .object(withKeys(values, names)))
          case ("aggregate", .object(let values)), ("references", .object(let values)):
            let statistics = withKeys(values, names).map { value -> JSON.Member in
              guard case .object(let numbers) = value.value else { return value }
              return .init(value.key, .object(withKeys(numbers, statisticNames)))
            }
            return .init(member.key, .object(statistics))
          default: return .init(member.key, renamed(member.value, names))
          }
        })
    default: return json
    }
  }

  private static let statisticNames = ["standardDeviation": "std", "minimum": "min", "maximum": "max"]

  /// The members with new keys, unless another has that key already.
  private static func withKeys(_ members: [JSON.Member], _ names: [String: String]) -> [JSON.Member] {
    let keys = Set(members.map(\.key))
    return members.map { member in
      guard let name = names[member.key], name != member.key, !keys.contains(name) else { return member }
      return .init(name, member.value)
    }
  }
}
