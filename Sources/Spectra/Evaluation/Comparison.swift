import KodamaCore

/// A comparison in progress: the findings so far, in the order of the sounds.
struct Comparison {
  private let metrics: [Metric]
  private let bootstrap: Bootstrap
  private(set) var accumulators: [any SetAccumulator]
  private var pairs: [PairScores] = []
  private var sounds: [SoundScores] = []
  /// The values of the references by metrics of single sounds.
  private var references: [String: [Double]] = [:]
  /// The conversions of sounds without an entry of their own.
  private var conversions: [String] = []
  private var reference = SetScores.Extent()
  private var generated = SetScores.Extent()

  init(metrics: [Metric], bootstrap: Bootstrap) {
    self.metrics = metrics
    self.bootstrap = bootstrap
    accumulators = Metric.setMeasurements.filter { $0.metrics.contains(where: metrics.contains) }.map {
      $0.accumulator()
    }
  }

  /// Adds the findings of an item.
  mutating func add(_ finding: PairEvaluation.Finding, of item: PairEvaluation.Item) {
    switch item {
    case .pair(let reference, let generated):
      pairs.append(
        PairScores(
          reference: reference.name, generated: generated.name, finding.scores, conversions: finding.conversions))
    case .single(let sound, .generated) where !finding.scores.isEmpty:
      sounds.append(SoundScores(generated: sound.name, finding.scores, conversions: finding.conversions))
    case .single: conversions += finding.conversions
    }
    for (metric, score) in finding.referenceScores {
      if let value = score.value { references[metric.name, default: []].append(value) }
    }
    if let part = finding.reference {
      reference.add(seconds: part.seconds)
      for index in accumulators.indices { accumulators[index].add(part.summaries[index], to: .reference) }
    }
    if let part = finding.generated {
      generated.add(seconds: part.seconds)
      for index in accumulators.indices { accumulators[index].add(part.summaries[index], to: .generated) }
    }
  }

  /// All scores.
  func result(unpairedReference: [String], unpairedGenerated: [String]) -> EvaluationResult {
    let rows: [any Scored] = pairs + sounds
    var aggregate: [String: Statistics] = [:]
    for metric in metrics {
      aggregate[metric.name] = Statistics(rows.compactMap { $0.scores[metric.name] }, bootstrap: bootstrap)
    }
    let isOfSounds = metrics.contains { $0.scope == .sounds }
    var result = EvaluationResult(
      metrics: metrics, pairs: pairs, sounds: sounds, aggregate: aggregate,
      references: isOfSounds ? references.compactMapValues { Statistics($0, bootstrap: bootstrap) } : nil,
      sets: accumulators.isEmpty ? nil : setScores, unpairedReference: unpairedReference,
      unpairedGenerated: unpairedGenerated)
    if !conversions.isEmpty { result.conversions = conversions }
    return result
  }

  /// Removes the generated sounds, so that others can be scored instead.
  mutating func removeGenerated() {
    generated = SetScores.Extent()
    for index in accumulators.indices { accumulators[index].removeGenerated() }
  }

  /// The scores of the two sets.
  var setScores: SetScores {
    let scores = accumulators.flatMap { $0.scores() }.filter { metrics.contains($0.0) }
    return SetScores(reference: reference, generated: generated, scores)
  }
}
