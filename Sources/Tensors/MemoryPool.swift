import KodamaCore

/// Blocks of memory that are used again.
///
/// A training step asks for the same blocks as the step before it. Taking fresh memory each time would make the
/// operating system clear every page again, which costs more than some operators do. Free blocks are kept only as far as
/// all blocks together stay within what was in use at once, and a little more, so signals of many lengths do not pile up
/// memory.
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

/// The free blocks by size, as addresses, because pointers are not Sendable; each is a block that nobody else holds.
private struct Blocks {
  private var free: [Int: [UInt]] = [:]
  private(set) var freeBytes = 0
  private var bytesInUse = 0
  private var mostInUse = 0
  /// So many bytes more than were in use at once may be kept: operators in turn take a little memory of different sizes,
  /// and each of them would cost a large block. A constant, so that where much is in use it does not count.
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

  /// Gives free blocks back to the operating system until no more than `limit` bytes are left: the smallest that is
  /// enough, or else the largest. A large one would be cleared page by page when it is taken again.
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
