/// Measures how much is done in a second.
struct SpeedMeasurement {
  /// The seconds to measure.
  let seconds: Double

  /// Calls `body`, which returns an amount, again and again for some time, after a first time that is not counted.
  ///
  /// - Returns: the amount in a second.
  func rate(_ body: () throws -> Int) rethrows -> Double {
    let clock = ContinuousClock()
    _ = try body()
    let (start, end) = (clock.now, clock.now + .seconds(seconds))
    var amount = 0
    repeat { amount += try body() } while clock.now < end
    return Double(amount) / ((clock.now - start) / .seconds(1))
  }
}
