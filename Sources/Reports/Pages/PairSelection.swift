import KodamaSpectra

/// The pairs of a report that are shown and played.
struct PairSelection: Equatable {
  /// The metric that pairs were ranked by; nil where no metric ranks them.
  let metric: Metric?
  /// The worst first, each with its place among all.
  let worst: [PairScores]
  /// Those nearest to the median, of the others.
  let typical: [PairScores]

  /// Chooses pairs by a metric; pairs where it is undefined come last.
  ///
  /// - Parameter metric: nil for the first that says what is better and has a score.
  init(_ result: EvaluationResult, by metric: Metric?, worst worstCount: Int, typical typicalCount: Int) {
    let metric =
      metric
      ?? result.metrics.first { metric in
        metric.direction != .neither && result.pairs.contains { $0.scores[metric.key] != nil }
      }
    self.metric = metric
    guard let metric else {
      worst = []
      typical = Array(result.pairs.prefix(worstCount + typicalCount))
      return
    }
    let sign = metric.direction == .higherIsBetter ? 1.0 : -1.0
    func key(_ pair: PairScores) -> Double { pair.scores[metric.key].map { sign * $0 } ?? .infinity }
    // The order of equal scores is that of the pairs, so that the same result always gives the same page.
    let ranked = result.pairs.enumerated().sorted { (key($0.element), $0.offset) < (key($1.element), $1.offset) }
    worst = ranked.prefix(worstCount).map(\.element)
    let median = result.aggregate[metric.key]?.median ?? 0
    func distance(_ pair: PairScores) -> Double { pair.scores[metric.key].map { abs($0 - median) } ?? .infinity }
    typical = ranked.dropFirst(worstCount)
      .sorted { (distance($0.element), $0.offset) < (distance($1.element), $1.offset) }
      .prefix(typicalCount).map(\.element)
  }
}
