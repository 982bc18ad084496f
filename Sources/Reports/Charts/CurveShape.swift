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
