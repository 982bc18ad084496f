import KodamaCheckpoints
import TestSupport
import Testing

@testable import KodamaTraining

/// A run that was ended and continued comes to the same bytes as one that never was.
@Suite struct ResumeTests {
  private static let files = ["model.safetensors", "average.safetensors", "trainer.safetensors"]

  private func expectSame(_ a: String, _ b: String, step: Int) throws {
    for name in Self.files {
      let path = "/checkpoints/step-\(step)/" + name
      #expect(try bytes(a + path) == bytes(b + path), "\(name)")
    }
  }

  /// Trains 9 steps at once, and 9 steps in three sessions, and compares.
  private func compare(_ session: Session) throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      let end = try session.train(in: whole, until: .steps(9))
      try session.train(in: parts, until: .steps(2))
      try session.train(in: parts, resuming: true, until: .steps(5))
      let resumed = try session.train(in: parts, resuming: true, until: .steps(9))
      try expectSame(whole, parts, step: 9)
      #expect(resumed.state.examplesDrawn == end.state.examplesDrawn)
      #expect(resumed.state.average?.updates == end.state.average?.updates)
      let (first, second) = (try #require(end.heard.steps.last), try #require(resumed.heard.steps.last))
      #expect(first.bitsPerSample == second.bitsPerSample && first.learningRate == second.learningRate)
    }
  }

  @Test(arguments: TrainingPlan.OptimizerName.allCases)
  func inTheMiddleOfAnEpoch(optimizer: TrainingPlan.OptimizerName) throws {
    try compare(
      Session {
        $0.optimizer = optimizer
        $0.weightDecay = 0.01
      })
  }

  @Test func withAccumulationAndDropoutAndASchedule() throws {
    var session = Session {
      $0.accumulation = 3
      $0.schedule = .cosine
      $0.cosineSteps = 9
      $0.warmUpSteps = 3
    }
    session.task.dropout = 0.4
    try compare(session)
  }

  @Test func dropoutDiffersFromStepToStepAndIsTheSameAgain() throws {
    try withTemporaryFolder { folder in
      // All weights stay, so that losses differ by their sequences and by what was dropped.
      func losses(_ name: String, dropout: Double) throws -> [Double] {
        var session = Session { $0.learningRate = 1e-30 }
        session.corpus = NoiseCorpus(lengths: [20])
        session.task.dropout = dropout
        return try session.train(in: folder + "/" + name, until: .steps(5)).heard.steps.map(\.bitsPerSample)
      }
      let plain = try losses("plain", dropout: 0)
      let dropped = try losses("dropped", dropout: 0.5)
      let again = try losses("again", dropout: 0.5)
      #expect(Set(plain).count == 1)
      #expect(Set(dropped).count == 5)
      #expect(again == dropped)
    }
  }

  @Test func afterAnInterruption() throws {
    try withTemporaryFolder { folder in
      let session = Session()
      try session.train(in: folder + "/whole", until: .steps(9))
      let listener = Session.Listener()
      try session.train(in: folder + "/parts", until: .steps(9), listener: listener) { listener.steps.count == 4 }
      try session.train(in: folder + "/parts", resuming: true, until: .steps(9))
      try expectSame(folder + "/whole", folder + "/parts", step: 9)
    }
  }

  @Test func fromTheLastWholeCheckpointWhereTheNewestIsCutShort() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.checkpointInterval = 2
      try session.train(in: folder + "/whole", until: .steps(9))
      try session.train(in: folder + "/parts", until: .steps(6))
      for name in Self.files {
        let path = folder + "/parts/checkpoints/step-6/" + name
        try write(bytes(path).dropLast(), to: path)
      }
      let end = try session.train(in: folder + "/parts", resuming: true, until: .steps(9))
      #expect(end.heard.steps.first?.step == 5)
      try expectSame(folder + "/whole", folder + "/parts", step: 9)
    }
  }

  @Test func aRunThatHasItsStepsIsLeftAsItIs() throws {
    try withTemporaryFolder { folder in
      try Session().train(in: folder, until: .steps(3))
      let before = try bytes(folder + "/checkpoints/step-3/trainer.json")
      let end = try Session().train(in: folder, resuming: true, until: .steps(3))
      #expect(end.heard.events.isEmpty)
      #expect(try bytes(folder + "/checkpoints/step-3/trainer.json") == before)
    }
  }

  @Test func anotherOptimizerBeginsItsMemoryAnew() throws {
    try withTemporaryFolder { folder in
      let (adam, sgd) = (Session { $0.optimizer = .adam }, Session { $0.optimizer = .momentum })
      try adam.train(in: folder, until: .steps(3))
      let end = try sgd.train(in: folder, resuming: true, until: .steps(4))
      #expect(end.state.step == 4)
      #expect(end.state.optimizer.state.count == 1)
    }
  }
}
