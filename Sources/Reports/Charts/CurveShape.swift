/// What is drawn of a curve: thinned where it has more points than can be seen.
struct CurveShape: Equatable {
  /// The most points of a line, and groups of points of a noisy one.
  private static let (mostPoints, mostGroups) = (600, 150)

  /// The places that a line joins.
  let line: [LineChart.Point]
  /// The lower and upper edge of a band behind it; nil for none.
  let band: Band?
  /// Places that are marked with dots.
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
    // Of few points none is taken together with another; of more, at least four are.
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
  /// The number of a curve's colour, of four: curves of one name share one.
  func color(of name: String) -> Int {
    let names = series.map(\.name)
    return Set(names[..<(names.firstIndex(of: name) ?? 0)]).count % Color.series.count
  }

  /// The curves that the legend names: the first of each name.
  var firstOfEachName: [Series] {
    series.enumerated().filter { index, entry in !series[..<index].contains { $0.name == entry.name } }.map(\.element)
  }
}

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
