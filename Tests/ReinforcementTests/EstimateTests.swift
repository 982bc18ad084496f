import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Monte Carlo estimates beside exact probabilities.
@Suite struct EstimateTests {
  /// In percent, to two places.
  private func percent(_ probability: Double) -> Double { (probability * 10_000).rounded() / 100 }

  @Test func keyCardsHaveTheirProbabilities() throws {
    #expect(percent(try KeyCards(keys: 1).probability) == 30.56)
    // The course's 98.84 is an estimate; the exact number rounds to 98.82.
    #expect((percent(try KeyCards(keys: 10).probability) - 98.84).magnitude < 0.03)
    #expect(percent(try KeyCards(keys: 19).probability) == 100)
    #expect(try KeyCards(keys: 0).probability == 0)
    #expect(try KeyCards(keys: 26).probability == 1 && KeyCards(keys: 30).probability == 1)
    // One card: 1 − (25/30)².
    #expect((try KeyCards(keys: 1).probability - 11.0 / 36).magnitude < 1e-15)
  }

  @Test func estimatesContainTheExactProbability() throws {
    var outside = 0
    for keys in 0...25 {
      let cards = try KeyCards(keys: keys)
      let estimate = try cards.estimate(trials: 40_000, seed: UInt64(keys), workers: .all)
      let interval = estimate.interval()
      #expect(interval.contains(estimate.value) && interval.upperBound - interval.lowerBound < 0.011)
      if !interval.contains(cards.probability) { outside += 1 }
      #expect(estimate.interval(z: 4.5).contains(cards.probability), "\(keys): \(estimate.value)")
    }
    // One of twenty is expected outside; five or more of 26 have the probability 0.01.
    #expect(outside < 5, "\(outside)")
  }

  @Test func threadsChangeNothing() throws {
    let cards = try KeyCards(keys: 4)
    let expected = try cards.estimate(trials: 1001, seed: 3)
    #expect(expected.trials == 1001)
    #expect(try cards.estimate(trials: 1001, seed: 3, workers: Workers(threads: 3)) == expected)
  }

  @Test func intervalsAreWilsons() throws {
    // Newcombe 1998, table I: 81 of 263 and 0 of 20.
    let many = try ProportionEstimate(successes: 81, trials: 263).interval()
    expectClose([many.lowerBound, many.upperBound], [0.2553, 0.3662], tolerance: 2e-4)
    let none = try ProportionEstimate(successes: 0, trials: 20).interval()
    #expect(none.lowerBound == 0)
    #expect((none.upperBound - 0.1611).magnitude < 1e-4)
    #expect((try ProportionEstimate(successes: 25, trials: 100).standardError - 0.0433012701892219).magnitude < 1e-15)
  }

  @Test func hypergeometricProbabilitiesSumToOne() {
    let all = (0...5).map { Hypergeometric.probability(of: $0, draws: 5, marked: 7, total: 30) }
    #expect((all.reduce(0, +) - 1).magnitude < 1e-14)
    // C(7, 2) C(23, 3) / C(30, 5) = 21 · 1771 / 142506
    #expect((all[2] - 37191.0 / 142_506).magnitude < 1e-15)
    #expect(Hypergeometric.probability(of: 6, draws: 5, marked: 7, total: 30) == 0)
  }

  @Test func badNumbersAreRefused() {
    #expect(throws: ReinforcementFault.self) { try KeyCards(keys: 31) }
    #expect(throws: ReinforcementFault.self) { try KeyCards(keys: -1) }
    #expect(throws: ReinforcementFault.self) { try KeyCards(keys: 3, deck: 4) }
    #expect(throws: ReinforcementFault.self) { try ProportionEstimate(successes: 3, trials: 2) }
    #expect(throws: ReinforcementFault.self) { try ProportionEstimate(successes: 0, trials: 0) }
  }
}
