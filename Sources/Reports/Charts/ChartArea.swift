/// The plot area of a chart as SVG, which stretches to the size available on the page; line widths stay constant.
struct ChartArea {
  private static let size = 1000.0
  private let x: Axis
  private let y: Axis
  private var content: HTML = ""

  /// - Parameter marks: the values of y with grid lines.
  init(x: Axis, y: Axis, marks: [Tick]) {
    self.x = x
    self.y = y
    for mark in marks { content += "<path class=\"grid\" d=\"M0 \(vertical(mark.value))H1000\"/>" }
  }

  var html: HTML {
    """
    <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true" focusable="false">\(content)</svg>
    """
  }

  /// A line through points, in the color of a series.
  mutating func addLine(_ points: [LineChart.Point], series: Int, kind: String = "line") {
    content += "<path class=\"\(kind) s\(series)\" d=\"\(path(points))\"/>"
  }

  /// A dot at every point.
  mutating func addDots(_ points: [LineChart.Point], series: Int) {
    // A zero-length stroke with round caps is a dot, which stays round when the area is stretched.
    let dots = points.map { "M\(position($0))h0" }.joined()
    content += "<path class=\"dot s\(series)\" d=\"\(dots)\"/>"
  }

  /// The area between two lines.
  mutating func addBand(_ lower: [LineChart.Point], _ upper: [LineChart.Point], series: Int) {
    content += "<path class=\"band s\(series)\" d=\"\(path(upper + lower.reversed()))Z\"/>"
  }

  /// A bar from the bottom edge.
  mutating func addBar(_ range: ClosedRange<Double>, height: Double) {
    let (left, right) = (horizontal(range.lowerBound), horizontal(range.upperBound))
    content += "<path class=\"bar\" d=\"M\(left) 1000V\(vertical(height))H\(right)V1000Z\"/>"
  }

  /// A line from top to bottom.
  mutating func addMark(_ value: Double, kind: String = "mark") {
    content += "<path class=\"\(kind)\" d=\"M\(horizontal(value)) 0V1000\"/>"
  }

  private func path(_ points: [LineChart.Point]) -> String {
    points.isEmpty ? "" : "M" + points.map(position).joined(separator: "L")
  }

  private func position(_ point: LineChart.Point) -> String { horizontal(point.x) + " " + vertical(point.y) }

  private func horizontal(_ value: Double) -> String { number(x.position(of: value)) }

  private func vertical(_ value: Double) -> String { number(1 - y.position(of: value)) }

  private func number(_ share: Double) -> String {
    Ticks.number(share * ChartArea.size, digits: 1).replacing("−", with: "-")
  }
}
