import CKernels

/// Columns one behind the other in memory, and the list of their places that kernels take.
///
/// `@unchecked Sendable`: the owner sees to it that no two threads touch one column.
final class Columns: @unchecked Sendable {
  let count: Int
  /// Where they stand. The conditions of a column are its own unless told otherwise.
  let places: UnsafeMutablePointer<kodama_place>
  private let memory: ByteMemory

  /// - Parameter bytes: of one column, a multiple of 64.
  init(count: Int, bytes: Int) {
    self.count = count
    memory = ByteMemory(count: count * bytes)
    places = .allocate(capacity: count)
    for index in 0..<count {
      let base = (memory.base + index * bytes).assumingMemoryBound(to: CChar.self)
      (places + index).initialize(to: kodama_place(base: base, conditions: base))
    }
  }

  /// Columns of the same content.
  convenience init(copying other: Columns) {
    self.init(count: other.count, bytes: other.memory.count / other.count)
    memory.base.copyMemory(from: other.memory.base, byteCount: memory.count)
  }

  deinit { places.deallocate() }

  /// The beginning of a column.
  subscript(index: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(places[index].base) }
}
