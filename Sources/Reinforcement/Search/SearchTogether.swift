import KodamaCore

extension TreeSearch {
  /// Runs simulations until the root has some visits, those of a kept tree among them.
  ///
  /// - Parameters:
  ///   - visits: of the root.
  ///   - together: the simulations whose leaves are evaluated at once; what is found depends on it. More than one need a
  ///     search by priors.
  ///   - workers: the threads, a leaf on each; what is found does not depend on them.
  ///   - goesOn: asked after each group of simulations; false ends the search.
  public mutating func run(
    visits: Int, together: Int = 1, workers: Workers = .serial, using random: inout Philox,
    while goesOn: () -> Bool = { true }
  ) {
    if together <= 1 {
      while simulations < visits {
        run(simulations: 1, using: &random)
        if !goesOn() { break }
      }
      return
    }
    var pending: [PendingSimulation<Evaluator>] = []
    while simulations < visits {
      pending.removeAll(keepingCapacity: true)
      for _ in 0..<min(together, visits - simulations) {
        if let simulation = begin(using: &random) { pending.append(simulation) }
        // The moves of the root come with its evaluation.
        if simulations == 0 { break }
      }
      // A sequence for each leaf, so that threads share none.
      let seeds = pending.map { _ in random.next() }
      let (evaluator, leaves) = (evaluator, pending)
      let found = workers.map(parts: leaves.count) { index in
        var (random, priors) = (Philox(seed: seeds[index]), [Double](repeating: 0, count: leaves[index].leaf.moveCount))
        let value = evaluator.evaluate(leaves[index].leaf, priors: &priors, using: &random)
        return (priors: priors, value: value)
      }
      for (simulation, evaluation) in zip(pending, found) {
        finish(simulation, priors: evaluation.priors, value: evaluation.value)
      }
      if !goesOn() { break }
    }
  }
}
