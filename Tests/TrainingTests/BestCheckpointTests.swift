import Foundation
import KodamaCheckpoints
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct BestCheckpointTests {
  /// Validation after every step, with scripted losses of the weights and of their average.
  private func session(_ losses: [(raw: Double?, average: Double?)], lastStep: Int? = nil) -> Session {
    var session = Session()
    session.keptCheckpoints = 1
    session.checkpointInterval = 2
    session.work = [
      PeriodicWork(every: 1, lastStep: lastStep) { state, notify in
        let (raw, average) = losses[state.step - 1]
        try notify(.validation(ValidationReport(step: state.step, raw: raw, average: average)))
      }
    ]
    return session
  }

  private func bests(_ end: Session.End) -> [BestCheckpoint] {
    end.heard.events.compactMap { if case .best(let best) = $0 { best } else { nil } }
  }

  @Test func theBestIsKeptBesideTheNewest() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let end = try session([(5, 6), (4, nil), (3, 2.5), (2.5, 4), (.nan, nil), (2.6, 2.7), (9, 9)]).train(
        in: run, until: .steps(7))
      #expect(
        bests(end) == [
          BestCheckpoint(step: 1, weights: .raw, loss: 5), BestCheckpoint(step: 2, weights: .raw, loss: 4),
          BestCheckpoint(step: 3, weights: .average, loss: 2.5),
        ])
      let run7 = RunFolder(run)
      #expect(try run7.steps() == [3, 7] && run7.best == BestCheckpoint(step: 3, weights: .average, loss: 2.5))
      try "{}".write(toFile: run + "/checkpoints/step-3/config.json", atomically: true, encoding: .utf8)
      try "{}".write(toFile: run + "/checkpoints/step-7/config.json", atomically: true, encoding: .utf8)
      let location = try ModelLocation(run)
      #expect(location.folder == run + "/checkpoints/step-3" && location.weights == .average)
      #expect(location.best?.loss == 2.5)
      #expect(try ModelLocation(run, weights: .raw).weightsPath == run + "/checkpoints/step-3/model.safetensors")
      // Resuming goes on from the newest.
      #expect(try run7.newestCheckpoint() == run + "/checkpoints/step-7")
      // Without its checkpoint the record says nothing.
      try FileManager.default.removeItem(atPath: run + "/checkpoints/step-3")
      #expect(run7.best == nil)
      #expect(try ModelLocation(run).folder == run + "/checkpoints/step-7")
    }
  }

  @Test(
    arguments: [
      "", "{", "[]", #"{"step":-1,"weights":"raw","loss":1}"#, #"{"step":1,"weights":"other","loss":1}"#,
      #"{"step":1,"weights":"raw"}"#, #"{"step":77,"weights":"raw","loss":1}"#,
    ]) func aDamagedRecordIsIgnored(text: String) throws
  {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try session([(1, nil), (2, nil)]).train(in: run, until: .steps(2))
      #expect(RunFolder(run).best?.step == 1)
      try text.write(toFile: run + "/best.json", atomically: true, encoding: .utf8)
      #expect(RunFolder(run).best == nil)
      #expect(
        try session([(1, nil), (2, nil), (3, nil)]).train(in: run, resuming: true, until: .steps(3)).state.step == 3)
    }
  }

  @Test func aRecordOfARemovedCheckpointIsForgotten() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try session([(1, nil), (2, nil)]).train(in: run, until: .steps(2))
      // Begun again in the same folder: step 1 is another one then, and as good as it is.
      try FileManager.default.removeItem(atPath: run + "/checkpoints")
      let end = try session([(5, nil), (4, nil), (6, nil)]).train(in: run, until: .steps(3))
      #expect(bests(end).map(\.loss) == [5, 4])
      #expect(RunFolder(run).best == BestCheckpoint(step: 2, weights: .raw, loss: 4))
    }
  }

  @Test func aLastValidationThatExhaustsThePatienceCompletesTheRun() throws {
    try withTemporaryFolder { folder in
      var session = session([(1, nil), (2, nil), (3, nil)])
      session.patience = 2
      let end = try session.train(in: folder + "/run", until: .steps(3))
      #expect(end.outcome == .completed)
    }
  }

  @Test func patienceEndsAfterAsManyValidationsWithoutABetterOne() throws {
    try withTemporaryFolder { folder in
      let losses: [(Double?, Double?)] = [(3, nil), (2, nil), (2, nil), (4, nil), (2.5, nil), (1, nil), (0.5, nil)]
      for (patience, steps, outcome) in [
        (1, 3, TrainingOutcome.stoppedEarly), (3, 5, .stoppedEarly), (4, 7, .completed),
      ] {
        var session = session(losses)
        session.patience = patience
        let end = try session.train(in: folder + "/\(patience)", until: .steps(7))
        #expect(end.state.step == steps && end.outcome == outcome, "\(patience)")
      }
      // Those of an earlier session count.
      var first = session(losses)
      first.patience = 3
      try first.train(in: folder + "/parts", until: .steps(4))
      var second = session(losses, lastStep: 4)
      (second.patience, second.laterValidations) = (3, [3, 4])
      #expect(try second.train(in: folder + "/parts", resuming: true, until: .steps(7)).state.step == 5)
    }
  }

  @Test func workThatWasDueIsDoneFirstAndWhatIsDoneIsNotRepeated() throws {
    try withTemporaryFolder { folder in
      let losses: [(Double?, Double?)] = [(3, nil), (2, nil), (1, nil), (4, nil)]
      try session(losses).train(in: folder + "/run", until: .steps(2))
      func steps(lastStep: Int?, until: Int) throws -> [Int] {
        try session(losses, lastStep: lastStep).train(in: folder + "/run", resuming: true, until: .steps(until)).heard
          .events.compactMap { if case .validation(let report) = $0 { report.step } else { nil } }
      }
      #expect(try steps(lastStep: 2, until: 2) == [])
      #expect(try steps(lastStep: 1, until: 2) == [2])
      #expect(try steps(lastStep: 2, until: 4) == [3, 4])
    }
  }
}
