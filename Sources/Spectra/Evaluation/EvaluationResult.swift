import KodamaCore

/// The scores of generated sounds against their references.
///
/// Encodes to JSON with the properties' names as keys; `scores`, `undefined` and `aggregate` have the metrics' names.
public struct EvaluationResult: Sendable, Equatable, Codable {
  /// The metrics, in the order of tables.
  public var metrics: [Metric]
  /// The pairs, in order; empty where two sets without common names were compared.
  public var pairs: [PairScores]
  /// Generated sounds without a counterpart, with their scores as single sounds.
  public var sounds: [SoundScores]
  /// For each metric's name the statistics of its scores over the pairs and sounds where it is defined; no entry where
  /// it never is.
  public var aggregate: [String: Statistics]
  /// For each name of a metric of single sounds, the statistics of the references' own scores, for comparison; no entry
  /// where it is never defined, and nil without such a metric.
  public var references: [String: Statistics]?
  /// The two sides as sets; nil without a metric of sets.
  public var sets: SetScores?
  /// Names of references without a counterpart.
  public var unpairedReference: [String]
  /// Names of generated sounds without a counterpart.
  public var unpairedGenerated: [String]
  /// The scores, as a set, of white noise of the same length and level in place of the generated sounds; nil where not
  /// requested.
  public var noise: SetScores?
  /// The conversions of sounds that are in neither list, such as references without a counterpart; nil where there is
  /// none.
  public var conversions: [String]?
  /// The outcomes of the thresholds that were applied; nil where none was.
  public var thresholds: [ThresholdOutcome]?

  /// The worst pairs by a metric, the worst first; for a metric without a direction, those with the largest values. Pairs
  /// for which it has no value come before all others.
  public func worst(_ count: Int, by metric: Metric) -> [PairScores] {
    let sign: Double = metric.direction == .higherIsBetter ? 1 : -1
    let scored = pairs.enumerated().map { index, pair in
      (score: pair.scores[metric.name].map { sign * $0 } ?? -.infinity, index: index)
    }
    return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.prefix(max(0, count)).map { pairs[$0.index] }
  }
}
