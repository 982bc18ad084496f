import KodamaCore

/// Bytes at the beginning of a cache line, at first 0.
///
/// `@unchecked Sendable`: the owner writes only while nobody else holds it.
final class ByteMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    base = AlignedMemory.allocate(bytes: count)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  deinit { AlignedMemory.deallocate(base, bytes: count) }
}
