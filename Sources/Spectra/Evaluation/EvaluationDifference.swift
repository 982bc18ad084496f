import KodamaCore

/// Whether a change helped: two evaluations against the same references, pair by pair.
public struct EvaluationDifference: Sendable, Equatable, Codable {
  /// What can be said of a metric.
  public enum Verdict: String, Sendable, Codable {
    /// The second is better, and the interval of the difference leaves out 0.
    case better
    /// The second is worse, and the interval of the difference leaves out 0.
    case worse
    /// The two differ by a metric that is neither good nor bad.
    case different
    /// The interval holds 0, or there are too few pairs for one.
    case unclear
  }

  /// One metric in both evaluations.
  public struct Row: Sendable, Equatable, Codable {
    /// The metric.
    public let metric: Metric
    /// The mean over common pairs, or the sets' score, in the first evaluation.
    public let first: Double
    /// The same in the second.
    public let second: Double
    /// The second less the first, pair by pair; nil for a metric of sets.
    public let difference: Statistics?
    /// What that means.
    public let verdict: Verdict
  }

  /// The metrics with values in both, in the order of the first.
  public let rows: [Row]
  /// The pairs that both have.
  public let pairs: Int
  /// Pairs of one evaluation that the other lacks, by their references.
  public let unmatched: [String]

  /// Compares two results, whose pairs belong together by their references (sounds without one by their own names).
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
        guard let a = first.sets?.scores[metric.key], let b = second.sets?.scores[metric.key] else { return nil }
        return Row(metric: metric, first: a, second: b, difference: nil, verdict: .unclear)
      }
      let values = left.compactMap { name, row -> (Double, Double)? in
        guard let a = row.scores[metric.key], let b = counterparts[name]?.scores[metric.key] else { return nil }
        return (a, b)
      }
      guard let a = Statistics(values.map(\.0), bootstrap: bootstrap),
        let b = Statistics(values.map(\.1), bootstrap: bootstrap),
        let difference = Statistics(values.map { $1 - $0 }, bootstrap: bootstrap)
      else { return nil }
      return Row(
        metric: metric, first: a.mean, second: b.mean, difference: difference,
        verdict: Self.verdict(difference, metric.direction))
    }
    if rows.isEmpty { throw SpectraFault.nothingInCommon }
  }

  private static func rowsByName(_ result: EvaluationResult) -> [(name: PathBytes, row: any Scored)] {
    result.pairs.map { (PathBytes($0.reference), $0) } + result.sounds.map { (PathBytes($0.generated), $0) }
  }

  private static func verdict(_ difference: Statistics, _ direction: Metric.Direction) -> Verdict {
    guard let interval = difference.interval, interval.low > 0 || interval.high < 0 else { return .unclear }
    return switch direction {
    case .lowerIsBetter: interval.high < 0 ? .better : .worse
    case .higherIsBetter: interval.low > 0 ? .better : .worse
    case .neither: .different
    }
  }
}
