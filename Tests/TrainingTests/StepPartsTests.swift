import KodamaCore
import Testing

@testable import KodamaTraining

/// How a step is divided into parts, and the parts among processes.
@Suite struct StepPartsTests {
  private func plan(batch: Int, accumulation: Int = 1, parts: Int? = nil) -> TrainingPlan {
    var plan = TrainingPlan()
    (plan.batchSize, plan.accumulation, plan.batchParts) = (batch, accumulation, parts)
    return plan
  }

  @Test func aBatchIsInAsFewPartsAsMemoryAndProcessesAllow() {
    func parts(_ plan: TrainingPlan, most: Int, _ processes: Int) -> Int {
      plan.parts(examplesPerPass: most, processes: processes)
    }
    #expect(parts(plan(batch: 8), most: .max, 1) == 1)
    #expect(parts(plan(batch: 8), most: 2, 1) == 4)
    #expect(parts(plan(batch: 8), most: 2, 4) == 4)
    #expect(parts(plan(batch: 8), most: 2, 3) == 6)
    #expect(parts(plan(batch: 8), most: .max, 16) == 8)
    #expect(parts(plan(batch: 8, parts: 5), most: 1, 2) == 5)
    #expect(parts(plan(batch: 8, parts: 50), most: 1, 2) == 8)
  }

  @Test func wavesHaveAPartForEachProcessAndAllExamplesOnce() {
    for (batch, accumulation, processes) in [(1, 5, 2), (8, 1, 3), (2, 7, 4), (3, 2, 1), (1, 1, 1), (4, 3, 12)] {
      let waves = plan(batch: batch, accumulation: accumulation)
        .waves(from: 100, examplesPerPass: 2, processes: processes)
      for wave in waves { #expect(wave.count >= min(processes, batch * accumulation)) }
      let examples = waves.flatMap { $0.flatMap { Array($0) } }
      #expect(examples == Array(100..<100 + batch * accumulation))
      for wave in waves {
        let shares = (0..<processes).map { Workers.range(of: $0, parts: processes, count: wave.count) }
        #expect(shares.flatMap { Array($0) } == Array(wave.indices))
      }
    }
  }

  /// Only where several processes need other parts than one, so that the settings of other runs stay as they are.
  @Test func otherPartsAreRecorded() {
    var same = plan(batch: 8)
    same.divide(examplesPerPass: 2, among: 4)
    #expect(same.batchParts == nil)
    var other = plan(batch: 8)
    other.divide(examplesPerPass: 2, among: 3)
    #expect(other.batchParts == 6)
    other.divide(examplesPerPass: 2, among: 2)
    #expect(other.batchParts == 6)
  }
}
