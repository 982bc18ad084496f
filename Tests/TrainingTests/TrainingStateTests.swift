import Foundation
import KodamaCheckpoints
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainingStateTests {
  private let session = Session()

  private func load(_ folder: String) throws -> TrainingState {
    try TrainingState(checkpoint: folder, declarations: session.task.declarations, plan: session.plan)
  }

  /// A checkpoint of three steps.
  private func withCheckpoint(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try session.train(in: folder, until: .steps(3))
      try body(folder + "/checkpoints/step-3")
    }
  }

  @Test func itComesBackAsItWas() throws {
    try withTemporaryFolder { folder in
      let state = try session.train(in: folder, until: .steps(3)).state
      let loaded = try load(folder + "/checkpoints/step-3")
      #expect(loaded.parameters == state.parameters)
      #expect(loaded.average?.parameters == state.average?.parameters)
      #expect(loaded.optimizer.state == state.optimizer.state)
      #expect(loaded.step == 3 && loaded.examplesDrawn == 6 && loaded.seconds == state.seconds)
    }
  }

  @Test func theAverageIsBest() throws {
    try withTemporaryFolder { folder in
      let state = try session.train(in: folder, until: .steps(3)).state
      #expect(state.bestParameters == state.average?.parameters)
      #expect(state.bestParameters != state.parameters)
      let plain = try Session { $0.averageDecay = 0 }.train(in: folder + "/plain", until: .steps(3)).state
      #expect(plain.bestParameters == plain.parameters)
      #expect(!AtomicFile.exists(folder + "/plain/checkpoints/step-3/average.safetensors"))
    }
  }

  @Test(arguments: [
    ("\"step\" : 3", "\"step\" : -3"), ("\"examples_drawn\" : 6", "\"examples_drawn\" : -6"),
    ("\"rollbacks\" : 0", "\"rollbacks\" : -1"), ("\"average_updates\" : 3", "\"average_updates\" : -1"),
    ("\"rate_factor\" : 1", "\"rate_factor\" : 0"), ("\"rate_factor\" : 1", "\"rate_factor\" : 2"),
    ("\"rate_factor\" : 1", "\"rate_factor\" : \"one\""), ("\"format_version\" : 2", "\"format_version\" : 9"),
    ("\"step\" : 3", "\"step\" : 3.5"), ("\"step\" : 3,", ""), ("{", ""),
    ("\"seconds\" : ", "\"seconds\" : -"),
  ]) func aFieldThatMakesNoSenseIsNamed(change: (old: String, new: String)) throws {
    try withCheckpoint { folder in
      let path = folder + "/trainer.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let spaced = text.replacingOccurrences(of: "\":", with: "\" :")
      try #require(spaced.contains(change.old), "\(text)")
      try write(spaced.replacingOccurrences(of: change.old, with: change.new).utf8, to: path)
      #expect { try load(folder) } throws: {
        guard let fault = $0 as? any Fault else { return false }
        return fault.exitStatus == .badData && fault.description.contains(path)
      }
    }
  }

  @Test(arguments: ["model.safetensors", "average.safetensors", "trainer.safetensors", "trainer.json"])
  func aFileCutAnywhereIsRefused(name: String) throws {
    try withCheckpoint { folder in
      let path = folder + "/" + name
      let whole = try bytes(path)
      for length in stride(from: 0, to: whole.count - 1, by: max(1, whole.count / 40)) {
        try write(whole.prefix(length), to: path)
        #expect { try load(folder) } throws: {
          ($0 as? any Fault)?.exitStatus == .badData && "\($0)".contains(path)
        }
      }
    }
  }

  @Test func anAverageIsBegunWhereNoneWasKept() throws {
    try withTemporaryFolder { folder in
      let plain = try Session { $0.averageDecay = 0 }.train(in: folder, until: .steps(3)).state
      let loaded = try load(folder + "/checkpoints/step-3")
      #expect(loaded.average?.parameters == plain.parameters)
      #expect(loaded.average?.updates == 0)
    }
  }
}
