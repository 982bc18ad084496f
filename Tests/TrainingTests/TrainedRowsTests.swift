import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainedRowsTests {
  /// Weight decay and averaging would change what has no gradient.
  private func session() -> Session {
    var session = Session {
      $0.use(.adamw)
      $0.learningRate = 0.05
    }
    session.task.trainedRows = TrainedRows(["embedding.weight": [1, 3]])
    return session
  }

  @Test func whatIsNotTrainedKeepsEveryBit() throws {
    try withTemporaryFolder { folder in
      let session = session()
      let before = TrainingState(declarations: session.task.declarations, plan: session.plan).parameters
      let state = try session.train(in: folder + "/run", until: .steps(7)).state
      let average = try #require(state.average?.parameters)
      for (name, after) in [("weights", state.parameters), ("average", average)] {
        #expect(after["output.weight"] == before["output.weight"], "\(name)")
        #expect(after["output.bias"] == before["output.bias"], "\(name)")
        let (old, new) = (before["embedding.weight"].elements, after["embedding.weight"].elements)
        for row in 0..<4 {
          let isTrained = row % 2 == 1
          for index in row * 8..<row * 8 + 8 { #expect((old[index] != new[index]) == isTrained, "\(name), row \(row)") }
        }
      }
    }
  }

  @Test func goingOnFromACheckpointGivesTheSameBits() throws {
    try withTemporaryFolder { folder in
      let whole = try session().train(in: folder + "/whole", until: .steps(6)).state
      try session().train(in: folder + "/parts", until: .steps(2))
      let parts = try session().train(in: folder + "/parts", resuming: true, until: .steps(6)).state
      #expect(parts.parameters == whole.parameters && parts.average?.parameters == whole.average?.parameters)
    }
  }

  @Test func theNormOfGradientsIsThatOfWhatIsTrained() throws {
    try withTemporaryFolder { folder in
      var all = session()
      all.task.trainedRows = nil
      let norms = try [("all", all), ("rows", session())].map { name, session in
        try #require(try session.train(in: folder + "/" + name, until: .steps(1)).heard.steps.first).gradientNorm
      }
      #expect(norms[1] > 0 && norms[1] < norms[0])
    }
  }
}
