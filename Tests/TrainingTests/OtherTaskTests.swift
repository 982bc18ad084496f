import Foundation
import KodamaCheckpoints
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaTraining

/// A task that knows no sound, with batch normalization, trained by the same trainer.
@Suite struct OtherTaskTests {
  private var plan: TrainingPlan {
    var plan = TrainingPlan()
    (plan.batchSize, plan.learningRate, plan.averageDecay) = (10, 0.02, 0.9)
    return plan
  }

  @discardableResult private func train(
    in folder: String, _ plan: TrainingPlan, resuming: Bool = false, until step: Int,
    reduction: (any StepReduction)? = nil
  ) throws -> (state: TrainingState, steps: [StepReport]) {
    let task = StripesTask()
    // Of several processes the first one saves.
    let run = reduction?.isFirst == false ? nil : try TrainingRun(folder, resuming: resuming)
    let state =
      try resuming
      ? TrainingState(checkpoint: RunFolder(folder).newestCheckpoint(), declarations: task.declarations, plan: plan)
      : TrainingState(declarations: task.declarations, plan: plan)
    let listener = Session.Listener()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let log = try MetricsLog(run: folder, step: state.step, interval: 1, measures: task.measures)
    let trainer = Trainer(
      task: task, source: StripedPictures(), plan: plan, state: state, run: run, checkpointInterval: 1000,
      observers: [log, listener], reduction: reduction, workspace: Workspace(workers: .serial))
    #expect(try trainer.train(until: .steps(step), shouldStop: { false }) == .completed)
    return (trainer.state, listener.steps)
  }

  @Test func itLearnsAndReportsItsOwnMeasures() throws {
    try withTemporaryFolder { folder in
      let (state, steps) = try train(in: folder, plan, until: 40)
      let accuracy = Measure("accuracy")
      let (first, last) = (try #require(steps.first), try #require(steps.last))
      #expect(last.loss.value < 0.3 * first.loss.value)
      #expect(try #require(last.values[accuracy]) > 0.9)
      #expect(last.epoch == 10 && state.examplesDrawn == 400)

      // The log, and what reads it, know the measures of the run.
      let history = try TrainingHistory(run: folder)
      #expect(history.steps == steps)
      #expect(history.measures == StripesTask().measures)
      let text = String(decoding: try bytes(folder + "/metrics.jsonl"), as: UTF8.self)
      #expect(text.contains("\"crossEntropy\":") && text.contains("\"accuracy\":") && !text.contains("bits"))
    }
  }

  /// State and a frozen part go on to the same bits; the frozen part keeps its own.
  @Test func aResumedRunComesToTheSameBits() throws {
    try withTemporaryFolder { folder in
      var plan = plan
      plan.use(.adamw)
      (plan.learningRate, plan.accumulation) = (0.02, 2)
      plan.groups = [
        ParameterGroup("filters.*", rateFactor: 0), ParameterGroup("*.bias", rateFactor: 2, weightDecay: 0),
      ]
      let before = Parameters<Float>(StripesTask().declarations, seed: plan.seed)
      let whole = try train(in: folder + "/whole", plan, until: 9).state
      try train(in: folder + "/parts", plan, until: 2)
      try train(in: folder + "/parts", plan, resuming: true, until: 5)
      let parts = try train(in: folder + "/parts", plan, resuming: true, until: 9).state
      #expect(parts.parameters == whole.parameters && parts.average?.parameters == whole.average?.parameters)
      for name in ["model", "average", "trainer"] {
        let path = "/checkpoints/step-9/\(name).safetensors"
        #expect(try bytes(folder + "/whole" + path) == bytes(folder + "/parts" + path), "\(name)")
      }
      for name in before.names {
        let isFrozen = name.hasPrefix("filters.")
        #expect((whole.parameters[name] == before[name]) == isFrozen, "\(name)")
        #expect((whole.average?.parameters[name] == before[name]) == isFrozen, "average of \(name)")
      }
    }
  }

  /// Two batches of a step: the second's running mean follows on the first's.
  @Test func theStateOfEachBatchFollowsOnTheLast() throws {
    try withTemporaryFolder { folder in
      var plan = plan
      (plan.optimizer, plan.learningRate, plan.averageDecay) = (.sgd, 1e-30, 0)
      let two = try train(in: folder + "/steps", plan, until: 2).state.parameters
      plan.accumulation = 2
      let one = try train(in: folder + "/parts", plan, until: 1).state.parameters
      for name in ["normalization.running_mean", "normalization.running_var"] {
        expectClose(one[name], two[name], tolerance: 1e-6, name)
        #expect(one[name] != Parameters<Float>(StripesTask().declarations, seed: 1)[name])
      }
    }
  }

  @Test(arguments: [
    ("normalization.running_var", "nan"), ("normalization.running_mean", "missing"),
  ])
  func stateThatIsMissingOrNotFiniteIsNamed(name: String, fault: String) throws {
    try withTemporaryFolder { folder in
      let state = try train(in: folder, plan, until: 1).state
      let checkpoint = RunFolder(folder).checkpointPath(step: 1)
      var stored = state.parameters.stored()
      if fault == "nan" {
        var broken = state.parameters
        broken[name] = Tensor([6], [1, 1, .nan, 1, 1, 1])
        stored = broken.stored()
      } else {
        stored.removeAll { $0.name == name }
      }
      try SafetensorsWriter.write(stored, to: checkpoint + "/model.safetensors", existing: .replace)
      let error = #expect(throws: CheckpointFault.self) {
        try TrainingState(checkpoint: checkpoint, declarations: StripesTask().declarations, plan: plan)
      }
      #expect(try #require(error).exitStatus == .badData)
      #expect("\(try #require(error))".contains(name))
    }
  }

  @Test func groupsMustHoldForSomethingAndLeaveSomething() throws {
    let declarations = StripesTask().declarations
    var plan = plan
    plan.groups = [ParameterGroup("output.*", rateFactor: 0), ParameterGroup("hed.*")]
    #expect { try plan.validate(for: declarations) } throws: { "\($0)".contains("hed.*") }
    plan.groups = [ParameterGroup("*", rateFactor: 0)]
    #expect(throws: TrainingFault.self) { try plan.validate(for: declarations) }
    plan.groups = [ParameterGroup("output.*", rateFactor: 0)]
    try plan.validate(for: declarations)
  }

  // MARK: Several processes

  /// What a process computed of a step.
  private struct Totals {
    var gradients: [Float]
    var numbers: [[Double]]
  }

  /// Takes one half of each batch, and is told by a closure what the other half came to.
  private final class Half: StepReduction {
    let isFirst: Bool
    let processes = 2
    private let exchange: (Totals) throws -> Totals
    private var arena: ParameterArena?
    /// The elements that were final before the end.
    private(set) var final: [Range<Int>] = []

    init(isFirst: Bool, exchange: @escaping (Totals) throws -> Totals) {
      (self.isFirst, self.exchange) = (isFirst, exchange)
    }

    func share(ofParts count: Int) -> Range<Int> { isFirst ? 0..<count / 2 : count / 2..<count }
    func beginStep() {}
    func begin(_ parts: [ParameterArena], after earlier: ParameterArena?) { (arena, final) = (parts[0], []) }
    func isFinal(_ elements: Range<Int>) { final.append(elements) }

    func finish(_ numbers: [[Double]], ofParts count: Int) throws -> [[Double]] {
      guard let arena else { return [] }
      // The output's gradients come before the input's, and every parameter's once.
      let starts = final.map(\.lowerBound)
      #expect(try #require(starts.first) > #require(starts.last) && Set(starts).count == starts.count)
      let all = try exchange(Totals(gradients: Array(arena.elements), numbers: numbers))
      _ = arena.elements.update(fromContentsOf: all.gradients)
      return all.numbers
    }

    func added(_ numbers: [Double]) -> [Double] { numbers }
    func add(_ numbers: ParameterArena) {}
    func check() {}
    func checkpoint(_ path: String?) throws -> String { try #require(path) }
  }

  private struct Enough: Error {}

  /// The totals of the step that a process would reduce, of one half of the batch.
  private func totals(in folder: String, _ plan: TrainingPlan, first: Bool) throws -> Totals {
    var found: Totals?
    let half = Half(isFirst: first) {
      found = $0
      throw Enough()
    }
    #expect(throws: Enough.self) { try train(in: folder, plan, until: 1, reduction: half) }
    return try #require(found)
  }

  @Test func halvesThatAreAddedUpMakeTheStepOfTheWhole() throws {
    try withTemporaryFolder { folder in
      var plan = plan
      (plan.optimizer, plan.learningRate) = (.sgd, 0.1)
      let second = try totals(in: folder + "/second", plan, first: false)
      let first = try totals(in: folder + "/first", plan, first: true)
      #expect(first.numbers.map { $0[0] } == [5] && second.numbers.map { $0[0] } == [5])
      let exchange = Half(isFirst: true) { mine in
        #expect(mine.gradients == first.gradients)
        return Totals(
          gradients: zip(mine.gradients, second.gradients).map(+), numbers: mine.numbers + second.numbers)
      }
      let both = try train(in: folder + "/both", plan, until: 1, reduction: exchange)
      // The same two halves as batches of one process, whose normalization sees as many pictures at once.
      var halves = plan
      (halves.batchSize, halves.accumulation) = (5, 2)
      let one = try train(in: folder + "/one", halves, until: 1)
      #expect(both.steps[0].values == one.steps[0].values)
      for name in ["filters.weight", "output.weight", "output.bias", "normalization.weight"] {
        #expect(both.state.parameters[name] == one.state.parameters[name], "\(name)")
      }
      #expect(both.state.examplesDrawn == 10 && one.state.examplesDrawn == 10)
    }
  }

  /// A step whose totals cannot be added up is not taken.
  @Test func aReductionThatFailsLeavesTheStateBeforeTheStep() throws {
    try withTemporaryFolder { folder in
      _ = try totals(in: folder, plan, first: true)
      let state = try TrainingState(
        checkpoint: folder + "/checkpoints/step-0", declarations: StripesTask().declarations, plan: plan)
      #expect(state.step == 0 && state.examplesDrawn == 0)
    }
  }
}
