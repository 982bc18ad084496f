import KodamaCore

/// Scores by metrics that another module measures, such as those of a classifier.
package struct FurtherScores: Sendable {
  /// The metrics.
  package let metrics: [Metric]
  /// The scores of each generated sound by its name, of metrics of sounds.
  package let generated: [String: [(Metric, Score)]]
  /// The values of the references, by the names of the same metrics.
  package let references: [String: [Double]]
  /// The scores of the two sides, of metrics of sets.
  package let sets: [(Metric, Score)]
  /// The 95 % confidence intervals of these, by the names of the metrics.
  package let intervals: [String: ConfidenceInterval]
  /// The numbers of sounds and their lengths in seconds: of the references, and of the generated sounds.
  package let extents: (reference: SetScores.Extent, generated: SetScores.Extent)

  /// Scores.
  package init(
    metrics: [Metric], generated: [String: [(Metric, Score)]], references: [String: [Double]],
    sets: [(Metric, Score)], intervals: [String: ConfidenceInterval],
    extents: (reference: SetScores.Extent, generated: SetScores.Extent)
  ) {
    (self.metrics, self.generated, self.references) = (metrics, generated, references)
    (self.sets, self.intervals, self.extents) = (sets, intervals, extents)
  }
}

extension EvaluationResult {
  /// Adds scores of the same sounds by further metrics.
  package mutating func add(_ further: FurtherScores, bootstrap: Bootstrap) {
    metrics += further.metrics
    pairs = pairs.map { $0.adding(further.generated[$0.generated] ?? []) }
    sounds = sounds.map { $0.adding(further.generated[$0.generated] ?? []) }
    // Where nothing else was measured of single sounds, those without a counterpart have no entries yet.
    let listed = Set(pairs.map(\.generated) + sounds.map(\.generated))
    for name in unpairedGenerated where !listed.contains(name) {
      if let scores = further.generated[name] { sounds.append(SoundScores(generated: name, scores)) }
    }
    let rows: [any Scored] = pairs + sounds
    for metric in further.metrics where metric.scope == .sounds {
      aggregate[metric.name] = Statistics(rows.compactMap { $0.scores[metric.name] }, bootstrap: bootstrap)
    }
    let statistics = further.references.compactMapValues { Statistics($0, bootstrap: bootstrap) }
    references = (references ?? [:]).merging(statistics) { $1 }
    sets =
      sets?.adding(further.sets, intervals: further.intervals)
      ?? SetScores(
        reference: further.extents.reference, generated: further.extents.generated, further.sets,
        intervals: further.intervals)
  }
}
