import KodamaCore
import Testing

@Suite struct LockedTests {
  @Test func oneThreadAtATimeHasTheValue() {
    let counts = Locked([Int](repeating: 0, count: 3))
    Workers(threads: 4).forEach(parts: 1000) { part in
      counts.withLock { counts in
        counts[part % 3] += 1
        if part % 7 == 0 { counts = counts.map { $0 } }
      }
    }
    #expect(counts.withLock { $0 } == [334, 333, 333])
  }

  @Test func anErrorUnlocks() {
    struct Failure: Error {}
    let value = Locked(1)
    #expect(throws: Failure.self) {
      try value.withLock { (value: inout Int) throws(Failure) in
        value = 2
        throw Failure()
      }
    }
    #expect(value.withLock { $0 } == 2)
  }
}
