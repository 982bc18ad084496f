import KodamaCore

/// A block of memory that tensors share until one of them writes.
///
/// `@unchecked Sendable`: the memory is written only through a tensor that is its sole owner (`Tensor.mutable`), or by
/// the parts of one parallel loop, each of which writes its own elements.
final class Storage<S: BitwiseCopyable>: @unchecked Sendable {
  let base: UnsafeMutablePointer<S>
  let count: Int
  private let pool: MemoryPool?
  /// The storage that this is a part of; nil where it owns its memory.
  private let whole: Storage?

  /// Memory for `count` elements with undefined content; from a pool if given.
  init(count: Int, memory pool: MemoryPool?) {
    self.count = count
    self.pool = pool
    whole = nil
    let bytes = max(1, count) * MemoryLayout<S>.stride
    let memory = pool?.take(bytes: bytes) ?? AlignedMemory.allocate(bytes: bytes)
    base = memory.bindMemory(to: S.self, capacity: max(1, count))
  }

  /// A part of another storage, which it retains.
  init(_ range: Range<Int>, of whole: Storage) {
    precondition(range.lowerBound >= 0 && range.upperBound <= whole.count, "elements \(range) of \(whole.count)")
    count = range.count
    base = whole.base + range.lowerBound
    pool = nil
    self.whole = whole
  }

  /// Whether the memory belongs to another storage, so that writes would be visible there.
  var isPart: Bool { whole != nil }

  deinit {
    if whole != nil { return }
    let bytes = max(1, count) * MemoryLayout<S>.stride
    if let pool { pool.give(base, bytes: bytes) } else { AlignedMemory.deallocate(base, bytes: bytes) }
  }
}
