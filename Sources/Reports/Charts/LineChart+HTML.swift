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

  /// The names of curves, where there is more than one thing to tell apart.
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
