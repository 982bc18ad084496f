import KodamaCore

/// A block of memory that tensors share until one of them writes.
///
/// `@unchecked Sendable`: the memory is written only through a tensor that is its sole owner (`Tensor.mutable`), or by
/// the parts of one parallel loop, each of which writes its own elements.
final class Storage<S: Scalar>: @unchecked Sendable {
  let base: UnsafeMutablePointer<S>
  let count: Int
  private let workspace: Workspace?

  /// Memory for `count` elements, its content undefined; from the workspace's free blocks where one is given.
  init(count: Int, workspace: Workspace?) {
    self.count = count
    self.workspace = workspace
    let bytes = max(1, count) * MemoryLayout<S>.stride
    let memory = workspace?.take(bytes: bytes) ?? AlignedMemory.allocate(bytes: bytes)
    base = memory.bindMemory(to: S.self, capacity: max(1, count))
  }

  deinit {
    let bytes = max(1, count) * MemoryLayout<S>.stride
    if let workspace { workspace.give(base, bytes: bytes) } else { AlignedMemory.deallocate(base, bytes: bytes) }
  }
}
