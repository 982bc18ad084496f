import Foundation
import Synchronization
import Testing

@testable import KodamaCore

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 7]) func everyPartRunsOnce(threads: Int) {
    let sum = Atomic<Int>(0)
    let count = Atomic<Int>(0)
    Workers(threads: threads).forEach(parts: 1000) {
      sum.add($0, ordering: .relaxed)
      count.add(1, ordering: .relaxed)
    }
    #expect(count.load(ordering: .relaxed) == 1000)
    #expect(sum.load(ordering: .relaxed) == 499_500)
  }

  @Test func loopsMayBeNested() {
    let sum = Atomic<Int>(0)
    Workers(threads: 4).forEach(parts: 20) { outer in
      Workers(threads: 3).forEach(parts: 20) { inner in
        Workers(threads: 2).forEach(parts: 5) { sum.add(outer * 100 + inner * 5 + $0, ordering: .relaxed) }
      }
    }
    #expect(sum.load(ordering: .relaxed) == (0..<2000).reduce(0) { $0 + $1 / 100 * 100 + $1 % 100 })
  }

  /// What parts write without a lock is there when the loop returns, also where many threads run loops at once.
  @Test func whatPartsWriteIsThere() {
    let right = Workers(threads: 8).map(parts: 100) { part in
      (0..<20).allSatisfy { _ in Workers(threads: 3).map(parts: 50) { part * $0 } == (0..<50).map { part * $0 } }
    }
    #expect(right.count == 100 && right.allSatisfy { $0 })
  }

  @Test func aSingleSlowPartIsWaitedFor() {
    let done = Workers(threads: 2).map(parts: 2) { part in
      if part == 1 { usleep(50_000) }
      return part
    }
    #expect(done == [0, 1])
  }

  @Test func severalThreadsWorkAtOnce() {
    // Each part waits for the other, so one thread alone would not end.
    let arrived = Atomic<Int>(0)
    Workers(threads: 2).forEach(parts: 2) { _ in
      arrived.add(1, ordering: .relaxed)
      while arrived.load(ordering: .relaxed) < 2 { sched_yield() }
    }
    #expect(arrived.load(ordering: .relaxed) == 2)
  }

  @Test func runsAreFewAndNearlyEqual() {
    #expect(Workers.runs(of: 3..<11, most: 3) == [3..<5, 5..<8, 8..<11])
    #expect(Workers.runs(of: 3..<11, most: 8) == [3..<11] && Workers.runs(of: 3..<11, most: .max) == [3..<11])
    #expect(Workers.runs(of: 0..<2, most: 1) == [0..<1, 1..<2])
  }

  @Test func rangesCoverTheItemsInOrder() {
    for (parts, count) in [(1, 5), (3, 10), (7, 3), (4, 0)] {
      let ranges = (0..<parts).map { Workers.range(of: $0, parts: parts, count: count) }
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    }
  }
}

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
