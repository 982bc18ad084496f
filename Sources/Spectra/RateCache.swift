import KodamaCore

/// What depends on a sample rate alone and takes longer to make than a short sound to measure, kept for the next sound.
///
/// What comes out is the same with and without it.
final class RateCache<Value: Sendable>: Sendable {
  /// More rates than sounds of one evaluation have; beyond them all are forgotten.
  private static var mostRates: Int { 8 }

  private let values = Locked<[Int: Value]>([:])
  private let make: @Sendable (Int) -> Value

  init(_ make: @escaping @Sendable (_ sampleRate: Int) -> Value) { self.make = make }

  /// The value of a rate.
  subscript(sampleRate: Int) -> Value {
    if let value = values.withLock({ $0[sampleRate] }) { return value }
    // Made outside the lock, so that no thread waits; where two make it at once, both make the same.
    let value = make(sampleRate)
    values.withLock { values in
      if values.count >= Self.mostRates { values = [:] }
      values[sampleRate] = value
    }
    return value
  }
}
