/// A curve with fewer points: what stays to be seen of thousands of points on a few hundred pixels.
struct CurveThinning: Equatable {
  /// The mean of each group of neighbouring points.
  let means: [LineChart.Point]
  /// The lowest and highest value of each group.
  let bands: [ClosedRange<Double>]

  /// Puts points into groups of equal size, at most `groups` of them.
  ///
  /// - Precondition: groups > 0.
  init(_ points: [LineChart.Point], groups: Int) {
    precondition(groups > 0, "points cannot be put into \(groups) groups")
    let count = min(groups, points.count)
    let parts = (0..<count).map { points[$0 * points.count / count..<($0 + 1) * points.count / count] }
    means = parts.map { part in
      LineChart.Point(x: mean(part.map(\.x)), y: mean(part.map(\.y)))
    }
    bands = parts.map { part in
      let values = part.map(\.y)
      return (values.min() ?? 0)...(values.max() ?? 0)
    }

    func mean(_ values: [Double]) -> Double {
      let (sum, count) = (values.reduce(0, +), Double(values.count))
      if sum.isFinite { return sum / count }
      // The sum of large numbers is beyond what a number holds; their mean is not, but for its rounding.
      return values.reduce(0) { max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, $0 + $1 / count)) }
    }
  }
}
