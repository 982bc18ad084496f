/// The scores of generated sounds against their references.
///
/// Encodes to JSON with the properties' names as keys; `scores`, `undefined` and `aggregate` have the metrics' keys.
public struct EvaluationResult: Sendable, Equatable, Codable {
  /// The metrics, in the order of tables.
  public var metrics: [Metric]
  /// The pairs, in order; empty where two sets without common names were compared.
  public var pairs: [PairScores]
  /// Generated sounds without a counterpart, with what can be said of them alone.
  public var sounds: [SoundScores]
  /// For each metric's key the statistics of its scores over the pairs and sounds where it is defined; no entry where it
  /// never is.
  public var aggregate: [String: Statistics]
  /// For each key of a metric of single sounds the statistics of the references' own scores, which those of the generated
  /// sounds are to be seen beside; no entry where it is never defined, and nil without such a metric.
  public var references: [String: Statistics]?
  /// The two sides as sets; nil without a metric of sets.
  public var sets: SetScores?
  /// Names of references without a counterpart.
  public var unpairedReference: [String]
  /// Names of generated sounds without a counterpart.
  public var unpairedGenerated: [String]
  /// What white noise as long and as loud as the generated sounds scores in their place, as a set; nil where it was not
  /// asked for.
  public var noise: SetScores?

  /// The pairs that are worst by a metric, the worst first. Of a metric that is neither good nor bad those with the largest
  /// values.
  public func worst(_ count: Int, by metric: Metric) -> [PairScores] {
    let sign: Double = metric.direction == .higherIsBetter ? 1 : -1
    let scored = pairs.enumerated().compactMap { index, pair in
      pair.scores[metric.key].map { (score: sign * $0, index: index) }
    }
    return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.prefix(max(0, count)).map { pairs[$0.index] }
  }
}
