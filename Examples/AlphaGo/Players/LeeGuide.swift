import GoGame
import GoNetworks
import KodamaCore
import KodamaReinforcement

/// AlphaGo's guide of tree search: the policy network gives the priors of moves, and the value of a leaf is
/// (1 − λ) · v + λ · z, the value network's v and the outcome z of a game that the rollout policy plays from there. Networks
/// see each position in a random one of the eight symmetries.
///
/// Each part may be missing: without a policy network all moves have equal priors, without a value network λ is 1, and
/// without a rollout policy 0.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", methods.
public struct LeeGuide: PlayerGuide {
  public static let playerName = "Kodama Lee"
  /// The policy network.
  public let policy: LeeEvaluator?
  /// The value network.
  public let value: LeeEvaluator?
  /// The policy of rollouts.
  public let rollout: RolloutPolicy?
  /// λ, the weight of rollouts.
  public let mixing: Double
  /// The temperature of priors.
  public let temperature: Double

  /// A guide.
  ///
  /// - Parameters:
  ///   - mixing: λ; it counts where there are a value network and a rollout policy.
  ///   - temperature: logits of the policy are divided by it; 1/0.67 in the paper.
  /// - Throws: `GoFault.setting` for networks of other kinds or of two sizes of boards, without anything that gives values,
  ///   and for numbers outside their ranges.
  public init(
    policy: LeeEvaluator?, value: LeeEvaluator?, rollout: RolloutPolicy?, mixing: Double = 0.5,
    temperature: Double = 1.5
  ) throws {
    func check(_ holds: Bool, _ name: String, _ value: String, _ range: String) throws {
      if !holds { throw GoFault.setting(name: name, value: value, range: range) }
    }
    try check(policy?.architecture.kind ?? .policy == .policy, "the kind of the policy network", "value", "policy")
    try check(value?.architecture.kind ?? .value == .value, "the kind of the value network", "policy", "value")
    if let one = policy?.architecture.board, let other = value?.architecture.board {
      try check(one == other, "the board of the value network", "\(other)", "\(one), that of the policy network")
    }
    try check(
      value != nil || rollout != nil, "what gives values", "missing", "a value network, a rollout policy, or both")
    try check((0...1).contains(mixing), "the weight of rollouts", "\(mixing)", "from 0 to 1")
    try check(
      temperature > 0 && temperature <= 1000, "the temperature of priors", "\(temperature)", "above 0, up to 1000")
    (self.policy, self.value, self.rollout, self.temperature) = (policy, value, rollout, temperature)
    self.mixing = value == nil ? 1 : rollout == nil ? 0 : mixing
  }

  public var boardSize: Int? { (policy ?? value)?.architecture.board }

  public func evaluate(_ state: LeePosition, priors: inout [Double], using random: inout Philox) -> Double {
    let (board, color) = (state.position.board, state.position.color)
    // Ladders are read once for both networks.
    let isSeen = policy != nil || value != nil && mixing < 1
    let features = isSeen ? MoveFeatures.all(on: board, color) : []
    if let policy {
      let symmetry = random.integer(below: Symmetry.count)
      let logits = policy.logits(board, features, state.ages, color, symmetry: symmetry)
      let moves = state.position.outputs
      for (index, probability) in Softmax.probabilities(logits, of: moves, temperature: temperature).enumerated() {
        priors[index] = probability
      }
    } else {
      for index in priors.indices { priors[index] = 1 / Double(priors.count) }
    }
    var result = 0.0
    if let value, mixing < 1 {
      let symmetry = random.integer(below: Symmetry.count)
      result += (1 - mixing) * value.value(board, features, state.ages, color, symmetry: symmetry)
    }
    if let rollout, mixing > 0 { result += mixing * outcome(of: state, rollout, using: &random) }
    return result
  }

  /// The outcome of a rollout for the player to move: 1, −1, or 0 for equal scores.
  private func outcome(of state: LeePosition, _ policy: RolloutPolicy, using random: inout Philox) -> Double {
    let (board, color) = (state.position.board, state.position.color)
    var rollout = RolloutPlayout(policy, size: board.size, allowsSuicide: board.allowsSuicide)
    rollout.begin(board, after: state.previous)
    let score = Double(rollout.run(color, using: &random)) - state.position.settings.rules.komi
    return Double(color.result(ofScore: score))
  }
}

/// Tree search that AlphaGo's networks and rollouts guide.
public typealias LeeSearch = TreeSearch<LeeGuide>
/// Plays as AlphaGo, which played Lee Sedol, does.
public typealias LeePlayer = GuidedPlayer<LeeGuide>
