import Kodama

/// Learns to walk along the cliff.
///
/// - Returns: the mean reward of the last 100 of 500 episodes.
public func rewardAlongTheCliff(_ method: TemporalDifferenceControl.Method) throws -> Double {
  var walk = CliffWalking()
  var random = Philox(seed: 1)
  var control = try TemporalDifferenceControl(
    method, stateCount: walk.stateCount, actionCount: walk.actionCount, stepSize: 0.5, discount: 1,
    .epsilonGreedy(0.1))
  let rewards = (0..<500).map { _ in control.playEpisode(&walk, using: &random).reward }
  return rewards.suffix(100).reduce(0, +) / 100
}

/// Drives a car out of a valley.
///
/// - Returns: the mean length of the last 50 of 500 episodes.
public func stepsOutOfTheValley() throws -> Double {
  let box = try ObservationBox(low: MountainCar.low, high: MountainCar.high)
  var control = try LinearControl(
    .sarsa, TileCoding(box), actionCount: 3, stepSize: 0.5 / 8, discount: 1, .greedy)
  var car = MountainCar()
  var random = Philox(seed: 1)
  let steps = (0..<500).map { _ in control.playEpisode(&car, using: &random).steps }
  return Double(steps.suffix(50).reduce(0, +)) / 50
}

/// Learns to hold a pole upright on a cart, for 500 steps at the most.
///
/// - Returns: the mean number of steps of 20 episodes after 15,360 steps of practice.
public func stepsOfThePole() throws -> Double {
  let pole = try TimeLimit(CartPole(), steps: 500)
  let input = try VectorInput(center: .zero, scale: SIMD4(2.4, 3, 0.21, 3))
  let networks = SeparateNetworks(
    actor: MultilayerPerceptron("actor", [4, 64, 64, 2], outputScale: 0.1),
    critic: MultilayerPerceptron("critic", [4, 64, 64, 1]))
  var learner = try PolicyLearner(
    pole, input, networks, try CategoricalActions(2),
    PolicyLearnerSettings(
      .discounted(0.98), decay: 0.8, steps: 32, epochs: 20, learningRate: .linear(from: 1e-3, to: 1e-4, steps: 60)),
    seed: 1)
  for _ in 0..<60 { try learner.iterate() }
  let episodes = try EpisodeTotals.episodes(of: pole, count: 20, seed: 2) {
    try learner.policy.bestActions(for: $0)
  }
  return episodes.reduce(0) { $0 + $1.reward } / 20
}

/// A heap of stones, from which two players take one to three in turn. Who takes the last one wins.
struct Heap: SearchState {
  var stones: Int
  var player = 0

  var moveCount: Int { min(3, stones) }
  func move(at index: Int) -> Int { index + 1 }

  mutating func play(_ move: Int, using random: inout Philox) -> Double {
    stones -= move
    player = 1 - player
    // The reward is the first player's. It is the other one's turn now.
    return stones > 0 ? 0 : player == 1 ? 1 : -1
  }
}

/// The number of stones to take, and the value of that.
public func bestMove(stones: Int) throws -> (move: Int, value: Double)? {
  var search = try TreeSearch(Heap(stones: stones))
  var random = Philox(seed: 1)
  search.run(simulations: 20_000, using: &random)
  return search.best.map { ($0.move, $0.value) }
}
