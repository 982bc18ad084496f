/// A number of threads that share loops whose parts are fixed by the caller.
///
/// The parts of a loop never depend on the number of threads, only on the work; so results are the same bit for bit
/// whatever the number of threads, as long as each part writes its own output or its own partial sum.
public struct Workers: Sendable, Equatable {
  /// The number of threads that work at once, at least 1.
  public let threads: Int

  /// - Parameter threads: the number of threads; values below 1 count as 1.
  public init(threads: Int) { self.threads = max(1, threads) }

  /// One thread: loops run where they are called.
  public static let serial = Workers(threads: 1)

  /// As many threads as the machine has processors to offer this process.
  public static var all: Workers { Workers(threads: ProcessorCount.available) }

  /// Runs `body` once for each part in 0..<`parts`, in any order, on up to `threads` threads, fewer where the system gives
  /// fewer; returns when all are done. `body` may run loops of its own.
  public func forEach(parts: Int, _ body: @Sendable (Int) -> Void) {
    let team = min(threads, parts)
    if team <= 1 {
      for part in 0..<max(0, parts) { body(part) }
      return
    }
    ThreadPool.shared.run(parts: parts, helpers: team - 1, body)
  }

  /// What `body` gives for each part in 0..<`parts`, in their order.
  public func map<Element: Sendable>(parts: Int, _ body: @Sendable (Int) -> Element) -> [Element] {
    [Element](unsafeUninitializedCapacity: max(0, parts)) { results, initialized in
      // Each part initializes the element of its own number and touches no other, so no two threads meet.
      nonisolated(unsafe) let slots = results.baseAddress
      forEach(parts: parts) { slots.unsafelyUnwrapped.advanced(by: $0).initialize(to: body($0)) }
      initialized = max(0, parts)
    }
  }

  /// The half-open range of items that belongs to `part` when `count` items are cut into `parts` runs of nearly equal
  /// length.
  public static func range(of part: Int, parts: Int, count: Int) -> Range<Int> {
    // The product may be larger than an integer where recordings are cut into strata.
    func start(_ part: Int) -> Int { parts.dividingFullWidth(count.multipliedFullWidth(by: part)).quotient }
    return start(part)..<start(part + 1)
  }
}
