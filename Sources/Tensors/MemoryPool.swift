import KodamaCore

/// A pool of reusable memory blocks.
///
/// A training step requests the same blocks as the previous one. With fresh memory each time, the operating system
/// would clear every page again, which costs more than some operators do. Blocks of sizes that never came again are kept
/// up to peak usage plus a small slack, so signals of many lengths do not accumulate memory; with those of sizes that
/// did, the total may exceed that by half the peak: a step that needs different sizes at different times would
/// otherwise return in one half what it allocates in the other.
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
  /// The sizes of blocks that were taken from the pool at some time.
  private var recurring: Set<Int> = []

  mutating func take(_ bytes: Int) -> UInt? {
    bytesInUse += bytes
    mostInUse = max(mostInUse, bytesInUse)
    if let address = free[bytes]?.popLast() {
      freeBytes -= bytes
      recurring.insert(bytes)
      return address
    }
    let limit = mostInUse + Self.slack - bytesInUse
    release(downTo: limit) { [recurring] in !recurring.contains($0) }
    release(downTo: limit + mostInUse / 2)
    return nil
  }

  mutating func give(_ address: UInt, _ bytes: Int) {
    bytesInUse -= bytes
    freeBytes += bytes
    free[bytes, default: []].append(address)
  }

  /// Returns free blocks to the operating system until at most `limit` bytes are left or there are none of the sizes in
  /// question: the smallest sufficient one, or else the largest. A large one would have to be cleared page by page when
  /// allocated again.
  mutating func release(downTo limit: Int, where isInQuestion: (Int) -> Bool = { _ in true }) {
    while freeBytes > limit {
      let (excess, sizes) = (freeBytes - limit, free.keys.filter(isInQuestion))
      guard let size = sizes.filter({ $0 >= excess }).min() ?? sizes.max() else { return }
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
