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

  /// Mixes all whole words of 64 bits into a hash.
  func combine(into hash: inout StableHash.State) {
    let words = base.assumingMemoryBound(to: UInt64.self)
    for index in 0..<count / 8 { hash.combine(words[index]) }
  }

  deinit { AlignedMemory.deallocate(base, bytes: count) }
}
