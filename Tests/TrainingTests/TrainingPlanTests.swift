import Foundation
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainingPlanTests {
  @Test func theDefaultMakesSense() throws { try TrainingPlan().validate() }

  private static let bad: [(field: String, change: @Sendable (inout TrainingPlan) -> Void)] = [
    ("batch size", { $0.batchSize = 0 }), ("batch size", { $0.batchSize = .max }),
    ("accumulation", { $0.accumulation = 0 }), ("groups", { $0.groups = [ParameterGroup("*", rateFactor: 1e7)] }),
    ("groups", { $0.groups = [ParameterGroup("*", weightDecay: 1)] }),
    ("groups", { $0.groups = [ParameterGroup("*", weightDecay: .nan)] }), ("learning rate", { $0.learningRate = 0 }),
    ("learning rate", { $0.learningRate = -.infinity }), ("learning rate", { $0.learningRate = .nan }),
    ("weight decay", { $0.weightDecay = 1 }), ("weight decay", { $0.weightDecay = .nan }),
    ("warm-up", { $0.warmUpSteps = -1 }), ("decay steps", { $0.decaySteps = 0 }),
    ("decay factor", { $0.decayFactor = 0 }), ("decay factor", { $0.decayFactor = 1.5 }),
    ("clip", { $0.clipNorm = -1 }), ("clip", { $0.clipNorm = .infinity }),
    ("average decay", { $0.averageDecay = 1 }), ("average decay", { $0.averageDecay = .nan }),
  ]

  @Test(arguments: bad.indices) func aSettingThatMakesNoSenseIsNamed(index: Int) {
    var plan = TrainingPlan()
    Self.bad[index].change(&plan)
    #expect {
      try plan.validate()
    } throws: {
      guard case TrainingFault.badPlan(let field, _) = $0 else { return false }
      return field == Self.bad[index].field && ($0 as? TrainingFault)?.exitStatus == .usage
    }
  }

  @Test func aCosineNeedsItsEnd() {
    var plan = TrainingPlan()
    plan.schedule = .cosine
    #expect(throws: TrainingFault.endlessCosine) { try plan.validate() }
  }

  @Test func everyOptimizerHasItsOwnRule() {
    let rules = TrainingPlan.OptimizerName.allCases.map { name in
      var plan = TrainingPlan()
      plan.optimizer = name
      plan.weightDecay = 0.25
      return "\(plan.algorithm)"
    }
    #expect(Set(rules).count == TrainingPlan.OptimizerName.allCases.count)
    #expect(rules.allSatisfy { $0.contains("weightDecay: 0.25") })
  }

  @Test func theScheduleIsThatOfThePlan() {
    var plan = TrainingPlan()
    (plan.learningRate, plan.warmUpSteps, plan.decaySteps, plan.decayFactor) = (2, 3, 5, 0.25)
    (plan.cosineSteps, plan.cosineFinal) = (7, 0.125)
    let decays: [TrainingPlan.ScheduleName: LearningRateSchedule.Decay] = [
      .constant: .constant, .step: .step(interval: 5, factor: 0.25),
      .exponential: .exponential(interval: 5, factor: 0.25), .cosine: .cosine(total: 7, final: 0.125),
    ]
    for name in TrainingPlan.ScheduleName.allCases {
      plan.schedule = name
      #expect(
        plan.learningRates == LearningRateSchedule(peak: 2, warmUpSteps: 3, decay: decays[name]!), "\(name.rawValue)")
    }
  }

  @Test func everyBitOfASeedCountsInAPass() {
    var plan = TrainingPlan()
    func seeds(of seed: UInt64) -> [UInt64] {
      plan.seed = seed
      return (0..<100).map { plan.passSeed($0) }
    }
    let all: [UInt64] = [7] + (0..<64).map { 7 ^ (1 << $0) }
    #expect(Set(all.flatMap { seeds(of: $0) }).count == 100 * all.count)
    // Runs whose seed has 32 bits keep their numbers.
    #expect(seeds(of: 7) == (0..<100).map { 7 << 32 ^ $0 })
  }

  /// The same weights and sequences; only dropout differs.
  @Test func seedsThatDifferInTheUpperHalfDropOutOtherElements() throws {
    func steps(_ seed: UInt64) throws -> [Double] {
      try withTemporaryFolder { folder in
        var session = Session { $0.seed = 7 }
        session.task.dropout = 0.5
        let run = try TrainingRun(folder + "/run", resuming: false)
        let state = TrainingState(declarations: session.task.declarations, plan: session.plan)
        session.plan.seed = seed
        let listener = Session.Listener()
        let trainer = Trainer(
          task: session.task, source: NoiseBatches(session.corpus), plan: session.plan, state: state, run: run,
          checkpointInterval: 1000, observers: [listener], workspace: Workspace())
        _ = try trainer.train(until: .steps(2), shouldStop: { false })
        return listener.steps.map(\.bitsPerSample)
      }
    }
    let (first, again, other) = (try steps(7), try steps(7), try steps(7 | 1 << 40))
    #expect(first == again)
    #expect(first != other)
  }

  @Test func aShorterPlanKeepsItsProportions() throws {
    var plan = TrainingPlan()
    (plan.warmUpSteps, plan.decaySteps, plan.cosineSteps) = (100, 400, 1000)
    plan.pruning = PruningPlan()
    (plan.pruning!.firstStep, plan.pruning!.lastStep, plan.pruning!.interval) = (200, 600, 30)
    plan.rounding = RoundingPlan()
    plan.rounding!.firstStep = 500
    var shorter = plan
    shorter.shorten(from: 1000, to: 100)
    var expected = plan
    (expected.warmUpSteps, expected.decaySteps, expected.cosineSteps) = (10, 40, 100)
    (expected.pruning!.firstStep, expected.pruning!.lastStep, expected.pruning!.interval) = (20, 60, 3)
    expected.rounding!.firstStep = 50
    #expect(shorter == expected)
    // A single step is left.
    plan.shorten(from: 1000, to: 1)
    (plan.schedule, plan.averageDecay) = (.cosine, 0.9)
    try plan.validate()
    try plan.validateCompression(steps: 1)
    // No schedule has an end that it had not.
    var open = TrainingPlan()
    open.shorten(from: 1000, to: 10)
    #expect(open.cosineSteps == 0 && open.pruning == nil && open.rounding == nil)
  }
}
