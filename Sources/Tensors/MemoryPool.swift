import KodamaCore

/// A pool of reusable memory blocks.
///
/// A training step requests the same blocks as the previous one. With fresh memory each time, the operating system
/// would clear every page again, which costs more than some operators do. The total size is capped at peak usage plus a
/// small slack, so signals of many lengths do not accumulate memory.
package final class MemoryPool: Sendable {
  private let blocks = Locked(Blocks())

  package init() {}

  deinit { blocks.withLock { $0.release(downTo: 0) } }

  func take(bytes: Int) -> UnsafeMutableRawPointer {
    let address = blocks.withLock { $0.take(bytes) }
    return address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) } ?? AlignedMemory.allocate(bytes: bytes)
  }

  func give(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let address = UInt(bitPattern: pointer)
    blocks.withLock { $0.give(address, bytes) }
  }

  /// Calls `body` with memory whose content is undefined.
  func withScratch<R>(bytes: Int, _ body: (UnsafeMutableRawPointer) throws -> R) rethrows -> R {
    let memory = take(bytes: bytes)
    defer { give(memory, bytes: bytes) }
    return try body(memory)
  }

  /// The bytes of free blocks.
  var freeBytes: Int { blocks.withLock { $0.freeBytes } }
}

/// The free blocks by size, as addresses, because pointers are not Sendable; each is unused.
private struct Blocks {
  private var free: [Int: [UInt]] = [:]
  private(set) var freeBytes = 0
  private var bytesInUse = 0
  private var mostInUse = 0
  /// The bytes that may be kept beyond peak usage: operators allocate small blocks of different sizes in turn, each of
  /// which would otherwise evict a large block. A constant, which is negligible where usage is large.
  private static let slack = 1 << 20

  mutating func take(_ bytes: Int) -> UInt? {
    bytesInUse += bytes
    mostInUse = max(mostInUse, bytesInUse)
    if let address = free[bytes]?.popLast() {
      freeBytes -= bytes
      return address
    }
    release(downTo: mostInUse + Self.slack - bytesInUse)
    return nil
  }

  mutating func give(_ address: UInt, _ bytes: Int) {
    bytesInUse -= bytes
    freeBytes += bytes
    free[bytes, default: []].append(address)
  }

  /// Returns free blocks to the operating system until at most `limit` bytes are left: the smallest sufficient one, or
  /// else the largest. A large one would have to be cleared page by page when allocated again.
  mutating func release(downTo limit: Int) {
    while freeBytes > limit {
      let excess = freeBytes - limit
      guard let size = free.keys.filter({ $0 >= excess }).min() ?? free.keys.max() else { return }
      guard let address = free[size]?.popLast(), let block = UnsafeMutableRawPointer(bitPattern: address) else {
        free[size] = nil
        continue
      }
      AlignedMemory.deallocate(block, bytes: size)
      freeBytes -= size
    }
  }
}

/// The resources of operators: threads, and memory for results and intermediate values.
package struct Resources: Sendable {
  /// The threads of operators.
  package let workers: Workers
  /// The pool for results and intermediate values.
  package let memory: MemoryPool

  package init(workers: Workers, memory: MemoryPool = MemoryPool()) {
    self.workers = workers
    self.memory = memory
  }
}
