import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Priors of moves and the value of a position, such as a network computes them, for a search that they guide.
public protocol SearchEvaluator<State>: Sendable {
  /// The positions that are evaluated.
  associatedtype State: SearchState

  /// Evaluates a position that is not the end.
  ///
  /// - Parameter priors: as many numbers as the position has moves; receives their probabilities.
  /// - Returns: the value for the player whose turn it is.
  func evaluate(_ state: State, priors: inout [Double], using random: inout Philox) -> Double
}

/// Equal priors, and the outcome of random moves as the value: with it a guided search needs no network.
public struct RandomPlayouts<State: SearchState>: SearchEvaluator {
  /// The discount γ.
  public let discount: Double
  /// The largest number of moves of a playout.
  public let depth: Int

  /// Random playouts.
  ///
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1] or a depth below 1.
  public init(discount: Double = 1, depth: Int = 1000) throws {
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check("the depth of playouts", depth, atLeast: 1)
    (self.discount, self.depth) = (discount, depth)
  }

  /// Equal priors, and the outcome of one playout.
  @inlinable public func evaluate(_ state: State, priors: inout [Double], using random: inout Philox) -> Double {
    for index in priors.indices { priors[index] = 1 / Double(priors.count) }
    return (state.player == 0 ? 1 : -1) * value(state, using: &random)
  }

  /// The discounted rewards of the first player in one playout.
  @inlinable func value(_ state: State, using random: inout Philox) -> Double {
    var (state, sum, weight) = (state, 0.0, 1.0)
    for _ in 0..<depth {
      let count = state.moveCount
      if count == 0 { break }
      sum += weight * state.play(state.move(at: random.integer(below: count)), using: &random)
      weight *= discount
    }
    return sum
  }
}

/// Monte Carlo tree search. Each simulation descends from the root by a rule of selection, adds moves at a leaf, obtains a
/// value there, and averages it into all moves on its way.
///
/// - Source: Kocsis and Szepesvári 2006, "Bandit based Monte-Carlo planning" (UCT); Sutton and Barto 2018, §8.11; Silver et
///   al. 2017, "Mastering the game of Go without human knowledge", methods (PUCT).
public struct TreeSearch<Evaluator: SearchEvaluator>: Sendable {
  /// The positions.
  public typealias State = Evaluator.State

  /// How a move is selected, Q being the mean value for the player whose turn it is, N the visits of a move and of all.
  public enum Selection: Sendable, Equatable {
    /// The largest Q + c · √(ln ΣN / N); moves without a visit first.
    case upperConfidence(Double)
    /// The largest Q + c · prior · √ΣN / (1 + N); the second value is Q of moves without a visit.
    case priors(Double, firstPlay: FirstPlay = .zero)
  }

  /// A move of the root, as the search left it.
  public struct Candidate: Sendable, Equatable {
    /// The move.
    public let move: Int
    /// How often it was visited.
    public let visits: Int
    /// Its mean value for the player whose turn it is; 0 without a visit.
    public let value: Double
    /// Its prior probability.
    public let prior: Double
  }

  /// The rule of selection.
  public let selection: Selection
  /// The discount γ.
  public let discount: Double
  /// Visits of a leaf before its moves are added; with priors, evaluations of it.
  public let expansionVisits: Int
  /// What evaluates leaves.
  public let evaluator: Evaluator
  /// The position at the root.
  public private(set) var root: State
  /// The moves of all positions in the tree, those of one position side by side; the first is the root.
  @usableFromInline var nodes: [Node] = []
  @usableFromInline var path: [Step] = []
  @usableFromInline var priors: [Double] = []
  /// The number of the root, and the simulations that wait for their evaluation.
  var (generation, waiting) = (0, 0)

  /// A move, and the position after it.
  @usableFromInline struct Node: Sendable {
    @usableFromInline var move: Int32 = 0
    /// Where the moves of the position after it begin; 0 where none were added.
    @usableFromInline var first: Int32 = 0
    @usableFromInline var children: Int32 = 0
    @usableFromInline var visits: Int32 = 0
    /// Simulations on their way through it whose leaves are not evaluated yet: each counts as a loss.
    @usableFromInline var waiting: Int32 = 0
    /// The sum of values of the first player, from this move on.
    @usableFromInline var total = 0.0
    @usableFromInline var prior = 0.0

    @usableFromInline init() {}
  }

  /// A move on the way of a simulation.
  @usableFromInline struct Step: Sendable {
    /// The move's place in the tree.
    @usableFromInline let node: Int
    /// The reward of the first player.
    @usableFromInline let reward: Double

    @usableFromInline init(node: Int, reward: Double) { (self.node, self.reward) = (node, reward) }
  }

  /// A search from a position.
  ///
  /// - Parameter expansionVisits: visits of a leaf before its moves are added.
  /// - Throws: `ReinforcementFault` for a discount outside [0, 1], a c that is negative or not finite, or fewer visits
  ///   than 1.
  public init(
    _ root: State, _ selection: Selection, evaluator: Evaluator, discount: Double = 1, expansionVisits: Int = 1
  ) throws {
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check("the number of visits before expansion", expansionVisits, atLeast: 1)
    switch selection {
    case .upperConfidence(let c), .priors(let c, _):
      try ReinforcementFault.check("c of the selection", c, in: 0...Double.greatestFiniteMagnitude)
    }
    (self.root, self.selection, self.evaluator) = (root, selection, evaluator)
    (self.discount, self.expansionVisits) = (discount, expansionVisits)
    nodes = [Node()]
  }

  /// Simulations of the position at the root so far, those before it became the root included.
  public var simulations: Int { Int(nodes[0].visits) }

  /// The mean value of the root for the player whose turn it is; 0 before a simulation.
  public var value: Double {
    let root = nodes[0]
    return root.visits > 0 ? (self.root.player == 0 ? 1 : -1) * root.total / Double(root.visits) : 0
  }

  /// The moves of the root, in their order.
  public var candidates: [Candidate] {
    let sign = root.player == 0 ? 1.0 : -1
    return (0..<Int(nodes[0].children)).map { index in
      let node = nodes[Int(nodes[0].first) + index]
      let value = node.visits > 0 ? sign * node.total / Double(node.visits) : 0
      return Candidate(move: Int(node.move), visits: Int(node.visits), value: value, prior: node.prior)
    }
  }

  /// The move that was visited most, the first of several; nil before a simulation and at the end of the game.
  public var best: Candidate? {
    candidates.reduce(nil) { best, other in
      if let best, best.visits >= other.visits { best } else { other }
    }
  }

  /// Makes the position after a move the root. Its part of the tree is kept with all statistics; other moves
  /// are dropped.
  ///
  /// - Parameters:
  ///   - move: a move of the root; one that is not in the tree yet begins a new tree.
  ///   - position: the position after it, as it was played.
  /// - Precondition: no simulation waits for its evaluation.
  public mutating func advance(by move: Int, to position: State) {
    precondition(waiting == 0, "\(waiting) simulations wait for their evaluation")
    generation += 1
    root = position
    let moves = Int(nodes[0].first)..<Int(nodes[0].first + nodes[0].children)
    guard let start = moves.first(where: { Int(nodes[$0].move) == move }) else {
      nodes = [Node()]
      return
    }
    let count = position.moveCount
    precondition(
      nodes[start].children == 0 || count == 0 || nodes[start].children == count,
      "\(count) moves after move \(move), which had \(nodes[start].children) in the search")
    // Chance may have ended the game.
    if count == 0 { nodes[start].children = 0 }
    // Breadth first, so that the moves of a position stay side by side.
    var kept = [nodes[start]]
    var index = 0
    while index < kept.count {
      let (first, children) = (Int(kept[index].first), Int(kept[index].children))
      kept[index].first = children > 0 ? Int32(kept.count) : 0
      kept += nodes[first..<first + children]
      index += 1
    }
    nodes = kept
  }

  /// Runs simulations.
  @inlinable public mutating func run(simulations: Int, using random: inout Philox) {
    for _ in 0..<simulations { simulate(using: &random) }
  }

  @inlinable mutating func simulate(using random: inout Philox) {
    var (state, node) = descend(using: &random)
    var value = 0.0
    let count = state.moveCount
    if count > 0 {
      if priors.count != count { priors = [Double](repeating: 0, count: count) }
      switch selection {
      case .priors:
        value = (state.player == 0 ? 1 : -1) * evaluator.evaluate(state, priors: &priors, using: &random)
        if isExpanded(node) { expand(node, state, priors) }
      case .upperConfidence:
        if isExpanded(node) {
          for index in 0..<count { priors[index] = 1 / Double(count) }
          expand(node, state, priors)
          node = choose(node, &state, using: &random)
        }
        let rest = state.moveCount
        if rest > 0 {
          if priors.count != rest { priors = [Double](repeating: 0, count: rest) }
          value = (state.player == 0 ? 1 : -1) * evaluator.evaluate(state, priors: &priors, using: &random)
        }
      }
    }
    learn(value, along: path)
  }

  /// Descends from the root to a leaf, along `path`.
  ///
  /// - Returns: the position at the leaf, and its place in the tree.
  @inlinable mutating func descend(using random: inout Philox) -> (state: State, node: Int) {
    var (state, node) = (root, 0)
    path.removeAll(keepingCapacity: true)
    // Where chance ended the game, moves that were added before are not possible.
    while nodes[node].children > 0 && state.moveCount > 0 { node = choose(node, &state, using: &random) }
    return (state, node)
  }

  /// Plays the move that the rule selects, and adds it to `path`.
  @inlinable mutating func choose(_ node: Int, _ state: inout State, using random: inout Philox) -> Int {
    let next = select(node, player: state.player)
    path.append(Step(node: next, reward: state.play(Int(nodes[next].move), using: &random)))
    return next
  }

  /// Whether a leaf's moves are added now.
  @inlinable func isExpanded(_ node: Int) -> Bool {
    // Of the evaluation that adds them, visits are counted later.
    let visits = Int(nodes[node].visits)
    if case .priors = selection { return node == 0 || visits + 1 >= expansionVisits }
    return node == 0 || visits >= expansionVisits
  }

  /// Averages the value of a leaf for the first player into all moves on the way to it.
  @inlinable mutating func learn(_ leaf: Double, along path: [Step]) {
    var value = leaf
    for step in path.reversed() {
      value = step.reward + discount * value
      nodes[step.node].visits += 1
      nodes[step.node].total += value
    }
    nodes[0].visits += 1
    nodes[0].total += value
  }

  /// Adds the moves of a position to the tree.
  @inlinable mutating func expand(_ node: Int, _ state: State, _ priors: [Double]) {
    nodes[node].first = Int32(nodes.count)
    nodes[node].children = Int32(priors.count)
    for index in priors.indices {
      var child = Node()
      child.move = Int32(state.move(at: index))
      child.prior = priors[index]
      nodes.append(child)
    }
  }

  /// The child of a node that the rule selects.
  @inlinable func select(_ node: Int, player: Int) -> Int {
    let first = Int(nodes[node].first)
    let last = first + Int(nodes[node].children)
    let sign = player == 0 ? 1.0 : -1
    var (best, chosen) = (-Double.infinity, first)
    switch selection {
    case .upperConfidence(let c):
      let logarithm = log(Double(max(1, nodes[node].visits)))
      for index in first..<last {
        if nodes[index].visits == 0 { return index }
        let visits = Double(nodes[index].visits)
        let bound = sign * nodes[index].total / visits + c * (logarithm / visits).squareRoot()
        if bound > best { (best, chosen) = (bound, index) }
      }
    case .priors(let c, let firstPlay):
      let scale = c * Double(nodes[node].visits + nodes[node].waiting).squareRoot()
      let unvisited = firstPlay == .zero ? 0 : meanLessReduction(node, sign)
      for index in first..<last {
        let visits = Double(nodes[index].visits + nodes[index].waiting)
        let mean = visits > 0 ? (sign * nodes[index].total - Double(nodes[index].waiting)) / visits : unvisited
        let bound = mean + scale * nodes[index].prior / (1 + visits)
        if bound > best { (best, chosen) = (bound, index) }
      }
    }
    return chosen
  }

  /// The value of `FirstPlay.mean` for the moves of a node.
  @inlinable func meanLessReduction(_ node: Int, _ sign: Double) -> Double {
    let mean = sign * nodes[node].total / Double(max(1, nodes[node].visits))
    if node == 0 { return mean }
    let first = Int(nodes[node].first)
    var visited = 0.0
    for index in first..<first + Int(nodes[node].children) where nodes[index].visits + nodes[index].waiting > 0 {
      visited += nodes[index].prior
    }
    return mean - FirstPlay.reduction * visited.squareRoot()
  }
}

extension TreeSearch {
  /// A search with random playouts and UCB1: UCT.
  ///
  /// - Throws: as the other initializer.
  public init<S: SearchState>(
    _ root: S, exploration c: Double = 1.414, discount: Double = 1, expansionVisits: Int = 1, depth: Int = 1000
  ) throws where Evaluator == RandomPlayouts<S> {
    try self.init(
      root, .upperConfidence(c), evaluator: RandomPlayouts(discount: discount, depth: depth), discount: discount,
      expansionVisits: expansionVisits)
  }
}
