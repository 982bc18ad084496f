import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints

@Suite struct ModelLocationTests {
  /// Fills a folder with a configuration and weights.
  private func makeModel(_ folder: String, average: Bool = false) throws {
    try write("{}".utf8, to: folder + "/config.json")
    let tensors = [StoredTensor("a", Tensor<Float>([2], [1, 2]))]
    try SafetensorsWriter.write(tensors, to: folder + "/model.safetensors")
    if average { try SafetensorsWriter.write(tensors, to: folder + "/average.safetensors") }
  }

  private func makeRun(_ run: String, steps: [Int], latest: String? = nil) throws {
    for step in steps { try makeModel(RunFolder(run).checkpointPath(step: step)) }
    if let latest { try write(latest.utf8, to: run + "/latest") }
  }

  @Test func theAverageIsTakenWhereThereIsOne() throws {
    try withTemporaryFolder { folder in
      try makeModel(folder + "/with", average: true)
      try makeModel(folder + "/without")
      #expect(try ModelLocation(folder + "/with").weightsPath == folder + "/with/average.safetensors")
      #expect(try ModelLocation(folder + "/with", weights: .raw).weightsPath == folder + "/with/model.safetensors")
      #expect(try ModelLocation(folder + "/without").weights == .raw)
      #expect {
        try ModelLocation(folder + "/without", weights: .average)
      } throws: { "\($0)".contains("no average") }
    }
  }

  /// A run that is killed after its checkpoint is in place and before `latest` is replaced goes on from that checkpoint.
  @Test func aRunMeansItsNewestCheckpointEvenWhereLatestIsBehind() throws {
    try withTemporaryFolder { run in
      try makeRun(run, steps: [9, 10, 200], latest: "step-10\n")
      #expect(try ModelLocation(run).folder == run + "/checkpoints/step-200")
      #expect(try ModelLocation(run).configurationPath == run + "/checkpoints/step-200/config.json")
      #expect(try RunFolder(run).newestStep(before: 200) == 10)
      #expect(try ModelLocation(run + "/checkpoints/step-9").folder == run + "/checkpoints/step-9")
    }
  }

  @Test(arguments: [nil, "", "step-300", "step-200", "../../elsewhere", "step-1/../../.."])
  func theNewestCompleteCheckpointIsTakenWhatever(latest: String?) throws {
    try withTemporaryFolder { run in
      try makeRun(run, steps: [9, 10, 200], latest: latest)
      // Step 200 is cut short; folders that are no checkpoints do not count.
      let weights = run + "/checkpoints/step-200/model.safetensors"
      try write(bytes(weights).dropLast(), to: weights)
      try makeModel(run + "/checkpoints/.kodama-0123456789abcdef")
      try makeModel(run + "/checkpoints/step-0400")
      try makeModel(run + "/checkpoints/step--5")
      #expect(try RunFolder(run).steps() == [9, 10, 200])
      #expect(try ModelLocation(run).folder == run + "/checkpoints/step-10")
    }
  }

  @Test func aRunWithoutACompleteCheckpointIsNoModel() throws {
    try withTemporaryFolder { run in
      try makeRun(run, steps: [])
      try write([], to: run + "/checkpoints/step-3/config.json")
      #expect { try ModelLocation(run) } throws: { "\($0)".contains("no complete checkpoint") }
    }
  }

  @Test func picklesAreRefusedWithTheWayToConvertThem() throws {
    try withTemporaryFolder { folder in
      try write([0x50, 0x4b, 0x03, 0x04, 0, 0, 0, 0, 0, 0], to: folder + "/any.name")
      try write([0x80, 0x04, 0x95], to: folder + "/model.pkl")
      for name in ["any.name", "model.pkl"] {
        #expect(throws: CheckpointFault.pickle(path: folder + "/" + name)) { try ModelLocation(folder + "/" + name) }
      }
      #expect { try ModelLocation(folder) } throws: { "\($0)".contains("model.pkl: a pickle") }
      #expect { try ModelLocation(folder) } throws: { "\($0)".contains("save_file(torch.load(") }
    }
  }

  @Test func shardsAreRefusedWhateverTheirIndexSays() throws {
    try withTemporaryFolder { folder in
      let index = folder + "/model.safetensors.index.json"
      try write(#"{"weight_map":{"a":"../../../etc/passwd"}}"#.utf8, to: index)
      try write("{}".utf8, to: folder + "/config.json")
      #expect(throws: CheckpointFault.sharded(index: index)) { try ModelLocation(folder) }
    }
  }

  @Test func whatIsNoModelIsSaid() throws {
    try withTemporaryFolder { folder in
      #expect { try ModelLocation(folder + "/none") } throws: { ($0 as? FileFault)?.exitStatus == .noInput }
      #expect { try ModelLocation(folder) } throws: { "\($0)".contains("the folder has no model.safetensors") }
      try SafetensorsWriter.write([], to: folder + "/model.safetensors")
      #expect { try ModelLocation(folder) } throws: { "\($0)".contains("the folder has no config.json") }
      #expect { try ModelLocation(folder + "/model.safetensors") } throws: { "\($0)".contains("it is a file") }
    }
  }

  /// A trainer removes old checkpoints while others read them.
  @Test func aModelThatWasFoundIsReadThoughItsFolderIsRemoved() throws {
    try withTemporaryFolder { run in
      try makeRun(run, steps: [1])
      let location = try ModelLocation(run)
      #expect(Folder.remove(location.folder, of: ModelFiles.names) == nil)
      #expect(try location.weightsReader().elements(of: "a", as: Float.self) == [1, 2])
      #expect { try location.configuration(version: 1, keys: []) } throws: { "\($0)".contains("format_version") }
    }
  }

  @Test func aCheckpointThatIsRemovedWhileItIsReadGivesWayToTheNext() throws {
    try withTemporaryFolder { run in
      try makeRun(run, steps: [1])
      var read: [String] = []
      let found = try RunFolder(run).withNewestCheckpoint { folder in
        read.append(folder)
        if folder.hasSuffix("step-1") {
          try makeRun(run, steps: [2])
          #expect(Folder.remove(folder, of: ModelFiles.names) == nil)
        }
        return try bytes(folder + "/config.json")
      }
      #expect(found == Array("{}".utf8) && read.map { $0.suffix(6) } == ["step-1", "step-2"])
      struct Bad: Error {}
      #expect(throws: Bad.self) { try RunFolder(run).withNewestCheckpoint { _ in throw Bad() } }
    }
  }
}
