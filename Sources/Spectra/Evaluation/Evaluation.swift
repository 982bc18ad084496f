import KodamaCore

/// Compares generated sounds with their references.
///
/// Nothing is converted: sample rates and channel counts must be the same everywhere, and the two lengths of a pair
/// where a metric of pairs is asked for.
public struct Evaluation: Sendable {
  /// The metrics asked for, each once; nil for all that apply.
  public let metrics: [Metric]?
  /// The threads to share; results do not depend on them.
  public let workers: Workers

  /// - Parameters:
  ///   - metrics: the metrics to compute, of which repeats are dropped; nil for all that apply: those of sets always,
  ///     those of pairs where there are pairs. Two single sounds of different lengths are compared as sets then.
  ///   - workers: the threads to share.
  public init(metrics: [Metric]? = nil, workers: Workers = .all) {
    self.metrics = metrics.map { metrics in
      metrics.indices.filter { !metrics[..<$0].contains(metrics[$0]) }.map { metrics[$0] }
    }
    self.workers = workers
  }

  /// Compares two sides: pair by pair where names are common to both (or there is one sound on each side), and as two
  /// sets by the metrics of sets. Sounds are opened one pair at a time.
  ///
  /// - Parameters:
  ///   - againstNoise: whether white noise as long and as loud as the generated sounds is scored in their place too, by
  ///     the metrics of sets: what the other scores are to be seen beside. The references are read once all the same.
  ///   - progress: called after each pair and each unpaired sound, with the number done and the number of all.
  /// - Throws: `SpectraFault`, and whatever opening and reading throw.
  public func compare(
    reference: [Sound], generated: [Sound], againstNoise: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    if reference.isEmpty { throw SpectraFault.emptySet(side: "reference") }
    if generated.isEmpty { throw SpectraFault.emptySet(side: "generated") }
    let wanted = metrics ?? Metric.all
    // What cannot be is said before the work.
    if againstNoise && !wanted.contains(where: { $0.scope == .sets }) {
      throw SpectraFault.needsSets(metrics: wanted.map(\.name))
    }
    let pairing = try Pairing(
      reference: reference, generated: generated, bySample: wanted.contains { $0.scope == .pairs })
    let (metrics, omissions) = try applicableMetrics(to: pairing)
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
    var result = comparison.result(
      unpairedReference: pairing.unpairedReference.map(\.name), unpairedGenerated: pairing.unpairedGenerated.map(\.name)
    )
    result.omissions = omissions
    if againstNoise {
      result.noise = try comparison.scores(
        replacingGenerated: generated.map { sound in
          Sound(name: sound.name) { try WhiteNoise(like: sound.open()) }
        })
    }
    return result
  }

  /// The metrics asked for, or those that apply; and what was left out of the latter, and why.
  private func applicableMetrics(to pairing: Pairing) throws -> (metrics: [Metric], omissions: [String]?) {
    if let metrics {
      let impossible = pairing.pairs.isEmpty ? metrics.filter { [.pairs, .pairsOfAnyLength].contains($0.scope) } : []
      if !impossible.isEmpty { throw SpectraFault.needsPairs(metrics: impossible.map(\.name)) }
      return (metrics, nil)
    }
    let ofSets = Metric.all.filter { $0.scope == .sets }
    if pairing.pairs.isEmpty { return (ofSets, nil) }
    guard pairing.isOfSingleSounds, let pair = pairing.pairs.first else { return (Metric.all, nil) }
    let (reference, generated) = (try pair.reference.open(), try pair.generated.open())
    if reference.frames == generated.frames { return (Metric.all, nil) }
    let names = Metric.all.filter { $0.scope == .pairs }.map(\.name).joined(separator: ", ")
    let reason =
      "left out, because they compare sample by sample: \(pair.reference.name) has \(reference.frames) samples and "
      + "\(pair.generated.name) has \(generated.frames)"
    return (ofSets, ["\(names): \(reason)"])
  }
}
