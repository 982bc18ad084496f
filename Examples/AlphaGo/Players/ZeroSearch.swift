import GoGame
import GoNetworks
import KodamaCore
import KodamaReinforcement

/// A network as the guide of tree search. It sees each position in a random one of the eight symmetries.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods.
public struct NetworkGuide: SearchEvaluator {
  /// The network.
  public let network: ZeroEvaluator

  /// A guide.
  public init(_ network: ZeroEvaluator) { self.network = network }

  public func evaluate(_ state: SearchPosition, priors: inout [Double], using random: inout Philox) -> Double {
    let found = evaluate(state, symmetry: random.integer(below: Symmetry.count))
    for (index, prior) in found.priors.enumerated() { priors[index] = prior }
    return found.value
  }

  /// The probabilities of the moves of a position, and its value for the player to move.
  ///
  /// - Parameter symmetry: the number of the symmetry in which the network sees the board.
  public func evaluate(_ state: SearchPosition, symmetry: Int) -> (priors: [Double], value: Double) {
    let found = network.evaluate(state.recent[...], state.color, symmetry: symmetry)
    return (found.probabilities(of: state.outputs), found.value)
  }
}

/// Tree search that a network guides: PUCT.
public typealias ZeroSearch = TreeSearch<NetworkGuide>

extension TreeSearch where Evaluator == NetworkGuide {
  /// Runs simulations until the root has some visits, those of a kept tree among them.
  ///
  /// - Parameters:
  ///   - visits: of the root.
  ///   - together: the simulations whose leaves are evaluated at once; what is found depends on it.
  ///   - workers: the threads; what is found does not depend on them.
  ///   - goesOn: asked after each group of simulations; false ends the search.
  public mutating func run(
    visits: Int, together: Int = 1, workers: Workers = .serial, using random: inout Philox,
    while goesOn: () -> Bool = { true }
  ) {
    if together <= 1 {
      while simulations < visits && goesOn() { run(simulations: 1, using: &random) }
      return
    }
    var waiting: [PendingSimulation<NetworkGuide>] = []
    while simulations < visits {
      waiting.removeAll(keepingCapacity: true)
      for _ in 0..<min(together, visits - simulations) {
        if let simulation = begin(using: &random) { waiting.append(simulation) }
        // The moves of the root come with its evaluation.
        if simulations == 0 { break }
      }
      let symmetries = waiting.map { _ in random.integer(below: Symmetry.count) }
      let (guide, leaves) = (evaluator, waiting)
      let found = workers.map(parts: leaves.count) { guide.evaluate(leaves[$0].leaf, symmetry: symmetries[$0]) }
      for (simulation, evaluation) in zip(waiting, found) {
        finish(simulation, priors: evaluation.priors, value: evaluation.value)
      }
      if !goesOn() { break }
    }
  }
}
