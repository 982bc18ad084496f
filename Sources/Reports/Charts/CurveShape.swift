/// The drawn shape of a curve, thinned where it has more points than can be seen.
struct CurveShape: Equatable {
  /// The maximum number of points of a line, and of groups of points of a noisy one.
  private static let (mostPoints, mostGroups) = (600, 150)

  /// The vertices of the line.
  let line: [LineChart.Point]
  /// The lower and upper edge of a band behind it; nil for none.
  let band: Band?
  /// Points marked with dots.
  let dots: [LineChart.Point]

  /// The edges of a band.
  struct Band: Equatable {
    let lower: [LineChart.Point]
    let upper: [LineChart.Point]
  }

  init(_ series: LineChart.Series) {
    let points = series.points
    guard series.style == .noisy else {
      line = CurveThinning(points, groups: Self.mostPoints).means
      dots = series.style == .dotted && points.count <= 60 ? points : []
      band = nil
      return
    }
    // Few points are not grouped; of more, at least four form a group.
    let groups = points.count < 40 ? points.count : min(Self.mostGroups, points.count / 4)
    let thinned = CurveThinning(points, groups: max(1, groups))
    line = thinned.means
    band = Band(
      lower: zip(thinned.means, thinned.bands).map { LineChart.Point(x: $0.x, y: $1.lowerBound) },
      upper: zip(thinned.means, thinned.bands).map { LineChart.Point(x: $0.x, y: $1.upperBound) })
    dots = []
  }
}

extension LineChart {
  /// The index of a curve's color, of four; curves of one name share a color.
  func color(of name: String) -> Int {
    let names = series.map(\.name)
    return Set(names[..<(names.firstIndex(of: name) ?? 0)]).count % Color.series.count
  }

  /// The curves in the legend: the first of each name.
  var firstOfEachName: [Series] {
    series.enumerated().filter { index, entry in !series[..<index].contains { $0.name == entry.name } }.map(\.element)
  }
}

/// A curve reduced to fewer points, for thousands of points on a few hundred pixels.
struct CurveThinning: Equatable {
  /// The mean of each group of adjacent points.
  let means: [LineChart.Point]
  /// The lowest and highest value of each group.
  let bands: [ClosedRange<Double>]

  /// Divides points into at most `groups` groups of equal size.
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
      // The sum of large numbers overflows, but their mean does not, except by rounding.
      return values.reduce(0) { max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, $0 + $1 / count)) }
    }
  }
}
