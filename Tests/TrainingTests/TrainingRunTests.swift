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
      try write([1], to: folder + "/checkpoints/step-2.partial-99/model.safetensors.partial-99")
      try write([1], to: folder + "/checkpoints/step-0.partial-7/config.json")
      _ = try TrainingRun(folder, resuming: true)
      #expect(try names(in: folder + "/checkpoints") == ["step-0", "step-1"])
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
