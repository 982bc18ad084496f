import KodamaCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where operators work: the threads they share, and the blocks of memory they use again.
///
/// A training step asks for the same blocks as the step before it. Taking fresh memory each time would make the
/// operating system clear every page again, which costs more than some operators do.
public final class Workspace: Sendable {
  /// The threads that operators share.
  public let workers: Workers
  // Raw addresses, because pointers are not Sendable; each is a block that nobody else holds.
  private let free = Mutex<[Int: [UInt]]>([:])

  /// A workspace whose operators run on `workers`.
  public init(workers: Workers = .serial) { self.workers = workers }

  deinit { releaseMemory() }

  /// Gives the free blocks back to the operating system.
  public func releaseMemory() {
    free.withLock { blocks in
      for address in blocks.values.joined() { UnsafeMutableRawPointer(bitPattern: address).map { Self.release($0) } }
      blocks = [:]
    }
  }

  private static func release(_ pointer: UnsafeMutableRawPointer) {
    #if canImport(Glibc)
      Glibc.free(pointer)
    #else
      Darwin.free(pointer)
    #endif
  }

  func take(bytes: Int) -> UnsafeMutableRawPointer {
    let address = free.withLock { $0[bytes]?.popLast() }
    return address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) } ?? Memory.allocate(bytes: bytes)
  }

  func give(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let address = UInt(bitPattern: pointer)
    free.withLock { $0[bytes, default: []].append(address) }
  }
}
