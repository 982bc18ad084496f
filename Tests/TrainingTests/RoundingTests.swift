import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaTraining

/// Training a network that computes with rounded weights.
@Suite struct RoundingTests {
  private func session(_ precision: Precision = .ternary, _ change: (inout TrainingPlan) -> Void = { _ in }) -> Session
  {
    Session {
      $0.use(.sgd)
      $0.learningRate = 0.05
      $0.clipNorm = 0
      $0.rounding = RoundingPlan(precision)
      change(&$0)
    }
  }

  /// The gradient is that at the rounded weights, and it changes those behind them.
  @Test func gradientsPassStraightThrough() throws {
    try withTemporaryFolder { folder in
      let session = session()
      let before = TrainingState(declarations: session.task.declarations, plan: session.plan).parameters
      let after = try session.train(in: folder + "/run", until: .steps(1)).state.parameters

      // A step from the rounded weights, without rounding.
      let rounder = WeightRounder(RoundingPlan(.ternary), session.task.declarations)
      let rounded = rounder.rounded(before, afterStep: 0)
      var plain = session.plan
      plain.rounding = nil
      var state = TrainingState(parameters: rounded, plan: plain)
      let step = TrainingStep(
        session.task, NoiseBatches(session.corpus), plan: plain, reduction: nil, workspace: Workspace())
      _ = try step.take(&state)
      for name in before.names {
        for (index, old) in before[name].elements.enumerated() {
          let change = state.parameters[name].elements[index] - rounded[name].elements[index]
          #expect(abs(after[name].elements[index] - old - change) < 1e-6, "\(name) \(index)")
        }
      }
      #expect(rounder.names.contains { rounded[$0] != before[$0] })
    }
  }

  @Test func aCheckpointHasTheRoundedWeightsAndGoesOnFromThoseBehindThem() throws {
    try withTemporaryFolder { folder in
      let whole = try session().train(in: folder + "/whole", until: .steps(6)).state
      try session().train(in: folder + "/parts", until: .steps(2))
      let parts = try session().train(in: folder + "/parts", resuming: true, until: .steps(6)).state
      #expect(parts.parameters == whole.parameters && parts.average?.parameters == whole.average?.parameters)

      let declarations = session().task.declarations
      let rounder = WeightRounder(RoundingPlan(.ternary), declarations)
      let average = try #require(whole.average?.parameters)
      for (name, weights) in [("model", whole.parameters), ("average", average)] {
        let file = try SafetensorsReader(folder + "/whole/checkpoints/step-6/\(name).safetensors")
        #expect(try file.parameters(declarations) == rounder.rounded(weights, afterStep: 6))
        #expect(try file.parameters(declarations) != weights)
      }
    }
  }

  /// Work during training, such as validation, has the weights that the network computes with.
  @Test func validationHasTheRoundedWeights() throws {
    try withTemporaryFolder { folder in
      var session = session(.binary) { $0.rounding?.firstStep = 2 }
      let found = Locked<[Int: Int]>([:])
      session.work = [
        PeriodicWork(every: 1, lastStep: 0) { state, _ in
          let row = state.parameters["output.weight"].elements.prefix(8)
          found.withLock { $0[state.step] = Set(row.map(abs)).count }
        }
      ]
      try session.train(in: folder + "/run", until: .steps(3))
      #expect(found.withLock { $0 } == [1: 8, 2: 1, 3: 1])
    }
  }

  @Test func whatCannotBeRoundedIsNamed() throws {
    let declarations = session().task.declarations
    func problem(_ change: (inout TrainingPlan) -> Void) -> String {
      let plan = session(.binary, change).plan
      do {
        try plan.validate(for: declarations)
        try plan.validateCompression(steps: 5)
      } catch {
        return "\(error)"
      }
      return ""
    }
    let fitting = problem { _ in }
    let pattern = problem { $0.rounding?.layers = [RoundedLayers("tail.*")] }
    let nothing = problem { $0.rounding?.layers = [RoundedLayers("*")] }
    let late = problem { $0.rounding?.firstStep = 5 }
    let pruned = problem {
      $0.pruning = PruningPlan()
      $0.pruning?.structure = .element
    }
    #expect(fitting == "")
    #expect(pattern.contains("no parameter has a name like tail.*"))
    #expect(nothing.contains("no weight to round"))
    #expect(late.contains("begins at step 5, and the last one is 5"))
    #expect(pruned.contains("output.weight cannot be binary"))
  }
}
