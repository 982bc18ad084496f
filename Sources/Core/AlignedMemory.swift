#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that begins at a cache line. Where there are megabytes of it, it begins at a large page and Linux is asked for
/// such pages: reading megabytes again and again would otherwise wait for the translation of addresses.
package enum AlignedMemory {
  private static let cacheLine = 64
  private static let largePage = 2 << 20

  /// Memory whose content is undefined, to be given back by `deallocate`.
  package static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let isLarge = bytes >= largePage
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, isLarge ? largePage : cacheLine, max(1, bytes)) == 0, let memory else {
      fatalError("out of memory: \(bytes) bytes were asked for")
    }
    #if canImport(Glibc)
      // Advice: where it is not taken, pages are small.
      if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    #endif
    return memory
  }

  /// Gives memory back.
  package static func deallocate(_ memory: UnsafeMutableRawPointer) { free(memory) }
}
