import KodamaCheckpoints
import KodamaCore
import KodamaTraining

/// Settings of which several values are to be tried, and the candidates: all combinations of the values.
public struct TriedSettings: Sendable, Equatable {
  /// A setting and its values.
  public struct Values: Sendable, Equatable {
    /// The whole key, such as `plan.learning_rate`.
    public let key: String
    /// The values, as texts that `SettingsDocument` takes.
    public let values: [String]

    package init(key: String, values: [String]) { (self.key, self.values) = (key, values) }
  }

  /// The largest number of candidates.
  public static let mostCandidates = 256
  /// Settings of the network whose values have other bits: losses under them cannot be compared.
  private static let incomparable = ["output", "classes", "preemphasis"].map { "architecture." + $0 }

  /// The settings, at least one.
  public let settings: [Values]

  package init(_ settings: [Values]) { self.settings = settings }

  /// The settings of some texts.
  ///
  /// - Parameters:
  ///   - texts: each a key and its values: `learning_rate=0.001,0.003`. Commas within brackets, braces and quotes are
  ///     part of a value.
  ///   - base: the other settings.
  /// - Throws: `TrainingFault` for a key that is no setting of the plan or the network, or that is there twice, for a value
  ///   that is not valid or is there twice, and for fewer than two candidates or too many; `WaveNetFault` for values of
  ///   the network.
  public init(_ texts: [String], of base: TrainingSettings) throws {
    var settings: [Values] = []
    for text in texts {
      let values = try Self.values(of: text, base)
      if settings.contains(where: { $0.key == values.key }) {
        throw TrainingFault.badPlan(field: values.key, problem: "it is given twice; give all its values at once")
      }
      settings.append(values)
    }
    self.settings = settings
    let count = settings.reduce(1) { min($0, Self.mostCandidates + 1) * $1.values.count }
    if count < 2 {
      throw TrainingFault.badPlan(
        field: settings.first?.key ?? "settings", problem: "one candidate leaves nothing to choose; give several values"
      )
    }
    if count > Self.mostCandidates {
      throw TrainingFault.badPlan(
        field: settings.map(\.key).joined(separator: ", "),
        problem: "these are more than \(Self.mostCandidates) combinations; give fewer values")
    }
    for number in candidates.indices { try candidate(number, of: base, steps: base.steps ?? 1).validate() }
  }

  /// The assignments of each candidate, as `SettingsDocument` takes them; the values of the last setting vary fastest.
  public var candidates: [[String]] {
    settings.reduce([[]]) { heads, setting in
      heads.flatMap { head in setting.values.map { head + ["\(setting.key)=\($0)"] } }
    }
  }

  /// The settings of a candidate.
  ///
  /// - Parameters:
  ///   - number: from 0.
  ///   - base: the other settings.
  ///   - steps: the steps of a run with them, after which a cosine schedule ends.
  /// - Throws: `TrainingFault.badPlan`.
  public func candidate(_ number: Int, of base: TrainingSettings, steps: Int) throws -> TrainingSettings {
    var document = SettingsDocument(base)
    for assignment in candidates[number] { try document.apply(assignment: assignment) }
    var settings = document.settings
    settings.plan.training.complete(forSteps: steps)
    return settings
  }

  private static func values(of text: String, _ base: TrainingSettings) throws -> Values {
    guard let equals = text.firstIndex(of: "=") else {
      throw TrainingFault.badPlan(field: text, problem: "it must have the form key=value,value")
    }
    let (name, values) = (text[..<equals], parts(of: text[text.index(after: equals)...]))
    var key = String(name)
    var seen: [(value: String, settings: TrainingSettings)] = []
    for value in values {
      if value.isEmpty { throw TrainingFault.badPlan(field: key, problem: "a value is empty; leave out its comma") }
      var document = SettingsDocument(base)
      key = try document.apply(assignment: "\(name)=\(value)")
      if !(key.hasPrefix("plan.") || key.hasPrefix("architecture.")) || incomparable.contains(key) {
        throw TrainingFault.badPlan(
          field: key,
          problem:
            "only settings of the plan and of the network can be tried, and of those not the output, its classes and "
            + "the pre-emphasis, with which bits cannot be compared; give it one value")
      }
      if let same = seen.first(where: { $0.settings == document.settings }) {
        throw TrainingFault.badPlan(
          field: key,
          problem: same.value == value ? "\(value) is given twice" : "\(same.value) and \(value) are the same")
      }
      seen.append((value, document.settings))
    }
    return Values(key: key, values: values)
  }

  /// The texts between commas that are not within brackets, braces or quotes.
  static func parts(of text: Substring) -> [String] {
    var (parts, depth, isQuoted) = ([""], 0, false)
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case "[", "{": depth += isQuoted ? 0 : 1
      case "]", "}": depth -= isQuoted ? 0 : 1
      case "," where depth == 0 && !isQuoted:
        parts.append("")
        continue
      default: break
      }
      parts[parts.count - 1].append(character)
    }
    return parts
  }
}
