import KodamaCore

/// The difference between two evaluations against the same references, pair by pair.
public struct EvaluationDifference: Sendable, Equatable, Codable {
  /// The verdict on a metric.
  public enum Verdict: String, Sendable, Codable {
    /// The second is better, and the interval of the difference excludes 0.
    case better
    /// The second is worse, and the interval of the difference excludes 0; or pairs have no value any more that had one.
    case worse
    /// The two differ by a metric without a direction.
    case different
    /// The interval contains 0, or there are fewer than six pairs, too few for an interval.
    case unclear
  }

  /// One metric in both evaluations.
  public struct Row: Sendable, Equatable, Codable {
    /// The metric.
    public let metric: Metric
    /// The mean over common pairs, or the sets' score, in the first evaluation.
    public let first: Double
    /// The same in the second; nil where no pair has a value there any more.
    public let second: Double?
    /// The second less the first, pair by pair; nil for a metric of sets.
    public let difference: Statistics?
    /// The number of common pairs with a value in the first alone; nil for a metric of sets.
    public let lost: Int?
    /// The verdict.
    public let verdict: Verdict
  }

  /// The fewest pairs for a verdict.
  private static let fewest = 6

  /// The metrics with values in the first that the second has too, in the order of the first.
  public let rows: [Row]
  /// The number of pairs in common.
  public let pairs: Int
  /// Pairs that are missing in one evaluation, by their references.
  public let unmatched: [String]

  /// Compares two results, whose pairs are matched by their references (sounds without one by their own names).
  ///
  /// - Throws: `SpectraFault.nothingInCommon`.
  public init(_ first: EvaluationResult, _ second: EvaluationResult, bootstrap: Bootstrap = Bootstrap()) throws {
    let (left, right) = (Self.rowsByName(first), Self.rowsByName(second))
    let names = Set(right.map(\.name))
    let common = left.map(\.name).filter(names.contains)
    let counterparts = Dictionary(right.map { ($0.name, $0.row) }) { first, _ in first }
    pairs = common.count
    let shared = Set(common)
    unmatched = (left + right).map(\.name).filter { !shared.contains($0) }.map(\.path)
    rows = first.metrics.filter(second.metrics.contains).compactMap { metric in
      if metric.scope == .sets {
        guard let a = first.sets?.scores[metric.name], let b = second.sets?.scores[metric.name] else { return nil }
        return Row(metric: metric, first: a, second: b, difference: nil, lost: nil, verdict: .unclear)
      }
      let values = left.compactMap { name, row -> (Double, Double)? in
        guard let a = row.scores[metric.name], let b = counterparts[name]?.scores[metric.name] else { return nil }
        return (a, b)
      }
      let earlier = left.compactMap { name, row in names.contains(name) ? row.scores[metric.name] : nil }
      let lost = earlier.count - values.count
      guard let mean = Statistics(values.isEmpty ? earlier : values.map(\.0), bootstrap: bootstrap)?.mean else {
        return nil
      }
      let difference = Statistics(values.map { $1 - $0 }, bootstrap: bootstrap)
      let isWorse = lost > 0 && metric.direction != .neither
      return Row(
        metric: metric, first: mean, second: Statistics(values.map(\.1), bootstrap: bootstrap)?.mean,
        difference: difference, lost: lost, verdict: isWorse ? .worse : Self.verdict(difference, metric.direction))
    }
    if rows.isEmpty { throw SpectraFault.nothingInCommon }
  }

  private static func rowsByName(_ result: EvaluationResult) -> [(name: PathBytes, row: any Scored)] {
    result.pairs.map { (PathBytes($0.reference), $0) } + result.sounds.map { (PathBytes($0.generated), $0) }
  }

  private static func verdict(_ difference: Statistics?, _ direction: Metric.Direction) -> Verdict {
    guard let difference, difference.count >= fewest, let interval = difference.interval,
      interval.low > 0 || interval.high < 0
    else { return .unclear }
    return switch direction {
    case .lowerIsBetter: interval.high < 0 ? .better : .worse
    case .higherIsBetter: interval.low > 0 ? .better : .worse
    case .neither: .different
    }
  }
}
