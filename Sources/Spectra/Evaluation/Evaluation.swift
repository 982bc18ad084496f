import KodamaCore

/// Compares generated sounds with their references.
///
/// Nothing is converted by default: sample rates and channel counts must be equal everywhere, and the lengths of a pair
/// where a metric requires it.
public struct Evaluation: Sendable {
  /// The requested metrics, without duplicates; nil for all that apply.
  public let metrics: [Metric]?
  /// The conversions of sounds that differ.
  public let conversions: Conversions
  /// The bootstrap of confidence intervals.
  public let bootstrap: Bootstrap
  /// The threads; results do not depend on their number.
  public let workers: Workers

  /// - Parameters:
  ///   - metrics: the metrics to compute, without duplicates; nil for all that apply: those of pairs where there are
  ///     pairs, those of sounds and of sets always.
  ///   - conversions: the conversions of sounds that differ.
  ///   - bootstrap: the bootstrap of confidence intervals.
  ///   - workers: the threads.
  public init(
    metrics: [Metric]? = nil, conversions: Conversions = Conversions(), bootstrap: Bootstrap = Bootstrap(),
    workers: Workers = .all
  ) {
    self.metrics = metrics.map { metrics in
      metrics.indices.filter { !metrics[..<$0].contains(metrics[$0]) }.map { metrics[$0] }
    }
    self.conversions = conversions
    self.bootstrap = bootstrap
    self.workers = workers
  }

  /// Compares two sides: pair by pair where names are common to both (or there is one sound on each side), sound by
  /// sound, and as two sets. Sounds are opened when they are needed.
  ///
  /// - Parameters:
  ///   - againstNoise: whether white noise of the same length and level as the generated sounds is also scored in their
  ///     place by the metrics of sets, as a baseline. The references are still read only once.
  ///   - team: the processes that divide the sounds among them, all of which have the result; nil for one.
  ///   - progress: called after each pair and each unpaired sound, with the number done and the total.
  /// - Throws: `SpectraFault`, and errors of opening and reading sounds.
  public func compare(
    reference: [Sound], generated: [Sound], againstNoise: Bool = false, team: (any WorkTeam)? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    if reference.isEmpty { throw SpectraFault.emptySet(side: "reference") }
    if generated.isEmpty { throw SpectraFault.emptySet(side: "generated") }
    return try compare(
      pairing(reference: reference, generated: generated), againstNoise: againstNoise, team: team, progress: progress)
  }

  /// The statistics of sounds without references, by the names of the metrics of single sounds among those requested; no
  /// entry for a metric that is defined for none of them.
  ///
  /// - Throws: `SpectraFault`, and errors of opening and reading sounds.
  public func statistics(of sounds: [Sound]) throws -> [String: Statistics] {
    if sounds.isEmpty { throw SpectraFault.emptySet(side: "generated") }
    let metrics = (metrics ?? Metric.all).filter { $0.scope == .sounds }
    var comparison = Comparison(metrics: metrics, bootstrap: bootstrap)
    let evaluation = try PairEvaluation(
      metrics: metrics, conversions: conversions, accumulators: comparison.accumulators, sounds: sounds)
    try evaluate(sounds.map { .single($0, .generated) }, evaluation, team: nil) { comparison.add($0, of: $1) }
    return comparison.result(unpairedReference: [], unpairedGenerated: []).aggregate
  }

  /// Pairs the sounds.
  ///
  /// - Throws: `SpectraFault.ambiguousName`.
  package func pairing(reference: [Sound], generated: [Sound]) throws -> Pairing {
    let bySample = (metrics ?? Metric.all).contains { $0.scope.isOfPairs }
    return try Pairing(reference: reference, generated: generated, bySample: bySample)
  }

  /// Compares pairs, each with its own reference.
  ///
  /// - Throws: as `compare(reference:generated:)`.
  public func compare(
    pairs: [(reference: Sound, generated: Sound)], againstNoise: Bool = false, team: (any WorkTeam)? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    if pairs.isEmpty { throw SpectraFault.emptySet(side: "reference") }
    return try compare(Pairing(pairs: pairs), againstNoise: againstNoise, team: team, progress: progress)
  }

  private func compare(
    _ pairing: Pairing, againstNoise: Bool, team: (any WorkTeam)?, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> EvaluationResult {
    let metrics = try applicableMetrics(to: pairing)
    // Fail before the work starts.
    if againstNoise && !metrics.contains(where: { $0.scope == .sets }) {
      throw SpectraFault.needsSets(metrics: metrics.map(\.name))
    }
    var comparison = Comparison(metrics: metrics, bootstrap: bootstrap)
    let evaluation = try PairEvaluation(
      metrics: metrics, conversions: conversions, accumulators: comparison.accumulators, sounds: pairing.sounds)
    var items = pairing.pairs.map { PairEvaluation.Item.pair(reference: $0.reference, generated: $0.generated) }
    if metrics.contains(where: { !$0.scope.isOfPairs }) {
      items += pairing.unpairedReference.map { .single($0, .reference) }
      items += pairing.unpairedGenerated.map { .single($0, .generated) }
    }
    var done = 0
    try evaluate(items, evaluation, team: team) { finding, item in
      comparison.add(finding, of: item)
      done += 1
      progress(done, items.count)
    }
    var result = comparison.result(
      unpairedReference: pairing.unpairedReference.map(\.name), unpairedGenerated: pairing.unpairedGenerated.map(\.name)
    )
    if againstNoise {
      comparison.removeGenerated()
      let noise = (pairing.pairs.map(\.generated) + pairing.unpairedGenerated).map { sound in
        let noise = Sound(name: sound.name) {
          try WhiteNoise(like: conversions.apply(to: sound.open(), sampleRate: evaluation.example.sampleRate).source)
        }
        return PairEvaluation.Item.single(noise, .generated)
      }
      try evaluate(noise, evaluation, team: team) { comparison.add($0, of: $1) }
      result.noise = comparison.setScores
    }
    return result
  }

  /// Evaluates items, several at a time where there are many, and passes on the findings in order.
  private func evaluate(
    _ items: [PairEvaluation.Item], _ evaluation: PairEvaluation, team: (any WorkTeam)?,
    _ body: (PairEvaluation.Finding, PairEvaluation.Item) -> Void
  ) throws {
    let processes = team?.size ?? 1
    let isManyItems = items.count >= workers.threads * processes
    // Findings are buffered until their turn, so their number is limited.
    let batch = (isManyItems ? 4 * workers.threads : 1) * processes
    for start in stride(from: 0, to: items.count, by: batch) {
      let range = start..<min(items.count, start + batch)
      let own = team?.own(of: range) ?? Array(range)
      let results = (isManyItems ? workers : .serial).map(parts: own.count) { part in
        Result { try evaluation.evaluate(items[own[part]], workers: isManyItems ? .serial : workers) }
      }
      var findings = try results.map { try $0.get() }
      if let team { findings = try SharedFindings(of: evaluation).findings(of: range, own: findings, team) }
      for (item, finding) in zip(items[range], findings) { body(finding, item) }
    }
  }

  /// The requested metrics, or those that apply.
  private func applicableMetrics(to pairing: Pairing) throws -> [Metric] {
    guard pairing.pairs.isEmpty else { return metrics ?? Metric.all }
    guard let metrics else { return Metric.all.filter { !$0.scope.isOfPairs } }
    let impossible = metrics.filter(\.scope.isOfPairs)
    if !impossible.isEmpty { throw SpectraFault.needsPairs(metrics: impossible.map(\.name)) }
    return metrics
  }
}
