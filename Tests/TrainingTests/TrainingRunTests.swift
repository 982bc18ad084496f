import Foundation
import KodamaCheckpoints
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainingRunTests {
  @Test func aSecondTrainerIsRefusedUntilTheFirstEnds() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run"
      do {
        let first = try TrainingRun(path, resuming: false)
        #expect(throws: TrainingFault.locked(run: path)) { try TrainingRun(path, resuming: false) }
        #expect(TrainingFault.locked(run: path).exitStatus == .cannotCreate)
        withExtendedLifetime(first) {}
      }
      _ = try TrainingRun(path, resuming: false)
    }
  }

  @Test func aRunIsContinuedOnlyWhereThatIsAskedFor() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run"
      #expect(throws: TrainingFault.noRun(run: path)) { try TrainingRun(path, resuming: true) }
      #expect(try names(in: folder).isEmpty)
      try Session().train(in: path, until: .steps(1))
      // Twice: what is refused must not keep the lock.
      for _ in 0..<2 {
        #expect(throws: TrainingFault.runExists(run: path)) { try TrainingRun(path, resuming: false) }
      }
      #expect(try TrainingRun(path, resuming: true).isEmpty == false)
    }
  }

  @Test func aRefusedRunClosesItsLockOnce() throws {
    try withTemporaryFolder { folder in
      try Session().train(in: folder, until: .steps(0))
      // A descriptor closed twice would by now be that of the file opened in between.
      for _ in 0..<50 { #expect(throws: TrainingFault.self) { try TrainingRun(folder, resuming: false) } }
      _ = try TrainingRun(folder, resuming: true)
    }
  }

  @Test func whatAnEndedTrainerLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      try Session().train(in: folder, until: .steps(1))
      let checkpoints = folder + "/checkpoints"
      try write([1], to: checkpoints + "/.kodama-0000000000000001/.kodama-0000000000000002")
      try write([1], to: checkpoints + "/.kodama-0000000000000003/config.json")
      try write([1], to: folder + "/.kodama-0000000000000004")
      try write([1], to: folder + "/samples/.kodama-0000000000000005")
      // What looks alike and is a link, or holds something else.
      try write([1], to: folder + "/v/config.json")
      #expect(symlink(folder + "/v", checkpoints + "/.kodama-0000000000000006") == 0)
      #expect(symlink(folder + "/v", checkpoints + "/x.partial-1") == 0)
      try write([1], to: checkpoints + "/.kodama-0000000000000007/mine")
      let run = try TrainingRun(folder, resuming: true)
      #expect(
        try names(in: checkpoints) == [
          ".kodama-0000000000000006", ".kodama-0000000000000007", "step-0", "step-1", "x.partial-1",
        ])
      #expect(run.remarks.map(\.path.last) == ["6", "7"])
      #expect(try bytes(folder + "/v/config.json") == [1])
      #expect(try !names(in: folder).contains { $0.hasPrefix(".") } && names(in: folder + "/samples").isEmpty)
    }
  }

  @Test func aLinkedCheckpointLosesItsLinkAndNothingElse() throws {
    try withTemporaryFolder { folder in
      try Session().train(in: folder + "/run", until: .steps(1))
      let linked = folder + "/run/checkpoints/step-0"
      try FileManager.default.moveItem(atPath: linked, toPath: folder + "/moved")
      #expect(symlink("../../moved", linked) == 0)
      let before = try names(in: folder + "/moved")
      var session = Session()
      (session.keptCheckpoints, session.checkpointInterval) = (1, 1)
      let end = try session.train(in: folder + "/run", resuming: true, until: .steps(3))
      #expect(try names(in: folder + "/run/checkpoints") == ["step-3"])
      #expect(try names(in: folder + "/moved") == before && before.count > 3)
      #expect(!end.heard.events.contains { if case .left = $0 { true } else { false } })
    }
  }

  @Test(arguments: ["notes.txt", "inner/file"]) func anOldCheckpointWithOtherThingsStaysAndIsToldOnce(name: String)
    throws
  {
    try withTemporaryFolder { folder in
      try Session().train(in: folder, until: .steps(1))
      let path = folder + "/checkpoints/step-1"
      try write([1], to: path + "/" + name)
      // One that is in the place of a checkpoint to come.
      try write([2], to: folder + "/checkpoints/step-3/mine")
      var session = Session()
      (session.keptCheckpoints, session.checkpointInterval) = (1, 1)
      let end = try session.train(in: folder, resuming: true, until: .steps(5))
      #expect(try names(in: folder + "/checkpoints") == ["step-1", "step-3-kept", "step-5"])
      #expect(try bytes(path + "/" + name) == [1] && bytes(folder + "/checkpoints/step-3-kept/mine") == [2])
      _ = try TrainingState(checkpoint: path, declarations: session.task.declarations, plan: session.plan)
      let left = end.heard.events.compactMap { if case .left(let path, _) = $0 { path } else { nil } }
      #expect(left == [path, folder + "/checkpoints/step-3-kept"])
    }
  }

  @Test(arguments: ["file", "file/below"]) func aFileInTheWayOfTheRunIsNamed(name: String) throws {
    try withTemporaryFolder { folder in
      try write([1], to: folder + "/file")
      #expect {
        try TrainingRun(folder + "/" + name, resuming: false)
      } throws: {
        guard case FileFault.cannotCreate(let path, _) = $0 else { return false }
        return path.hasPrefix(folder + "/" + name)
      }
      #expect(try bytes(folder + "/file") == [1])
    }
  }

  @Test func anEmptyNameIsRefused() {
    for resuming in [false, true] {
      #expect { try TrainingRun("", resuming: resuming) } throws: { ($0 as? FileFault)?.exitStatus == .cannotCreate }
    }
  }

  @Test func aCheckpointThatCannotBeWrittenLeavesTheOthers() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      try Session().train(in: folder, until: .steps(1))
      let run = try TrainingRun(folder, resuming: true)
      #expect(throws: Stop.self) {
        try run.addCheckpoint(step: 2) { temporary in
          try AtomicFile.write(to: temporary + "/config.json", existing: .refuse) { try $0.write("{}") }
          throw Stop()
        }
      }
      #expect(try names(in: folder + "/checkpoints") == ["step-0", "step-1"])
      #expect(try run.folder.newestCheckpoint() == folder + "/checkpoints/step-1")
    }
  }
}
