extension LineChart {
  /// The most points of a line, and groups of points of a noisy one.
  private static let (mostPoints, mostGroups) = (600, 150)

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

  /// The number of a curve's colour in the style sheet, which has four.
  private func color(of name: String) -> Int { (Set(names[..<(names.firstIndex(of: name) ?? 0)]).count) % 4 }

  private var names: [String] { series.map(\.name) }

  private func draw(_ series: Series, color: Int, in area: inout ChartArea) {
    switch series.style {
    case .line: area.addLine(CurveThinning(series.points, groups: LineChart.mostPoints).means, series: color)
    case .pale:
      area.addLine(CurveThinning(series.points, groups: LineChart.mostPoints).means, series: color, kind: "pale")
    case .dotted:
      area.addLine(CurveThinning(series.points, groups: LineChart.mostPoints).means, series: color)
      if series.points.count <= 60 { area.addDots(series.points, series: color) }
    case .noisy:
      // Of few points none is taken together with another; of more, at least four are.
      let groups = series.points.count < 40 ? series.points.count : min(LineChart.mostGroups, series.points.count / 4)
      let thinned = CurveThinning(series.points, groups: groups)
      area.addBand(
        zip(thinned.means, thinned.bands).map { Point(x: $0.x, y: $1.lowerBound) },
        zip(thinned.means, thinned.bands).map { Point(x: $0.x, y: $1.upperBound) }, series: color)
      area.addLine(thinned.means, series: color)
    }
  }

  /// The names of curves, where there is more than one thing to tell apart.
  private var legend: HTML {
    if series.count + (marks.isEmpty ? 0 : 1) < 2 { return "" }
    let first = series.enumerated().filter { index, entry in !series[..<index].contains { $0.name == entry.name } }
    var entries = first.map { _, series -> HTML in
      let kind = series.style == .pale ? "pale" : "line"
      return "<li><i class=\"key \(kind) s\(color(of: series.name))\"></i>\(series.name)</li>"
    }
    if !marks.isEmpty { entries.append("<li><i class=\"key mark\"></i>\(markName)</li>") }
    return "<ul class=\"legend\">\(entries.joined())</ul>"
  }
}
