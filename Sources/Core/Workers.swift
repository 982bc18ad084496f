/// A number of threads for parallel loops whose partition is fixed by the caller.
///
/// The partition of a loop never depends on the number of threads, only on the work. Results are therefore bitwise
/// identical for any number of threads, as long as each part writes its own output or its own partial sum.
public struct Workers: Sendable, Equatable {
  /// The number of threads, at least 1.
  public let threads: Int

  /// - Parameter threads: the number of threads; values below 1 count as 1.
  public init(threads: Int) { self.threads = max(1, threads) }

  /// One thread: loops run on the calling thread.
  public static let serial = Workers(threads: 1)

  /// As many threads as there are processors available to this process.
  public static var all: Workers { Workers(threads: ProcessorCount.available) }

  /// Runs `body` once for each part in 0..<`parts`, in any order, on up to `threads` threads, fewer where the system
  /// provides fewer; returns when all are done. `body` may run loops of its own.
  public func forEach(parts: Int, _ body: @Sendable (Int) -> Void) {
    let team = min(threads, parts)
    if team <= 1 {
      for part in 0..<max(0, parts) { body(part) }
      return
    }
    ThreadPool.shared.run(parts: parts, helpers: team - 1, body)
  }

  /// The results of `body` for each part in 0..<`parts`, in order.
  public func map<Element: Sendable>(parts: Int, _ body: @Sendable (Int) -> Element) -> [Element] {
    [Element](unsafeUninitializedCapacity: max(0, parts)) { results, initialized in
      // Each part initializes its own element and accesses no other, so there are no data races.
      nonisolated(unsafe) let slots = results.baseAddress
      forEach(parts: parts) { slots.unsafelyUnwrapped.advanced(by: $0).initialize(to: body($0)) }
      initialized = max(0, parts)
    }
  }

  /// The half-open range of items in `part` when `count` items are divided into `parts` runs of nearly equal length.
  public static func range(of part: Int, parts: Int, count: Int) -> Range<Int> {
    // The product may overflow an integer where recordings are divided into strata.
    func start(_ part: Int) -> Int { parts.dividingFullWidth(count.multipliedFullWidth(by: part)).quotient }
    return start(part)..<start(part + 1)
  }

  /// A range in as few runs of nearly equal length as have at most `most` items each.
  ///
  /// - Precondition: a range that is not empty, and a positive `most`.
  public static func runs(of items: Range<Int>, most: Int) -> [Range<Int>] {
    let parts = 1 + (items.count - 1) / most
    return (0..<parts).map { part in
      let run = range(of: part, parts: parts, count: items.count)
      return items.lowerBound + run.lowerBound..<items.lowerBound + run.upperBound
    }
  }
}
