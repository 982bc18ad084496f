#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory aligned to cache lines.
///
/// Blocks of 2 MiB and more are aligned to large pages and mapped directly from the operating system, so that freeing
/// them returns the memory: the C library's heap would keep the fragments between blocks of changing sizes. On Linux,
/// large pages are requested, because repeated passes over megabytes are otherwise limited by address translation (TLB
/// misses).
package enum AlignedMemory {
  private static let cacheLine = 64
  private static let largePage = 2 << 20

  /// Allocates memory with undefined content, to be freed by `deallocate` with the same size.
  package static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let memory = bytes < largePage ? small(bytes) : large(bytes)
    guard let memory else {
      let fault = ResourceFault.memory(bytes: bytes)
      failureHandler.withLock { $0 }?(fault)
      fatalError(fault.description)
    }
    return memory
  }

  /// Called when an allocation fails; nil to trap, as Swift's own collections do.
  private static let failureHandler = Locked<(@Sendable (ResourceFault) -> Never)?>(nil)

  /// Sets the function that ends the process when an allocation fails. For the command only, which prints a message and
  /// exits with its own status; a program that uses the library decides for itself.
  package static func onFailure(_ end: @escaping @Sendable (ResourceFault) -> Never) {
    failureHandler.withLock { $0 = end }
  }

  /// Frees memory of `bytes` bytes.
  package static func deallocate(_ memory: UnsafeMutableRawPointer, bytes: Int) {
    if bytes < largePage { free(memory) } else { munmap(memory, rounded(bytes)) }
  }

  /// Requests large pages for memory that was not touched yet: faulting it in by pages of 4 KiB can take longer than
  /// computing its content (measured on a one-minute spectrogram: 14 of 24 ms).
  ///
  /// A hint: ignored where unsupported or where the memory is small.
  package static func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
    #if canImport(Glibc)
      guard let base = memory.baseAddress, memory.count >= largePage else { return }
      // Whole pages only: the partial pages at the ends are shared with other allocations.
      let page = Int(sysconf(Int32(_SC_PAGESIZE)))
      let start = (Int(bitPattern: base) + page - 1) / page * page
      let end = (Int(bitPattern: base) + memory.count) / page * page
      madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE)
    #endif
  }

  private static func small(_ bytes: Int) -> UnsafeMutableRawPointer? {
    var memory: UnsafeMutableRawPointer?
    return posix_memalign(&memory, cacheLine, max(1, bytes)) == 0 ? memory : nil
  }

  /// Maps one large page more than needed, then unmaps the excess before and after the aligned range.
  private static func large(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let size = rounded(bytes)
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let mapped = mmap(nil, size + largePage, PROT_READ | PROT_WRITE, flags, -1, 0), mapped != MAP_FAILED else {
      return nil
    }
    let before = (largePage - Int(bitPattern: mapped) % largePage) % largePage
    let memory = mapped + before
    if before > 0 { munmap(mapped, before) }
    if before < largePage { munmap(memory + size, largePage - before) }
    preferLargePages(UnsafeMutableRawBufferPointer(start: memory, count: size))
    return memory
  }

  private static func rounded(_ bytes: Int) -> Int { (bytes + largePage - 1) / largePage * largePage }
}
