import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Generalized advantage estimation, held to its definition as a sum.
@Suite struct AdvantageEstimateTests {
  /// Steps of several episodes, of which some are cut off and the last one goes on.
  private struct Steps {
    var (rewards, values, nextValues, isLast) = ([Double](), [Double](), [Double](), [Bool]())

    init(_ count: Int, seed: UInt64) {
      var random = Philox(seed: seed)
      for step in 0..<count {
        rewards.append(random.normal())
        values.append(random.normal())
        let ending = step == count - 1 ? 0 : random.integer(below: 6)
        isLast.append(ending == 1 || ending == 2)
        // Terminal states are worth 0, those where an episode is cut off are not.
        nextValues.append(ending == 1 ? 0 : random.normal())
      }
      for step in 0..<count - 1 where !isLast[step] { nextValues[step] = values[step + 1] }
    }

    /// Σ_l (γλ)^l δ_{t+l} until the end of the episode.
    func sums(discount: Double, decay: Double, averageReward: Double) -> [Double] {
      rewards.indices.map { first in
        var (sum, factor) = (0.0, 1.0)
        for step in first..<rewards.count {
          sum += factor * (rewards[step] - averageReward + discount * nextValues[step] - values[step])
          factor *= discount * decay
          if isLast[step] { break }
        }
        return sum
      }
    }

    func estimate(discount: Double, decay: Double, averageReward: Double = 0) throws -> [Double] {
      try AdvantageEstimate.generalized(
        rewards: rewards, values: values, nextValues: nextValues, isLast: isLast, averageReward: averageReward,
        discount: discount, decay: decay)
    }
  }

  @Test func equalsTheSum() throws {
    let steps = Steps(60, seed: 5)
    #expect(steps.isLast.contains(true) && steps.isLast.contains(false))
    for (discount, decay, reward) in [(0.9, 0.8, 0), (1, 0.5, 0.3), (0.99, 0, 0), (0.7, 1, 0), (0, 0.5, 0), (1, 1, 0)] {
      expectClose(
        try steps.estimate(discount: discount, decay: decay, averageReward: reward),
        steps.sums(discount: discount, decay: decay, averageReward: reward), tolerance: 1e-12)
    }
  }

  @Test func withoutDecayItIsTheErrorOfOneStep() throws {
    let steps = Steps(40, seed: 6)
    let errors = steps.rewards.indices.map {
      steps.rewards[$0] + 0.9 * steps.nextValues[$0] - steps.values[$0]
    }
    #expect(try steps.estimate(discount: 0.9, decay: 0) == errors)
  }

  @Test func withDecayOneItIsTheReturnLessTheValue() throws {
    let steps = Steps(40, seed: 7)
    let advantages = steps.rewards.indices.map { first in
      var (sum, factor) = (0.0, 1.0)
      for step in first..<steps.rewards.count {
        sum += factor * steps.rewards[step]
        factor *= 0.9
        if steps.isLast[step] || step == steps.rewards.count - 1 {
          return sum + factor * steps.nextValues[step] - steps.values[first]
        }
      }
      return sum
    }
    expectClose(try steps.estimate(discount: 0.9, decay: 1), advantages, tolerance: 1e-12)
  }

  @Test func badNumbersAreRefused() throws {
    var steps = Steps(4, seed: 1)
    for value in [-0.1, 1.1, Double.nan] {
      #expect(throws: ReinforcementFault.self) { try steps.estimate(discount: value, decay: 0.5) }
      #expect(throws: ReinforcementFault.self) { try steps.estimate(discount: 0.5, decay: value) }
    }
    steps.rewards[2] = .infinity
    #expect(throws: ReinforcementFault.stepReward(.infinity)) { try steps.estimate(discount: 0.9, decay: 0.5) }
    steps.rewards.removeLast()
    #expect(throws: ReinforcementFault.size(table: "the table of values", count: 4, expected: 3)) {
      try steps.estimate(discount: 0.9, decay: 0.5)
    }
  }
}
