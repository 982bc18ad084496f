import KodamaCore
import KodamaReinforcement

/// A task without an end that earns 1 at each step of its only state.
struct EndlessReward: DiscreteActions {
  var actionCount: Int { 2 }
  mutating func reset(using random: inout Philox) -> Int { 0 }
  mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> { Transition(0, reward: 1) }
}

/// A point on a line that is moved by a continuous action, and best brought to 0 gently.
struct PointOnALine: Environment {
  var place = 0.0

  mutating func reset(using random: inout Philox) -> SIMD2<Double> {
    place = random.uniform() < 0.5 ? -1 : 1
    return SIMD2(place, 1)
  }

  mutating func step(_ action: [Double], using random: inout Philox) -> Transition<SIMD2<Double>> {
    let push = max(-1, min(1, action[0]))
    place += push
    return Transition(SIMD2(place, 1), reward: -place * place - 0.1 * push * push)
  }
}

/// A task whose observations or rewards become infinite.
struct Overflowing: DiscreteActions {
  var actionCount: Int { 2 }
  let hasInfiniteReward: Bool
  var steps = 0

  init(hasInfiniteReward: Bool) { self.hasInfiniteReward = hasInfiniteReward }

  mutating func reset(using random: inout Philox) -> SIMD2<Double> { .zero }

  mutating func step(_ action: Int, using random: inout Philox) -> Transition<SIMD2<Double>> {
    steps += 1
    if steps < 5 { return Transition(.zero, reward: 0) }
    return hasInfiniteReward
      ? Transition(.zero, reward: -.infinity) : Transition(SIMD2(0, .infinity), reward: 0)
  }
}

/// How networks take the states of a cart and its pole: about 1 where an episode ends.
func poleInput() throws -> VectorInput<SIMD4<Double>> {
  try VectorInput(center: .zero, scale: SIMD4(2.4, 3, 0.21, 3))
}

/// The mean reward of episodes.
func meanReward(_ episodes: [EpisodeTotals]) -> Double {
  episodes.reduce(0) { $0 + $1.reward } / Double(episodes.count)
}
