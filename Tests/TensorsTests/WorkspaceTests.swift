import Testing

@testable import KodamaTensors

@Suite struct WorkspaceTests {
  @Test func aFreedBlockIsUsedAgain() {
    let workspace = Workspace()
    var first: UnsafePointer<Float>?
    do { first = Tensor<Float>([1000], workspace: workspace).region.base }
    #expect(workspace.freeBytes == 4000)
    let second = Tensor<Float>([1000], workspace: workspace)
    #expect(second.region.base == first)
    #expect(workspace.freeBytes == 0)
  }

  @Test func blocksOfManySizesDoNotPileUp() {
    let workspace = Workspace()
    for length in 1000..<1500 { _ = Tensor<Float>([length], workspace: workspace) }
    #expect(workspace.freeBytes <= 1500 * 4 * 33 / 32)
  }

  /// What a little memory of other sizes costs is not the block that everything waits for.
  @Test func aLargeBlockIsKeptWhereSmallOnesComeAndGo() {
    let workspace = Workspace()
    func large() -> UnsafePointer<Float> { Tensor<Float>([1 << 20], workspace: workspace).region.base }
    let first = large()
    for length in 1000..<1020 {
      _ = Tensor<Float>([length], workspace: workspace)
      #expect(large() == first)
    }
  }
}
