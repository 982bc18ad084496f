/// Scatter charts side by side in one picture, PNG or SVG, each with axes of its own.
public struct ScatterPicture: Picture, Equatable {
  /// The charts, from left to right.
  public let charts: [ScatterChart]
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int

  /// A picture of charts.
  ///
  /// - Throws: `ReportsFault.pictureSize` where the size is outside the limits of `SpectrogramPicture`.
  public init(_ charts: [ScatterChart], width: Int = 1200, height: Int = 460) throws {
    if !SpectrogramPicture.widths.contains(width) || !SpectrogramPicture.heights.contains(height) {
      throw ReportsFault.pictureSize(width: width, height: height)
    }
    self.charts = charts
    self.width = width
    self.height = height
  }

  public func encoded(as format: PictureFormat) throws -> [UInt8] { try draw(format).encoded() }

  /// Draws the charts.
  func draw(_ format: PictureFormat = .png) throws -> Canvas {
    let canvas = try Canvas(width: width, height: height, format: format)
    for (index, chart) in charts.enumerated() {
      let left = width * index / charts.count
      let room = Rectangle(x: left, y: 0, width: width * (index + 1) / charts.count - left, height: height)
      try ScatterDrawing(canvas: canvas, chart: chart, room: room).draw()
    }
    return canvas
  }
}

/// Draws one chart in a part of a picture.
private struct ScatterDrawing {
  private let canvas: Canvas
  private let chart: ScatterChart
  private let frame: PlotFrame

  init(canvas: Canvas, chart: ScatterChart, room: Rectangle) {
    self.canvas = canvas
    self.chart = chart
    let points = chart.series.flatMap(\.points)
    func axis(_ values: [Double], _ scale: ScatterChart.Scale, _ whole: ClosedRange<Double>?) -> Axis {
      let ends = whole.map { [$0.lowerBound, $0.upperBound] }
      return Axis(ends ?? values, logarithmic: scale == .logarithmic, margin: ends == nil ? 0.04 : 0)
    }
    frame = PlotFrame(
      canvas: canvas, room: room, x: axis(points.map(\.x), chart.xScale, chart.regions?.x),
      y: axis(points.map(\.y), chart.yScale, chart.regions?.y ?? chart.yRange))
  }

  func draw() throws {
    frame.drawTitle(chart.title, unit: chart.yName)
    if let regions = chart.regions { try fill(regions) }
    frame.drawAxes(xName: chart.xName)
    for series in chart.series {
      let color = color(of: series.name)
      switch series.style {
      case .line: stroke(series.points, color, dash: nil)
      case .dashed: stroke(series.points, color, dash: 5)
      case .dots:
        for point in series.points where isInside(point) {
          canvas.disc(at: frame.position(point), radius: 4.5, .white)
          canvas.disc(at: frame.position(point), radius: 3.5, color)
        }
      }
    }
    frame.drawLegend(
      chart.names.compactMap { name in
        guard let first = chart.series.first(where: { $0.name == name }) else { return nil }
        let key: PlotFrame.Entry.Key =
          switch first.style {
          case .dots: .dot
          case .line: .line(dash: nil)
          case .dashed: .line(dash: 5)
          }
        return PlotFrame.Entry(name: name, color: color(of: name), key: key)
      })
  }

  /// Strokes the parts of a line that lie within the plot.
  private func stroke(_ points: [LineChart.Point], _ color: Color, dash: Double?) {
    for part in points.split(whereSeparator: { !isInside($0) }) {
      canvas.stroke(part.map(frame.position), width: 2, color, dash: dash)
    }
  }

  private func isInside(_ point: LineChart.Point) -> Bool {
    frame.x.range.contains(point.x) && frame.y.range.contains(point.y)
  }

  private func fill(_ regions: ScatterChart.Regions) throws {
    let (area, cells) = (frame.area, regions.cells)
    let pixels = (0..<area.width * area.height).map { index -> UInt32 in
      let (row, column) = index.quotientAndRemainder(dividingBy: area.width)
      let cell = (area.height - 1 - row) * cells / area.height * cells + column * cells / area.width
      return Color.series[regions.classes[cell] % Color.series.count].paler(by: 0.75).pixel
    }
    try canvas.put(pixels, in: area)
  }

  private func color(of name: String) -> Color {
    Color.series[(chart.names.firstIndex(of: name) ?? 0) % Color.series.count]
  }
}
