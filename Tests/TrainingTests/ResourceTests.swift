#if os(Linux)
  import Glibc
  import KodamaCheckpoints
  import KodamaCore
  import TestSupport
  import Testing

  @testable import KodamaTraining

  /// What training takes of the machine, in processes of its own.
  @Suite struct ResourceTests {
    /// The resident size of this process in bytes.
    private static func residentBytes() throws -> Int {
      let pages = String(decoding: try bytes("/proc/self/statm"), as: UTF8.self).split(separator: " ")[1]
      return try #require(Int(pages)) * sysconf(Int32(_SC_PAGESIZE))
    }

    @Test func twoHundredStepsHoldTheResidentSize() async {
      await #expect(processExitsWith: .success) {
        try withTemporaryFolder { folder in
          // Large enough that what one step leaves behind would be seen: about 1 MB of activations.
          var session = Session { $0.batchSize = 4 }
          session.corpus = NoiseCorpus(lengths: [Int](repeating: 2000, count: 30), length: 2000)
          session.task.dropout = 0.1
          session.checkpointInterval = 50
          try session.train(in: folder, until: .steps(20))
          let before = try Self.residentBytes()
          try session.train(in: folder, resuming: true, until: .steps(220))
          let growth = try Self.residentBytes() - before
          try #require(growth < 3_000_000, "grew by \(growth) bytes")
        }
      }
    }

    @Test func aFullDiskKeepsTheCheckpointsThatAreThere() async {
      await #expect(processExitsWith: .success) {
        try withTemporaryFolder { folder in
          let session = Session()
          try session.train(in: folder, until: .steps(2))
          let before = try names(in: folder + "/checkpoints")
          let weights = try bytes(folder + "/checkpoints/step-2/model.safetensors")

          signal(SIGXFSZ, SIG_IGN)
          var limit = rlimit()
          limit.rlim_cur = rlim_t(weights.count / 2)
          limit.rlim_max = rlim_t.max
          try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
          try #require {
            try session.train(in: folder, resuming: true, until: .steps(4))
          } throws: {
            ($0 as? FileFault)?.exitStatus == .inputOutput
          }
          try #require(try names(in: folder + "/checkpoints") == before)
          try #require(try bytes(folder + "/checkpoints/step-2/model.safetensors") == weights)
          try #require(try RunFolder(folder).newestCheckpoint() == folder + "/checkpoints/step-2")
        }
      }
    }
  }
#endif
