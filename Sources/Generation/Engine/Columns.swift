/// Columns one behind the other in memory, and the list of their beginnings that kernels take.
///
/// `@unchecked Sendable`: the owner sees to it that no two threads touch one column.
final class Columns: @unchecked Sendable {
  let count: Int
  /// The beginnings.
  let bases: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let memory: ByteMemory

  /// - Parameter bytes: of one column, a multiple of 64.
  init(count: Int, bytes: Int) {
    self.count = count
    memory = ByteMemory(count: count * bytes)
    bases = .allocate(capacity: count)
    for index in 0..<count {
      (bases + index).initialize(to: (memory.base + index * bytes).assumingMemoryBound(to: CChar.self))
    }
  }

  /// Columns of the same content.
  convenience init(copying other: Columns) {
    self.init(count: other.count, bytes: other.memory.count / other.count)
    memory.base.copyMemory(from: other.memory.base, byteCount: memory.count)
  }

  /// All bytes become 0.
  func clear() { memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: memory.count) }

  deinit { bases.deallocate() }

  /// The beginning of a column.
  subscript(index: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(bases[index]!) }
}
