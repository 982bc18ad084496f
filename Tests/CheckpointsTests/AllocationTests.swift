#if os(Linux)
  import Glibc
  import TestSupport
  import Testing

  @testable import KodamaCheckpoints

  /// What a hostile header costs in memory, measured in child processes whose address space may grow by 1 MB only.
  @Suite struct AllocationTests {
    /// Runs `body` while the process may take at most 1 MB more memory than it has; beyond that allocation fails and the
    /// process ends.
    private static func withOneMegabyte(_ body: () throws -> Void) throws {
      let status = String(decoding: try bytes("/proc/self/status"), as: UTF8.self)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmSize:") })
      let size = try #require(Int(line.filter(\.isNumber))) * 1024
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
      var limit = rlimit()
      getrlimit(resource, &limit)
      let former = limit.rlim_cur
      limit.rlim_cur = rlim_t(size + 1_000_000)
      #expect(setrlimit(resource, &limit) == 0)
      defer {
        limit.rlim_cur = former
        setrlimit(resource, &limit)
      }
      try body()
    }

    @Test func aHostileHeaderCostsUnderOneMegabyte() async {
      await #expect(processExitsWith: .success) {
        try withTemporaryFolder { folder in
          let all =
            MalformedSafetensorsTests.lengths + MalformedSafetensorsTests.tensors + MalformedSafetensorsTests.ranges
          for (index, malformed) in all.enumerated() { try write(malformed.file, to: folder + "/\(index)") }
          func readAll() -> Int {
            all.indices.count { (try? SafetensorsReader(folder + "/\($0)")) != nil }
          }
          // Once before, so that code and caches loaded on first use are not counted.
          #expect(readAll() == 0)
          try Self.withOneMegabyte { #expect(readAll() == 0) }
        }
      }
    }

    @Test func theLimitEndsAProcessThatTakesMore() async {
      await #expect(processExitsWith: .failure) {
        try Self.withOneMegabyte {
          let memory = [UInt8](unsafeUninitializedCapacity: 2_000_000) { _, count in count = 0 }
          #expect(memory.capacity >= 2_000_000)
        }
      }
    }
  }
#endif
