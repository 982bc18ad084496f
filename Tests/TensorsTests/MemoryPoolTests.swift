import Testing

@testable import KodamaTensors

@Suite struct MemoryPoolTests {
  @Test func aFreedBlockIsUsedAgain() {
    let memory = MemoryPool()
    var first: UnsafePointer<Float>?
    do { first = Tensor<Float>([1000], memory: memory).region.base }
    #expect(memory.freeBytes == 4000)
    let second = Tensor<Float>([1000], memory: memory)
    #expect(second.region.base == first)
    #expect(memory.freeBytes == 0)
  }

  /// No more is kept than the most that was in use at once, and a megabyte.
  @Test func blocksOfManySizesDoNotPileUp() {
    let memory = MemoryPool()
    for length in 100_000..<100_100 { _ = Tensor<Float>([length], memory: memory) }
    #expect(memory.freeBytes <= 100_100 * 4 + (1 << 20))
  }

  /// What a little memory of other sizes costs is not the block that everything waits for.
  @Test func aLargeBlockIsKeptWhereSmallOnesComeAndGo() {
    let memory = MemoryPool()
    func large() -> UnsafePointer<Float> { Tensor<Float>([1 << 20], memory: memory).region.base }
    let first = large()
    for length in 1000..<1020 {
      _ = Tensor<Float>([length], memory: memory)
      #expect(large() == first)
    }
  }

  /// A step that needs some sizes first and others later finds both in the next step.
  @Test func stepsOfChangingSizesUseTheSameBlocks() {
    let memory = MemoryPool()
    for _ in 0..<3 {
      for (count, megabytes) in [(4, 4), (2, 3)] {
        let tensors = (0..<count).map { _ in Tensor<Float>([megabytes << 18], memory: memory) }
        withExtendedLifetime(tensors) {}
      }
    }
    #expect(memory.freeBytes == (4 * 4 + 2 * 3) << 20)
  }
}
