import KodamaCore

/// A cache of values that depend only on a sample rate and take longer to compute than measuring a short sound.
///
/// Results do not depend on it.
final class RateCache<Value: Sendable>: Sendable {
  /// More rates than occur in one evaluation; beyond them, the cache is cleared.
  private static var mostRates: Int { 8 }

  private let values = Locked<[Int: Value]>([:])
  private let make: @Sendable (Int) -> Value

  init(_ make: @escaping @Sendable (_ sampleRate: Int) -> Value) { self.make = make }

  /// The value of a rate.
  subscript(sampleRate: Int) -> Value {
    if let value = values.withLock({ $0[sampleRate] }) { return value }
    // Computed outside the lock, so that no thread waits; concurrent computations have the same result.
    let value = make(sampleRate)
    values.withLock { values in
      if values.count >= Self.mostRates { values = [:] }
      values[sampleRate] = value
    }
    return value
  }
}
