import KodamaCore

/// A least-recently-used cache of pages of recordings, up to a number of bytes.
final class PageCache: Sendable {
  struct Key: Hashable {
    let recording: Int
    let page: Int
  }

  private struct Pages {
    var samples: [Key: [Float]] = [:]
    var lastUse: [Key: UInt64] = [:]
    var clock: UInt64 = 0
    var bytes = 0
  }

  private let capacity: Int
  private let pages = Locked(Pages())

  /// - Parameter capacity: the maximum size in bytes of samples; a larger page is not kept.
  init(capacity: Int) { self.capacity = capacity }

  /// The bytes of samples in the cache.
  var bytes: Int { pages.withLock { $0.bytes } }

  /// The page from the cache, or else from `read`. Two threads that miss the same page concurrently both read it.
  func page(_ key: Key, read: () throws -> [Float]) rethrows -> [Float] {
    let kept = pages.withLock { pages in
      pages.clock += 1
      if pages.samples[key] != nil { pages.lastUse[key] = pages.clock }
      return pages.samples[key]
    }
    if let kept { return kept }
    let samples = try read()
    keep(samples, key)
    return samples
  }

  private func keep(_ samples: [Float], _ key: Key) {
    let size = samples.count * MemoryLayout<Float>.stride
    if size > capacity { return }
    pages.withLock { pages in
      if pages.samples[key] != nil { return }
      while pages.bytes + size > capacity, let oldest = pages.lastUse.min(by: { $0.value < $1.value })?.key {
        pages.lastUse[oldest] = nil
        pages.bytes -= pages.samples.removeValue(forKey: oldest)!.count * MemoryLayout<Float>.stride
      }
      pages.samples[key] = samples
      pages.lastUse[key] = pages.clock
      pages.bytes += size
    }
  }
}
