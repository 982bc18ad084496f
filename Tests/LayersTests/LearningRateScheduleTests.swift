import Testing

@testable import KodamaLayers

@Suite struct LearningRateScheduleTests {
  private func expectRates(_ schedule: LearningRateSchedule, _ expected: [Int: Double]) {
    for (step, rate) in expected {
      #expect(
        abs(schedule.rate(atStep: step) - rate) < 1e-15, "step \(step): \(schedule.rate(atStep: step)), not \(rate)")
    }
  }

  @Test func aConstantRateStays() {
    expectRates(LearningRateSchedule(peak: 1e-3), [0: 1e-3, 1: 1e-3, 1_000_000: 1e-3])
  }

  @Test func theWarmUpRisesToThePeakInEqualParts() {
    expectRates(
      LearningRateSchedule(peak: 0.8, warmUpSteps: 4), [0: 0.2, 1: 0.4, 2: 0.6, 3: 0.8, 4: 0.8, 5: 0.8])
  }

  @Test func stepsMultiplyAtEachInterval() {
    expectRates(
      LearningRateSchedule(peak: 1, decay: .step(interval: 10, factor: 0.5)),
      [0: 1, 9: 1, 10: 0.5, 19: 0.5, 20: 0.25])
    expectRates(
      LearningRateSchedule(peak: 1, warmUpSteps: 2, decay: .step(interval: 10, factor: 0.5)),
      [0: 0.5, 1: 1, 11: 1, 12: 0.5])
  }

  @Test func theExponentialFallsByItsFactorOverEachInterval() {
    expectRates(
      LearningRateSchedule(peak: 1, decay: .exponential(interval: 10, factor: 0.25)),
      [0: 1, 5: 0.5, 10: 0.25, 15: 0.125])
  }

  @Test func theCosineFallsToItsEndAndStays() {
    let schedule = LearningRateSchedule(peak: 2, warmUpSteps: 10, decay: .cosine(total: 110, final: 0.1))
    expectRates(schedule, [9: 2, 10: 2, 60: 1.1, 110: 0.2, 10_000: 0.2])
    let rates = (10...110).map { schedule.rate(atStep: $0) }
    #expect(rates.count == 101 && zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  }
}
