import KodamaCore
import KodamaReinforcement

/// An agent that chooses forms for the groups of a space, for any budget: a policy that practises in episodes of estimated
/// losses, and corrects the estimates by models that were measured whole.
///
/// - Source: REINFORCE with a baseline (Williams 1992); practice on a model of losses that is learned from measurements
///   as in Sutton 1991, "Dyna, an integrated architecture for learning, planning, and reacting".
struct CompressionAgent {
  /// A choice for each group.
  struct Proposal: Sendable, Equatable {
    let choices: [Int]
    let estimate: SearchSpace.Estimate
  }

  /// Updates before the first measurement, and after each.
  static let practice = (first: 400, further: 5)
  /// Episodes of an update.
  private static let episodes = 32
  /// Episodes of a proposal at each of some temperatures, which the policy's outputs are divided by: a policy that is
  /// almost certain draws few others.
  private static let proposals: [(temperature: Float, episodes: Int)] = [(1, 64), (2, 96), (3, 96)]
  /// How far estimates are moved towards a measurement, and the largest ratio of both that counts.
  private static let correction = (share: 0.5, largest: 4.0)

  private typealias Learner = NetworkReinforce<
    CompressionEpisode, RowInput, SeparateNetworks<ActionScores, MultilayerPerceptron>, CategoricalActions
  >
  private var learner: Learner
  private var draws: Philox

  /// An agent that has not practised.
  ///
  /// - Parameters:
  ///   - space: what is chosen among, with finite losses.
  ///   - seed: of the policy and its episodes.
  /// - Precondition: at least one group.
  init(_ space: SearchSpace, saving cost: SearchFront.Cost, seed: UInt64) throws {
    let episode = CompressionEpisode(space, saving: cost)
    let (features, actions) = (CompressionEpisode.features, episode.actionCount)
    let network = SeparateNetworks(
      actor: ActionScores("actor", features: features, actions: actions, hidden: 32),
      critic: MultilayerPerceptron("critic", [features * actions, 32, 1]))
    let settings = NetworkReinforceSettings(
      discount: 1, episodes: Self.episodes,
      learningRate: .exponential(from: 5e-3, factor: 0.995, least: 1e-3), entropyFactor: 0.01, gradientNorm: 1)
    learner = try Learner(
      episode, RowInput(count: features * actions), network, CategoricalActions(actions), settings, seed: seed)
    draws = Philox(seed: seed, stream: StableHash("proposals").value)
  }

  /// What is chosen among, with losses as they have been corrected.
  var space: SearchSpace { learner.environment.space }
  /// The budgets of episodes.
  var budgets: ClosedRange<Double> { learner.environment.budgets }

  /// Plays the episodes of one update, with budgets by chance, and learns from them.
  ///
  /// - Returns: the mean reward.
  @discardableResult mutating func practise() throws -> Double { try learner.iterate().meanReward ?? 0 }

  /// The choices of the least estimated loss of 256 episodes with a budget: one of the most probable actions, the others
  /// drawn from the policy at several temperatures.
  ///
  /// - Parameters:
  ///   - budget: less than the lowest of `budgets` counts as that.
  ///   - known: choices that are not wanted.
  /// - Returns: nil where all are known.
  mutating func propose(within budget: Double, except known: Set<[Int]> = []) throws -> Proposal? {
    let temperatures = Self.proposals.flatMap { [Float](repeating: $0.temperature, count: $0.episodes) }
    let episodes = try play(at: temperatures, within: budget)
    return episodes.filter { !known.contains($0) }.map { Proposal(choices: $0, estimate: space.estimate($0)) }
      .min { $0.estimate.loss < $1.estimate.loss }
  }

  /// The choices of the most probable actions.
  mutating func mode(within budget: Double) throws -> Proposal? {
    try play(at: [1], within: budget).first.map { Proposal(choices: $0, estimate: space.estimate($0)) }
  }

  /// The choices of an episode with a budget for each temperature, the first one of the most probable actions.
  private mutating func play(at temperatures: [Float], within budget: Double) throws -> [[Int]] {
    var episode = learner.environment
    episode.budget = max(budget, budgets.lowerBound)
    var episodes = [CompressionEpisode](repeating: episode, count: temperatures.count)
    var observations: [[Float]] = []
    for index in episodes.indices { observations.append(episodes[index].reset(using: &draws)) }
    for _ in space.groups {
      let (outputs, actions) = (try learner.policy.outputs(for: observations), learner.policy.actions)
      for index in episodes.indices {
        let scaled = outputs[index].map { $0 / temperatures[index] }[...]
        let action = index == 0 ? actions.mode(scaled) : actions.sample(scaled, using: &draws)
        observations[index] = episodes[index].step(action, using: &draws).observation
      }
    }
    return episodes.map(\.choices)
  }

  /// Moves the estimated losses of choices halfway to a measurement, each in proportion to its own.
  ///
  /// - Parameter loss: the measured loss, not negative; nil where it is not finite.
  mutating func learn(_ choices: [Int], loss: Double?) {
    let estimate = learner.environment.space.estimate(choices).loss
    if !(estimate > 0) { return }
    let ratio = min(Self.correction.largest, loss.map { $0 / estimate } ?? Self.correction.largest)
    let factor = 1 + Self.correction.share * (ratio - 1)
    for (group, choice) in choices.enumerated() { learner.environment.space.groups[group][choice].loss *= factor }
  }
}
