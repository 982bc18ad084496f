#if canImport(Glibc)
  import Glibc
#endif

/// Single-precision numbers at the beginning of a cache line, at first 0. Where there are megabytes of them, Linux is
/// asked for large pages: reading megabytes again and again would otherwise wait for the translation of addresses.
///
/// `@unchecked Sendable`: the owner writes only while nobody else holds it.
final class AlignedMemory: @unchecked Sendable {
  private static let cacheLine = 64
  private static let largePage = 2 << 20

  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = max(1, count) * MemoryLayout<Float>.stride
    let isLarge = bytes >= Self.largePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: isLarge ? bytes.roundedUp(toMultipleOf: Self.largePage) : bytes,
      alignment: isLarge ? Self.largePage : Self.cacheLine)
    #if canImport(Glibc)
      // Advice: where it is not taken, pages are small.
      if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    #endif
    base = memory.bindMemory(to: Float.self, capacity: max(1, count))
    base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
