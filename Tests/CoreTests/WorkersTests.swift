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

  @Test func rangesCoverTheItemsInOrder() {
    for (parts, count) in [(1, 5), (3, 10), (7, 3), (4, 0)] {
      let ranges = (0..<parts).map { Workers.range(of: $0, parts: parts, count: count) }
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    }
  }
}
