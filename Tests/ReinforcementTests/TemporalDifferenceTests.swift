import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Prediction on random walks, as in Sutton and Barto's figures 6.2, 7.2 and 12.6.
@Suite struct TemporalDifferenceTests {
  private static let random = TabularPolicy(uniform: 2, stateCount: 21)

  /// The root mean squared error over the states between the ends.
  private static func error(_ values: [Double], _ walk: RandomWalk) -> Double {
    let truth = walk.randomValues
    let sum = (1...walk.length).reduce(0.0) { $0 + (values[$1] - truth[$1]) * (values[$1] - truth[$1]) }
    return (sum / Double(walk.length)).squareRoot()
  }

  /// The mean of a number over runs, each with its stream, and its standard error.
  private func mean(runs: Int, _ body: @Sendable (inout Philox) -> Double) -> (mean: Double, error: Double) {
    let all = Workers.all.map(parts: runs) { run in
      var random = Philox(seed: 70, stream: UInt64(run))
      return body(&random)
    }
    let mean = all.reduce(0, +) / Double(runs)
    let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(runs * (runs - 1))).squareRoot())
  }

  /// The error after each episode, averaged over the episodes of a run.
  private func error(
    _ walk: RandomWalk, _ target: TemporalDifferencePrediction.Target, stepSize: Double, initial: Double, episodes: Int,
    runs: Int = 100
  ) throws -> (mean: Double, error: Double) {
    let prediction = try TemporalDifferencePrediction(
      stateCount: walk.stateCount, target, stepSize: stepSize, discount: 1, initial: initial)
    return mean(runs: runs) { random in
      var (prediction, walk, sum) = (prediction, walk, 0.0)
      for _ in 0..<episodes {
        prediction.playEpisode(&walk, following: Self.random, using: &random)
        sum += Self.error(prediction.values, walk)
      }
      return sum / Double(episodes)
    }
  }

  @Test func bootstrappingErrsLessThanMonteCarloOnFiveStates() throws {
    let walk = try RandomWalk(length: 5)
    expectClose(walk.randomValues.map { 6 * $0 }, [0.0, 1, 2, 3, 4, 5, 0], tolerance: 1e-12)
    let differences = try [0.05, 0.1, 0.15].map {
      try error(walk, .steps(1), stepSize: $0, initial: 0.5, episodes: 100)
    }
    let returns = try [0.01, 0.02, 0.03, 0.04].map { stepSize in
      let prediction = try MonteCarloPrediction(
        stateCount: 7, discount: 1, visits: .every, stepSize: stepSize, initial: 0.5)
      return mean(runs: 100) { random in
        var (prediction, walk, episode, sum) = (prediction, walk, Episode<Int>(), 0.0)
        for _ in 0..<100 {
          episode.record(&walk, following: Self.random, using: &random)
          prediction.learn(episode)
          sum += Self.error(prediction.values, walk)
        }
        return sum / 100
      }
    }
    let (best, other) = (differences.min { $0.mean < $1.mean }!, returns.min { $0.mean < $1.mean }!)
    #expect(best.mean + 4 * (best.error + other.error) < other.mean, "\(best) \(other)")
  }

  @Test func someStepsAreBestOnNineteenStates() throws {
    let walk = try RandomWalk(length: 19, leftReward: -1)
    let counts = [1, 2, 4, 8, 16, 64]
    let best = try counts.map { count in
      try [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1].map {
        try error(walk, .steps(count), stepSize: $0, initial: 0, episodes: 10)
      }.min { $0.mean < $1.mean }!
    }
    let winner = counts.indices.min { best[$0].mean < best[$1].mean }!
    #expect((2...8).contains(counts[winner]))
    for other in [0, 5] {
      #expect(best[winner].mean + 4 * (best[winner].error + best[other].error) < best[other].mean)
    }
  }

  @Test func tracesAreBestBetweenTheEnds() throws {
    let walk = try RandomWalk(length: 19, leftReward: -1)
    let decays = [0, 0.4, 0.8, 0.9, 0.95, 1]
    let best = try decays.map { decay in
      try [0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8].map {
        try error(walk, .traces(decay), stepSize: $0, initial: 0, episodes: 10)
      }.filter { $0.mean.isFinite }.min { $0.mean < $1.mean }!
    }
    let winner = decays.indices.min { best[$0].mean < best[$1].mean }!
    #expect(winner > 0 && winner < decays.count - 1)
    for other in [0, decays.count - 1] {
      #expect(best[winner].mean + 4 * (best[winner].error + best[other].error) < best[other].mean)
    }
  }

  @Test func oneStepAndTracesOfZeroAreTheSame() throws {
    let walk = try RandomWalk(length: 7)
    func values(_ target: TemporalDifferencePrediction.Target) throws -> [Double] {
      var (prediction, walk, random) = (
        try TemporalDifferencePrediction(stateCount: 9, target, stepSize: 0.1, discount: 0.9), walk, Philox(seed: 2)
      )
      for _ in 0..<50 { prediction.playEpisode(&walk, following: Self.random, using: &random) }
      return prediction.values
    }
    expectClose(try values(.traces(0)), try values(.steps(1)), tolerance: 1e-12)
    #expect(try values(.steps(1)) != values(.steps(3)))
  }

  /// With more steps than an episode has, the first visit's value moves towards the whole return.
  @Test func manyStepsAreMonteCarlo() throws {
    var (walk, random) = (try RandomWalk(length: 5, leftReward: -1), Philox(seed: 3))
    var prediction = try TemporalDifferencePrediction(stateCount: 7, .steps(10_000), stepSize: 0.1, discount: 0.9)
    var monteCarlo = try MonteCarloPrediction(stateCount: 7, discount: 0.9, visits: .every, stepSize: 0.1)
    var (episode, other) = (Episode<Int>(), random)
    prediction.playEpisode(&walk, following: Self.random, using: &random)
    episode.record(&walk, following: Self.random, using: &other)
    monteCarlo.learn(episode)
    // Updates of a state visited more than once are made in another order.
    let once = (1...5).filter { state in episode.observations.count { $0 == state } == 1 }
    expectClose(once.map { prediction.values[$0] }, once.map { monteCarlo.values[$0] }, tolerance: 1e-12)
    #expect(once.contains { prediction.values[$0] != 0 })
  }

  @Test func badSettingsAreRefused() {
    for target: TemporalDifferencePrediction.Target in [.steps(0), .traces(1.1), .traces(.nan)] {
      #expect(throws: ReinforcementFault.self) {
        try TemporalDifferencePrediction(stateCount: 3, target, stepSize: 0.1, discount: 1)
      }
    }
    #expect(throws: ReinforcementFault.self) {
      try TemporalDifferencePrediction(stateCount: 3, stepSize: 1.1, discount: 1)
    }
    #expect(throws: ReinforcementFault.self) { try RandomWalk(length: 0) }
  }
}
