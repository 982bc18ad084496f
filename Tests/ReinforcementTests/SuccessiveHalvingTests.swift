import KodamaCore
import KodamaReinforcement
import Testing

@Suite struct SuccessiveHalvingTests {
  private func pulls(_ halving: SuccessiveHalving) -> [Int] { halving.rounds.map(\.pulls) }

  @Test func roundsShareTheBudgetAlike() throws {
    let eight = try SuccessiveHalving(arms: 8, budget: 240)
    #expect(eight.rounds.map(\.arms) == [8, 4, 2] && pulls(eight) == [10, 30, 70] && eight.totalPulls == 240)
    let five = try SuccessiveHalving(arms: 5, budget: 100)
    #expect(five.rounds.map(\.arms) == [5, 3, 2] && pulls(five) == [6, 17, 33] && five.totalPulls == 95)
    // At least a pull of every arm in every round.
    let poor = try SuccessiveHalving(arms: 5, budget: 1)
    #expect(pulls(poor) == [1, 2, 3] && poor.totalPulls == 10)
    for arms in 1...70 {
      let halving = try SuccessiveHalving(arms: arms, budget: 5000)
      #expect(halving.totalPulls <= 5000 && halving.rounds.count == Int.bitWidth - (arms - 1).leadingZeroBitCount)
    }
  }

  /// Losses that come from either side to their limits, of which the best is at least 0.1 below the others.
  @Test func theBestLimitIsFound() throws {
    for seed in 0..<30 {
      var random = Philox(seed: UInt64(seed))
      let best = random.integer(below: 9)
      let limits = (0..<9).map { $0 == best ? 0.1 : 0.2 + random.uniform() }
      let signs = (0..<9).map { _ in random.uniform() < 0.5 ? -1.0 : 1 }
      func loss(_ arm: Int, _ pulls: Int) -> Double { limits[arm] + signs[arm] * 2 / Double(pulls) }
      // From 41 pulls on no loss is as far from its limit as half of the distance: 4 rounds of 9 arms.
      let halving = try SuccessiveHalving(arms: 9, budget: 4 * 9 * 41)
      var (counted, before) = (0, [Int](repeating: 0, count: 9))
      let result = try #require(
        halving.run { arm, pulls in
          counted += pulls - before[arm]
          before[arm] = pulls
          return loss(arm, pulls)
        })
      #expect(result.best == best, "\(seed)")
      #expect(counted == halving.totalPulls && result.pulls == before && counted <= halving.budget)
      for arm in 0..<9 { #expect(result.losses[arm] == loss(arm, before[arm])) }
    }
  }

  @Test func anArmThatIsSlowAtFirstNeedsALargerBudget() throws {
    func best(_ budget: Int) throws -> Int? {
      // Arm 3 is worst below ten pulls.
      try SuccessiveHalving(arms: 4, budget: budget).run { arm, pulls in
        arm == 3 ? (pulls < 10 ? 9 : 0) : Double(arm + 1)
      }?.best
    }
    #expect(try best(16) == 0 && best(80) == 3)
  }

  @Test func ofEqualArmsTheFirstIsTheBest() throws {
    let halving = try SuccessiveHalving(arms: 5, budget: 50)
    let result = try #require(halving.run { _, _ in 1 })
    #expect(result.best == 0 && result.pulls == [pulls(halving)[2], pulls(halving)[2], pulls(halving)[1]] + [3, 3])
  }

  @Test func lossesThatAreNotFiniteNeverWin() throws {
    let halving = try SuccessiveHalving(arms: 4, budget: 80)
    let losses: [Double] = [.nan, -.infinity, 7, .infinity]
    var calls = 0
    let result = try #require(
      halving.run { arm, _ in
        calls += 1
        return losses[arm]
      })
    // The one that is left is not pulled again.
    #expect(result.best == 2 && calls == 4)
    #expect(result.losses == [.infinity, .infinity, 7, .infinity] && result.pulls == [10, 10, 10, 10])
    let none = try #require(halving.run { _, _ in .nan })
    #expect(none.best == nil)
  }

  @Test func aSingleArmNeedsNoPull() throws {
    let result = try SuccessiveHalving(arms: 1, budget: 5).run { _, _ in 0 }
    #expect(result?.best == 0 && result?.losses == [.infinity] && result?.pulls == [0])
  }

  @Test func itEndsEarlyOnRequest() throws {
    var calls = 0
    let result = try SuccessiveHalving(arms: 4, budget: 80).run { _, _ in
      calls += 1
      return calls < 3 ? 1 : nil
    }
    #expect(result == nil && calls == 3)
  }

  @Test func badSettingsAreRefused() {
    #expect(throws: ReinforcementFault.self) { try SuccessiveHalving(arms: 0, budget: 5) }
    #expect(throws: ReinforcementFault.self) { try SuccessiveHalving(arms: 2, budget: 0) }
  }
}
