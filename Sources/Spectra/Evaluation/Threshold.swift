import KodamaCore

/// A bound on a result, for scripts: `mcd-dtw>6` fails where the mean of `mcd-dtw` is above 6, `mcd-dtw.max>9` where
/// one pair is above 9, and `mcd-dtw.p95>7` where more than one in twenty is above 7.
public struct Threshold: Sendable, Equatable {
  /// A statistic of the scores of all pairs and sounds, under its name in JSON.
  public enum Statistic: Sendable, Equatable {
    case mean
    case median
    case min
    case max
    /// The standard deviation.
    case std
    /// The number of pairs and sounds that have a score.
    case count
    /// The value below which a share of the scores lies, in percent; between two scores it is interpolated.
    case percentile(Double)

    /// The names, with one example of the percentiles.
    static let names = ["mean", "median", "min", "max", "std", "count", "p95"]

    init?(_ name: some StringProtocol) {
      switch name {
      case "mean": self = .mean
      case "median": self = .median
      case "min": self = .min
      case "max": self = .max
      case "std": self = .std
      case "count": self = .count
      default:
        let digits = name.dropFirst()
        guard name.first == "p", digits.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }),
          let share = Double(digits), (0...100).contains(share)
        else { return nil }
        self = .percentile(share)
      }
    }

    /// The name in a threshold and in JSON.
    public var name: String {
      switch self {
      case .mean: "mean"
      case .median: "median"
      case .min: "min"
      case .max: "max"
      case .std: "std"
      case .count: "count"
      case .percentile(let share): "p" + (Int(exactly: share).map { "\($0)" } ?? "\(share)")
      }
    }
  }

  /// The relation to the bound by which a value fails.
  public enum Relation: String, Sendable, CaseIterable {
    case above = ">"
    case atLeast = ">="
    case below = "<"
    case atMost = "<="

    func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .above: value > bound
      case .atLeast: value >= bound
      case .below: value < bound
      case .atMost: value <= bound
      }
    }
  }

  /// The threshold as it was given.
  public let text: String
  /// The metric.
  public let metric: Metric
  /// The statistic of its scores; nil where none was named: the mean, or the score of the two sets for a metric of sets.
  public let statistic: Statistic?
  /// The relation by which it fails.
  public let relation: Relation
  /// The bound, in the metric's unit.
  public let bound: Double

  /// Parses `METRIC>NUMBER` or `METRIC.STATISTIC>NUMBER`, with >, >=, < or <=. `STATISTIC(METRIC)` means the same as
  /// `METRIC.STATISTIC`.
  ///
  /// - Parameter further: metrics besides `Metric.all`.
  /// - Throws: `SpectraFault.badThreshold`, `.unknownStatistic`, `.unknownMetric`.
  public init(_ text: String, further: [Metric] = []) throws {
    let fault = SpectraFault.badThreshold(text: text)
    guard let position = text.firstIndex(where: { $0 == "<" || $0 == ">" }) else { throw fault }
    var rest = text[text.index(after: position)...]
    var sign = String(text[position])
    if rest.first == "=" { sign.append(rest.removeFirst()) }
    guard let relation = Relation(rawValue: sign), let bound = Double(Self.trimmed(rest)), bound.isFinite else {
      throw fault
    }
    var name = Self.trimmed(text[..<position])
    var statistic: Substring?
    if let open = name.firstIndex(of: "(") {
      if name.last != ")" { throw fault }
      statistic = name[..<open]
      name = name[name.index(after: open)...].dropLast()
    } else if let point = name.firstIndex(of: ".") {
      statistic = name[name.index(after: point)...]
      name = name[..<point]
    }
    if name.isEmpty || statistic?.isEmpty == true { throw fault }
    metric = try further.first { $0.name == name } ?? Metric.named(String(name))
    self.statistic = try statistic.map { name in
      guard let statistic = Statistic(name) else {
        throw SpectraFault.unknownStatistic(text: text, name: String(name), known: Statistic.names)
      }
      return statistic
    }
    self.text = String(Self.trimmed(Substring(text)))
    self.relation = relation
    self.bound = bound
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// Whether a result passes, and its value.
  public func outcome(of result: EvaluationResult) -> ThresholdOutcome {
    let isOfSets = metric.scope == .sets && statistic == nil
    let value = isOfSets ? result.sets?.scores[metric.name] : value(in: result)
    let what = isOfSets ? "\(metric.name) of the sets" : "\((statistic ?? .mean).name) of \(metric.name)"
    let unit = metric.unit.isEmpty || statistic == .count ? "" : " \(metric.unit)"
    let passed = value.map { !relation.holds($0, bound) } ?? false
    let rows: [any Scored] = isOfSets ? [] : result.pairs + result.sounds
    let missing = rows.compactMap { $0.undefined[metric.name] }
    let reason = missing.first ?? (isOfSets ? result.sets?.undefined[metric.name] : nil)
    // A statistic of the others alone would hide that some have none.
    let rest = missing.isEmpty ? "" : "; \(missing.count) of \(rows.count) have no value: \(missing[0])"
    let message =
      value.map {
        "\(what) is \(TextTable.rounded($0))\(unit), \(passed ? "not " : "")\(relation.rawValue) \(bound)\(rest)"
      }
      ?? "\(what) has no value, and is to be compared with \(bound)\(reason.map { ": " + $0 } ?? "")"
    return ThresholdOutcome(
      threshold: text, metric: metric.name, statistic: isOfSets ? "sets" : (statistic ?? .mean).name, value: value,
      passed: passed, message: message)
  }

  /// The reason why a result fails; nil where it passes. A metric without a value fails.
  public func failure(of result: EvaluationResult) -> String? {
    let outcome = outcome(of: result)
    return outcome.passed ? nil : outcome.message
  }

  private func value(in result: EvaluationResult) -> Double? {
    let statistics = result.aggregate[metric.name]
    switch statistic ?? .mean {
    case .mean: return statistics?.mean
    case .median: return statistics?.median
    case .min: return statistics?.minimum
    case .max: return statistics?.maximum
    case .std: return statistics?.standardDeviation
    case .count: return Double(statistics?.count ?? 0)
    case .percentile(let share):
      let rows: [any Scored] = result.pairs + result.sounds
      return Statistics.percentile(share, of: rows.compactMap { $0.scores[metric.name] })
    }
  }
}
