import KodamaCheckpoints
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTraining

/// A loss that is not finite: training goes back, lowers its rate, and gives up after a few times.
@Suite struct DivergenceTests {
  @Test func oneBadStepGoesBackAndHalvesTheRate() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.checkpointInterval = 2
      session.task.fails = { $0 == 6 }
      let end = try session.train(in: folder, until: .steps(8))
      #expect(end.outcome == .completed)
      #expect(end.heard.rollbacks == [.rollback(from: 6, to: 4, rateFactor: 0.5)])
      #expect(end.heard.steps.map(\.step) == [1, 2, 3, 4, 5, 5, 6, 7, 8])
      #expect(
        end.heard.steps.map(\.learningRate) == Array(repeating: 0.05, count: 5) + Array(repeating: 0.025, count: 4))
      #expect(end.state.rollbacks == 1)
    }
  }

  @Test func theLowerRateIsKeptByACheckpoint() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.task.fails = { $0 == 2 }
      try session.train(in: folder, until: .steps(3))
      session.task.fails = { _ in false }
      let end = try session.train(in: folder, resuming: true, until: .steps(4))
      #expect(end.heard.steps.map(\.learningRate) == [0.025])
      #expect(end.state.rollbacks == 1)
    }
  }

  @Test func afterFourReturnsItGivesUpAndTheLastGoodCheckpointLoads() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.checkpointInterval = 3
      // Step 4 goes well each time and step 5 never does.
      session.task.fails = { $0 >= 5 && $0 % 2 == 1 }
      let listener = Session.Listener()
      let checkpoint = folder + "/checkpoints/step-3"
      let fault = TrainingFault.diverged(step: 5, rollbacks: 4, checkpoint: checkpoint)
      #expect(throws: fault) {
        try session.train(in: folder, until: .steps(8), listener: listener)
      }
      #expect(fault.exitStatus == .internal)
      #expect(
        listener.rollbacks == [0.5, 0.25, 0.125, 0.0625].map { .rollback(from: 5, to: 3, rateFactor: $0) })
      let state = try TrainingState(
        checkpoint: RunFolder(folder).newestCheckpoint(), declarations: session.task.declarations,
        plan: session.plan)
      #expect(state.step == 3)
    }
  }

  @Test func aStepThatMakesWeightsInfiniteIsABadStep() throws {
    try withTemporaryFolder { folder in
      var session = Session {
        $0.optimizer = .sgd
        $0.learningRate = 1e300
      }
      session.checkpointInterval = 1
      #expect(throws: TrainingFault.diverged(step: 1, rollbacks: 4, checkpoint: folder + "/checkpoints/step-0")) {
        try session.train(in: folder, until: .steps(8))
      }
      let steps = try RunFolder(folder).steps()
      #expect(steps == [0])
    }
  }

  @Test func aMemoryOfTheOptimizerThatOverflowsIsABadStep() throws {
    try withTemporaryFolder { folder in
      // Gradients within the range of Float, and their squares over it.
      var session = Session { $0.clipNorm = 0 }
      session.task.scale = 1e25
      session.checkpointInterval = 1
      #expect(throws: TrainingFault.diverged(step: 1, rollbacks: 4, checkpoint: folder + "/checkpoints/step-0")) {
        try session.train(in: folder, until: .steps(3))
      }
    }
  }

  @Test func aCheckpointWhoseOwnLossIsBadIsGivenUpForTheOneBefore() throws {
    try withTemporaryFolder { folder in
      // Call 3 is the first step from the checkpoint of step 2; so are calls 4 and 5 from that of step 1.
      var session = Session()
      session.checkpointInterval = 1
      session.task.fails = { $0 == 3 }
      let end = try session.train(in: folder, until: .steps(4))
      #expect(end.heard.rollbacks == [.rollback(from: 3, to: 1, rateFactor: 0.5)])
      #expect(end.heard.steps.map(\.step) == [1, 2, 2, 3, 4])
      #expect(try RunFolder(folder).steps() == [2, 3, 4])
    }
  }

  @Test func aCheckpointThatIsGivenUpIsGone() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.checkpointInterval = 1
      try session.train(in: folder, until: .steps(3))
      let run = try TrainingRun(folder, resuming: true)
      #expect(try run.giveUpCheckpoint(step: 3) == folder + "/checkpoints/step-2")
      #expect(try RunFolder(folder).steps() == [1, 2])
      #expect(try RunFolder(folder).newestCheckpoint() == folder + "/checkpoints/step-2")
      #expect(try String(decoding: bytes(folder + "/latest"), as: UTF8.self) == "step-2\n")
    }
  }

  @Test func theOnlyCheckpointIsNeverGivenUp() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.task.fails = { _ in true }
      #expect(throws: TrainingFault.diverged(step: 1, rollbacks: 4, checkpoint: folder + "/checkpoints/step-0")) {
        try session.train(in: folder, until: .steps(4))
      }
      let newest = try RunFolder(folder).newestCheckpoint()
      #expect(newest == folder + "/checkpoints/step-0")
    }
  }
}
