/// What estimates come to when they are measured: a line through pairs of both, which never falls.
struct MeasuredCurve: Sendable {
  private var points: [(estimate: Double, measured: Double)]

  /// A curve through the origin of a search, whose estimate is exact.
  init(from origin: Double) { points = [(origin, origin)] }

  /// Adds a measurement.
  mutating func add(_ estimate: Double, measured: Double) {
    points.append((estimate, measured))
    points.sort { $0.estimate < $1.estimate }
  }

  /// The expected measurement of an estimate: between two in proportion, and beyond the last at the distance of its own
  /// measurement.
  func callAsFunction(_ estimate: Double) -> Double {
    var rising: [(estimate: Double, measured: Double)] = []
    for point in points {
      rising.append((point.estimate, max(point.measured, rising.last?.measured ?? point.measured)))
    }
    guard let after = rising.firstIndex(where: { $0.estimate >= estimate }) else {
      let last = rising[rising.count - 1]
      return last.measured + estimate - last.estimate
    }
    let high = rising[after]
    if after == 0 || high.estimate == estimate { return high.measured + min(0, estimate - high.estimate) }
    let low = rising[after - 1]
    let share = (estimate - low.estimate) / (high.estimate - low.estimate)
    return low.measured + share * (high.measured - low.measured)
  }
}
