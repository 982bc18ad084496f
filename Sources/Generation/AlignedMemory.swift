/// Single-precision numbers at the beginning of a cache line, at first 0.
///
/// `@unchecked Sendable`: the owner writes only while nobody else holds it.
final class AlignedMemory: @unchecked Sendable {
  static let alignment = 64

  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    base = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: Self.alignment
    ).bindMemory(to: Float.self, capacity: max(1, count))
    base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
