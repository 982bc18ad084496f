import GoGame
import GoNetworks
import KodamaCore
import KodamaLayers
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// AlphaGo's second stage: the policy network plays against a network of a pool of its former selves, and learns from the
/// results by the policy gradient, (1 / n) Σ_games Σ_t ∂ ln p(a_t | s_t) · (z − b), where the baseline b is the mean result of
/// the iteration's games.
///
/// What an iteration does depends on the plan and the weights alone, not on threads.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", methods; Williams
///   1992 (REINFORCE). The paper has no baseline in its first pass through the stages and the value network in its second;
///   without one, games that are all lost only make the moves less probable that were played, until one move has the whole
///   probability. The step is Adam's instead of plain ascent.
public struct PolicyGradient: Sendable {
  /// The settings.
  public let plan: PolicyGradientPlan
  /// The network that learns.
  public internal(set) var model: LeeModel
  /// The networks that it plays against, the first the one that it began as.
  public internal(set) var pool: [LeeModel]
  /// The iterations so far.
  public internal(set) var iteration: Int
  var optimizer: Optimizer
  private var opponents: [LeeEvaluator]
  private let workspace: Workspace

  /// What an iteration did.
  public struct Report: Sendable, Equatable {
    /// The number of the iteration.
    public var iteration = 0
    /// The games that the network won, lost, and of equal scores.
    public var won = 0, lost = 0, drawn = 0
    /// All moves of the games.
    public var moves = 0
    /// The mean entropy of the network's moves, in nats.
    public var entropy = 0.0
  }

  static let algorithm = OptimizerAlgorithm.adam()
  /// Gradients of a larger norm are scaled down to it.
  private static let norm = 5.0

  /// The second stage from the network of the first.
  ///
  /// - Throws: `GoFault.setting`, for a value network too.
  public init(_ plan: PolicyGradientPlan, from model: LeeModel, workers: Workers = .serial) throws {
    try plan.check()
    if model.architecture.kind != .policy {
      throw GoFault.setting(name: "the kind of the network", value: "value", range: "policy")
    }
    self.init(
      plan, model, pool: [model], iteration: 0, Optimizer(Self.algorithm, for: model.parameters), workers: workers)
  }

  init(
    _ plan: PolicyGradientPlan, _ model: LeeModel, pool: [LeeModel], iteration: Int, _ optimizer: Optimizer,
    workers: Workers
  ) {
    (self.plan, self.model, self.pool, self.iteration, self.optimizer) = (plan, model, pool, iteration, optimizer)
    opponents = pool.map(LeeEvaluator.init)
    workspace = Workspace(workers: workers)
  }

  /// Takes one iteration: games, a step, and after every `poolInterval` of them a network for the pool.
  ///
  /// - Throws: where the gradient is not finite.
  public mutating func iterate() throws -> Report {
    let learner = LeeEvaluator(model)
    let (first, opponents, plan) = (iteration * plan.games, opponents, plan)
    let games = workspace.workers.map(parts: plan.games) { part in
      Self.play(first + part, learner, opponents, plan)
    }
    iteration += 1
    var report = Report(iteration: iteration)
    for game in games {
      report.moves += game.moves
      switch game.result {
      case 1: report.won += 1
      case -1: report.lost += 1
      default: report.drawn += 1
      }
    }
    report.entropy = try learn(games)
    if iteration % plan.poolInterval == 0 {
      pool.append(model)
      self.opponents.append(LeeEvaluator(model))
    }
    return report
  }

  /// A game with the choices of the network that learns.
  struct PlayedGame: Sendable {
    var choices: [PolicyGames.Choice] = []
    /// 1 where that network won, −1 where it lost, else 0.
    var result = 0
    var moves = 0
  }

  static func play(
    _ number: Int, _ learner: LeeEvaluator, _ opponents: [LeeEvaluator], _ plan: PolicyGradientPlan
  ) -> PlayedGame {
    var random = Philox(seed: plan.seed, stream: StableHash("policy gradient \(number)").value)
    let opponent = opponents[random.integer(below: opponents.count)]
    let color: Color = number % 2 == 0 ? .black : .white
    let games = PolicyGames(size: learner.architecture.board, komi: plan.komi)
    var (position, game) = (games.start, PlayedGame())
    while position.moveCount > 0 {
      if position.position.color == color {
        game.choices.append(games.choose(&position, learner, using: &random))
      } else {
        games.play(&position, opponent, using: &random)
      }
    }
    game.result = color.result(ofScore: games.score(position))
    game.moves = position.position.moveNumber
    return game
  }

  /// Rows that are learned from at once, so that memory does not grow with the games.
  private static let mostRows = 512
  /// What is added to the logits of moves that are not possible.
  private static let impossible: Float = -1e9

  /// Takes a step.
  ///
  /// - Returns: the mean entropy of moves.
  private mutating func learn(_ games: [PlayedGame]) throws -> Double {
    let baseline = Double(games.reduce(0) { $0 + $1.result }) / Double(games.count)
    let rows = games.flatMap { game in game.choices.map { (choice: $0, weight: Double(game.result) - baseline) } }
    if rows.isEmpty { return 0 }
    var gradients = model.parameters.zeros
    var entropy = 0.0
    for range in Workers.runs(of: 0..<rows.count, most: Self.mostRows) {
      let pass = Pass(model.parameters, phase: .training(seed: UInt64(iteration)), workspace: workspace)
      let (gain, sum) = gain(Array(rows[range]), pass)
      entropy += sum
      gradients.add(pass.gradients(of: gain * Float(-1 / Double(games.count))))
    }
    let norm = gradients.clip(norm: Self.norm)
    if !norm.isFinite { throw NotFinite(iteration: iteration) }
    optimizer.update(
      &model.parameters, gradients: gradients, learningRate: Float(plan.rate), workers: workspace.workers)
    return entropy / Double(rows.count)
  }

  /// Σ ln p(a) · weight over some rows, p being the network's probabilities of the moves that are possible, and the sum of
  /// their entropies.
  func gain<S: Scalar>(
    _ rows: [(choice: PolicyGames.Choice, weight: Double)], _ pass: Pass<S>
  ) -> (gain: Variable<S>, entropy: Double) {
    let architecture = model.architecture
    let (board, moves) = (architecture.board, architecture.moves)
    let symmetry = Symmetry(0, size: board)
    var mask = [S](repeating: S(Double(Self.impossible)), count: rows.count * moves)
    var weights = [S](repeating: 0, count: rows.count * moves)
    for (row, (choice, weight)) in rows.enumerated() {
      for move in choice.possible { mask[row * moves + move] = 0 }
      weights[row * moves + choice.example.move] = S(weight)
    }
    let planes = rows.flatMap { $0.choice.example.map(symmetry, planes: architecture.planes).map { S(Double($0)) } }
    let input = pass.tape.constant(Tensor([rows.count, board, board, architecture.planes], planes))
    let logits =
      PolicyNetwork(architecture).forward(input, pass) + pass.tape.constant(Tensor([rows.count, moves], mask))
    let logarithms = logits.logSoftmax()
    let entropy = logarithms.value.elements.reduce(0.0) { sum, value in
      let logarithm = Double(value)
      return logarithm > -50 ? sum - exp(logarithm) * logarithm : sum
    }
    return ((logarithms * pass.tape.constant(Tensor([rows.count, moves], weights))).sum(), entropy)
  }

  /// The gradient is not finite.
  struct NotFinite: Fault {
    let iteration: Int
    var description: String {
      "the gradient of iteration \(iteration) is not finite: the learning rate is too large; begin again with a smaller --rate"
    }
    var exitStatus: ExitStatus { .badData }
  }
}
