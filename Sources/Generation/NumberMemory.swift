import KodamaCore

/// Single-precision numbers at the beginning of a cache line, at first 0.
///
/// `@unchecked Sendable`: the owner writes only while nobody else holds it.
final class NumberMemory: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let memory = AlignedMemory.allocate(bytes: count * MemoryLayout<Float>.stride)
    base = memory.bindMemory(to: Float.self, capacity: max(1, count))
    base.initialize(repeating: 0, count: count)
  }

  deinit { AlignedMemory.deallocate(base, bytes: count * MemoryLayout<Float>.stride) }
}
