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
    #expect(workspace.freeBytes <= 1500 * 4)
  }
}
