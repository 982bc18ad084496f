#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that begins at a cache line.
///
/// Megabytes begin at a large page and come from the operating system itself, to which they go back: the C library's
/// heap would keep what lies between blocks of changing sizes. Linux is asked for large pages, because reading megabytes
/// again and again would otherwise wait for the translation of addresses.
package enum AlignedMemory {
  private static let cacheLine = 64
  private static let largePage = 2 << 20

  /// Memory whose content is undefined, to be given back by `deallocate` with the same size.
  package static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let memory = bytes < largePage ? small(bytes) : large(bytes)
    guard let memory else {
      let fault = ResourceFault.memory(bytes: bytes)
      ending.withLock { $0 }?(fault)
      fatalError(fault.description)
    }
    return memory
  }

  /// How a process ends that gets no memory; nil where it traps, as Swift's own collections do.
  private static let ending = Locked<(@Sendable (ResourceFault) -> Never)?>(nil)

  /// Ends the process by `end` where the system gives no memory. For the command alone, which has a message and a status
  /// for it; a program that uses the library decides for itself.
  package static func onFailure(_ end: @escaping @Sendable (ResourceFault) -> Never) { ending.withLock { $0 = end } }

  /// Gives memory of `bytes` bytes back.
  package static func deallocate(_ memory: UnsafeMutableRawPointer, bytes: Int) {
    if bytes < largePage { free(memory) } else { munmap(memory, rounded(bytes)) }
  }

  /// Asks for large pages under memory that was not touched yet: handing it out in pages of 4 KiB takes longer than
  /// computing what goes into it (measured on a minute's spectrogram: 14 of 24 ms).
  ///
  /// A hint: where it is not understood, or the memory is small, nothing changes.
  package static func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
    #if canImport(Glibc)
      guard let base = memory.baseAddress, memory.count >= largePage else { return }
      // Whole pages only: what shares a page with the ends belongs to others.
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

  /// Whole large pages: one more than needed is mapped, and what lies before and behind them is given back at once.
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
