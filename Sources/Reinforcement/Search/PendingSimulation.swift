import KodamaCore

/// A simulation of a guided search that waits for the priors and the value of its leaf, so that several leaves are
/// evaluated at once: on several threads, or as one batch of a network, and those of many searches together.
///
/// ```swift
/// let waiting = (0..<8).compactMap { _ in search.begin(using: &random) }
/// let found = evaluate(waiting.map(\.leaf))
/// for (simulation, evaluation) in zip(waiting, found) {
///   search.finish(simulation, priors: evaluation.priors, value: evaluation.value)
/// }
/// ```
///
/// Meanwhile each move on the way to the leaf counts as lost once, with a value of −1 (virtual loss), so that the next
/// simulation prefers other moves. What a search finds depends on how many simulations wait at once and in which order they finish, and not on
/// how many threads evaluate them.
///
/// - Source: Chaslot et al. 2008, "Parallel Monte-Carlo tree search", §3.3; Silver et al. 2016, "Mastering the game of Go
///   with deep neural networks and tree search", methods.
public struct PendingSimulation<Evaluator: SearchEvaluator>: Sendable {
  /// The position at the leaf.
  public let leaf: Evaluator.State
  fileprivate let node: Int
  fileprivate let path: [TreeSearch<Evaluator>.Step]
  /// The root that it belongs to.
  fileprivate let generation: Int
}

extension TreeSearch {
  /// Begins a simulation. One that reaches the end of the game is complete at once.
  ///
  /// - Returns: the simulation that waits for its evaluation; nil for a complete one.
  /// - Precondition: moves are selected by priors.
  public mutating func begin(using random: inout Philox) -> PendingSimulation<Evaluator>? {
    guard case .priors = selection else { preconditionFailure("a search by \(selection) evaluates its own leaves") }
    let (state, node) = descend(using: &random)
    if state.moveCount == 0 {
      learn(0, along: path)
      return nil
    }
    for step in path { nodes[step.node].waiting += 1 }
    waiting += 1
    return PendingSimulation(leaf: state, node: node, path: path, generation: generation)
  }

  /// Completes a simulation.
  ///
  /// - Parameters:
  ///   - priors: the probabilities of the moves of its leaf.
  ///   - value: of the leaf, for the player whose turn it is there.
  /// - Precondition: it began since the root was set, and was not finished; as many priors as moves.
  public mutating func finish(_ simulation: PendingSimulation<Evaluator>, priors: [Double], value: Double) {
    precondition(
      simulation.generation == generation && waiting > 0, "a simulation of another root, or one that was finished")
    precondition(
      priors.count == simulation.leaf.moveCount,
      "\(priors.count) priors for \(simulation.leaf.moveCount) moves")
    waiting -= 1
    for step in simulation.path { nodes[step.node].waiting -= 1 }
    // Another simulation may have reached the same leaf.
    if nodes[simulation.node].children == 0 && isExpanded(simulation.node) {
      expand(simulation.node, simulation.leaf, priors)
    }
    learn((simulation.leaf.player == 0 ? 1 : -1) * value, along: simulation.path)
  }
}
