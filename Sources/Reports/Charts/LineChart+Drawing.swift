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
  /// The index of a curve's color, of eight; curves of one name share a color.
  func color(of name: String) -> Int {
    let names = colorNames + series.map(\.name)
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

extension LineChart {
  /// The chart as a figure.
  var html: HTML {
    let x = Axis(series.flatMap { $0.points.map(\.x) } + marks, logarithmic: false, margin: 0.01)
    let y = Axis(series.flatMap { $0.points.map(\.y) })
    let lines = y.ticks(most: 5)
    var area = ChartArea(x: x, y: y, marks: lines)
    for mark in marks { area.addMark(mark) }
    for series in series { draw(series, color: color(of: series.name), in: &area) }
    let frame = ChartFrame(x: x, x.ticks(most: 5), y: y, lines, name: xName)
    let unitText: HTML = unit.isEmpty ? "" : " <span class=\"unit\">\(unit)</span>"
    return """
      <figure class="chart"><figcaption>\(title)\(unitText)</figcaption>\
      \(frame.html(around: area.html, description: summary))\(legend)</figure>

      """
  }

  private func draw(_ series: Series, color: Int, in area: inout ChartArea) {
    let shape = CurveShape(series)
    if let band = shape.band { area.addBand(band.lower, band.upper, series: color) }
    area.addLine(shape.line, series: color, kind: series.style == .pale ? "pale" : "line")
    if !shape.dots.isEmpty { area.addDots(shape.dots, series: color) }
  }

  /// The legend, where there is more than one entry.
  private var legend: HTML {
    if series.count + (marks.isEmpty ? 0 : 1) < 2 { return "" }
    var entries = firstOfEachName.map { series -> HTML in
      let kind = series.style == .pale ? "pale" : "line"
      return "<li><i class=\"key \(kind) s\(color(of: series.name))\"></i>\(series.name)</li>"
    }
    if !marks.isEmpty { entries.append("<li><i class=\"key mark\"></i>\(markName)</li>") }
    return "<ul class=\"legend\">\(entries.joined())</ul>"
  }
}
