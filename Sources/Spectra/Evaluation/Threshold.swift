import KodamaCore

/// A bound on a result, for scripts: `mcd-dtw>6` fails where the mean of `mcd-dtw` is above 6, and `max(mcd-dtw)>9`
/// where one pair is above 9.
public struct Threshold: Sendable, Equatable {
  /// The statistic of the scores of all pairs and sounds. For a metric of sets, the score of the sets is used
  /// regardless.
  public enum Statistic: String, Sendable, CaseIterable {
    case mean
    case median
    case min
    case max
  }

  /// The relation to the bound by which a value fails.
  public enum Relation: String, Sendable, CaseIterable {
    case above = ">"
    case atLeast = ">="
    case below = "<"
    case atMost = "<="
  }

  /// The metric.
  public let metric: Metric
  /// The statistic of its scores.
  public let statistic: Statistic
  /// The relation by which it fails.
  public let relation: Relation
  /// The bound, in the metric's unit.
  public let bound: Double

  /// Parses `METRIC>NUMBER` or `STATISTIC(METRIC)>NUMBER`, with >, >=, < or <=.
  ///
  /// - Throws: `SpectraFault.badThreshold`, `.unknownMetric`.
  public init(_ text: String) throws {
    let fault = SpectraFault.badThreshold(text: text)
    guard let position = text.firstIndex(where: { $0 == "<" || $0 == ">" }) else { throw fault }
    var rest = text[text.index(after: position)...]
    var sign = String(text[position])
    if rest.first == "=" { sign.append(rest.removeFirst()) }
    func trimmed(_ text: Substring) -> Substring {
      var text = text.drop { $0 == " " }
      while text.last == " " { text.removeLast() }
      return text
    }
    guard let relation = Relation(rawValue: sign), let bound = Double(trimmed(rest)), bound.isFinite else {
      throw fault
    }
    var name = trimmed(text[..<position])
    var statistic = Statistic.mean
    if let open = name.firstIndex(of: "(") {
      guard name.last == ")", let named = Statistic(rawValue: String(name[..<open])) else { throw fault }
      statistic = named
      name = name[name.index(after: open)...].dropLast()
    }
    if name.isEmpty { throw fault }
    metric = try Metric.named(String(name))
    self.statistic = statistic
    self.relation = relation
    self.bound = bound
  }

  /// The reason why a result fails; nil where it passes. A metric without a value fails.
  public func failure(of result: EvaluationResult) -> String? {
    let isOfSets = metric.scope == .sets
    let what = isOfSets ? "\(metric.name) of the sets" : "\(statistic.rawValue) of \(metric.name)"
    guard let value = isOfSets ? result.sets?.scores[metric.key] : value(in: result) else {
      return "\(what) has no value, and is to be compared with \(bound)"
    }
    let fails =
      switch relation {
      case .above: value > bound
      case .atLeast: value >= bound
      case .below: value < bound
      case .atMost: value <= bound
      }
    let unit = metric.unit.isEmpty ? "" : " \(metric.unit)"
    return fails ? "\(what) is \(TextTable.rounded(value))\(unit), \(relation.rawValue) \(bound)" : nil
  }

  private func value(in result: EvaluationResult) -> Double? {
    let statistics = result.aggregate[metric.key]
    return switch statistic {
    case .mean: statistics?.mean
    case .median: statistics?.median
    case .min: statistics?.minimum
    case .max: statistics?.maximum
    }
  }
}
