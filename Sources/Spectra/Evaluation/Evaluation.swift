import KodamaCore

/// Compares generated sounds with their references.
///
/// Nothing is converted: sample rates and channel counts must be the same everywhere, and the two lengths of a pair
/// where a metric of pairs is asked for.
public struct Evaluation: Sendable {
  /// The metrics asked for; nil for all that apply.
  public let metrics: [Metric]?
  /// The threads to share; results do not depend on them.
  public let workers: Workers

  /// - Parameters:
  ///   - metrics: the metrics to compute; nil for all that apply: those of sets always, those of pairs where there are
  ///     pairs.
  ///   - workers: the threads to share.
  public init(metrics: [Metric]? = nil, workers: Workers = .all) {
    self.metrics = metrics
    self.workers = workers
  }

  /// Compares two sides: pair by pair where names are common to both (or there is one sound on each side), and as two
  /// sets by the metrics of sets. Sounds are opened one pair at a time.
  ///
  /// - Parameter progress: called after each pair and each unpaired sound, with the number done and the number of all.
  /// - Throws: `SpectraFault`, and whatever opening and reading throw.
  public func compare(
    reference: [Sound], generated: [Sound], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    if reference.isEmpty { throw SpectraFault.emptySet(side: "reference") }
    if generated.isEmpty { throw SpectraFault.emptySet(side: "generated") }
    let pairing = try Pairing(reference: reference, generated: generated)
    let metrics = try applicableMetrics(toPairs: !pairing.pairs.isEmpty)
    var comparison = Comparison(metrics: metrics, workers: workers)
    let unpaired =
      comparison.comparesSets
      ? pairing.unpairedReference.map { (Side.reference, $0) } + pairing.unpairedGenerated.map { (.generated, $0) } : []
    let total = pairing.pairs.count + unpaired.count
    for (index, pair) in pairing.pairs.enumerated() {
      try comparison.add(reference: pair.reference, generated: pair.generated)
      progress(index + 1, total)
    }
    for (index, (side, sound)) in unpaired.enumerated() {
      try comparison.add(sound, to: side)
      progress(pairing.pairs.count + index + 1, total)
    }
    return comparison.result(
      unpairedReference: pairing.unpairedReference.map(\.name), unpairedGenerated: pairing.unpairedGenerated.map(\.name)
    )
  }

  /// Scores white noise as long and as loud as the generated sounds in their place, by the metrics of sets: what scores
  /// of `compare` are to be seen beside.
  ///
  /// - Throws: `SpectraFault`, and whatever opening and reading throw.
  public func scoreNoise(reference: [Sound], generated: [Sound]) throws -> SetScores {
    let wanted = metrics ?? Metric.all
    let ofSets = wanted.filter { $0.scope == .sets }
    if ofSets.isEmpty { throw SpectraFault.needsSets(metrics: wanted.map(\.name)) }
    let noise = generated.map { sound in Sound(name: sound.name) { try WhiteNoise(like: sound.open()) } }
    let result = try Evaluation(metrics: ofSets, workers: workers).compare(reference: reference, generated: noise)
    guard let scores = result.sets else { preconditionFailure("metrics of sets give no scores of sets") }
    return scores
  }

  /// The metrics asked for, or those that apply.
  private func applicableMetrics(toPairs areThere: Bool) throws -> [Metric] {
    let wanted = metrics ?? Metric.all.filter { areThere || $0.scope == .sets }
    let impossible = areThere ? [] : wanted.filter { $0.scope == .pairs }
    if !impossible.isEmpty { throw SpectraFault.needsPairs(metrics: impossible.map(\.name)) }
    return wanted
  }
}
