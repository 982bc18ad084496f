#if os(Linux)
  import Glibc
  import TestSupport
  import Testing

  @testable import KodamaCheckpoints

  /// What a hostile file costs in memory, measured in child processes whose memory may grow by 1 MB only.
  @Suite struct AllocationTests {
    /// Runs `body` while the process may take at most 1 MB more writable memory than it has; an allocation beyond that
    /// fails and ends the process.
    private static func withOneMegabyte(_ body: () throws -> Void) throws {
      let status = String(decoding: try bytes("/proc/self/status"), as: UTF8.self)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmData:") })
      let size = try #require(rlim_t(line.filter(\.isNumber))) * 1024
      setDataLimit(size)
      defer { setDataLimit(rlim_t.max) }
      // Memory that was freed before must not serve what is asked for now: take all of it, as a list of blocks.
      var blocks: UnsafeMutableRawPointer?
      while let block = malloc(65_536) {
        block.storeBytes(of: blocks, as: UnsafeMutableRawPointer?.self)
        blocks = block
      }
      defer {
        while let block = blocks {
          blocks = block.load(as: UnsafeMutableRawPointer?.self)
          free(block)
        }
      }
      setDataLimit(size + 1_000_000)
      try body()
    }

    private static func setDataLimit(_ bytes: rlim_t) {
      let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
      var limit = rlimit()
      getrlimit(resource, &limit)
      limit.rlim_cur = min(bytes, limit.rlim_max)
      setrlimit(resource, &limit)
    }

    @Test func aHostileFileCostsUnderOneMegabyte() async {
      await #expect(processExitsWith: .success) {
        try withTemporaryFolder { folder in
          let files = MalformedSafetensorsTests.all
          for (index, file) in files.enumerated() { try write(file.bytes, to: folder + "/\(index)") }
          func countRead() -> Int { files.indices.count { (try? SafetensorsReader(folder + "/\($0)")) != nil } }
          // Once before, so that what the process loads on first use is not counted.
          #expect(countRead() == 0)
          try Self.withOneMegabyte { #expect(countRead() == 0) }
        }
      }
    }

    @Test func theLimitEndsAProcessThatTakesMore() async {
      await #expect(processExitsWith: .failure) {
        try Self.withOneMegabyte {
          let memory = [UInt8](unsafeUninitializedCapacity: 1_500_000) { _, count in count = 0 }
          #expect(memory.capacity >= 1_500_000)
        }
      }
    }
  }
#endif
