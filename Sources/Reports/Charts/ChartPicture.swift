/// Charts side by side in one picture, PNG or SVG, with a common y axis.
public struct ChartPicture: Picture, Equatable {
  /// The charts, from left to right.
  public let charts: [LineChart]
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int

  /// A picture of charts.
  ///
  /// - Throws: `ReportsFault.pictureSize` where the size is outside the limits of `SpectrogramPicture`.
  public init(_ charts: [LineChart], width: Int = 1200, height: Int = 460) throws {
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
    let y = Axis(charts.flatMap { $0.series.flatMap { $0.points.map(\.y) } })
    for (index, chart) in charts.enumerated() {
      let left = width * index / charts.count
      let room = Rectangle(x: left, y: 0, width: width * (index + 1) / charts.count - left, height: height)
      ChartDrawing(canvas: canvas, chart: chart, room: room, y: y).draw()
    }
    return canvas
  }
}

/// Draws one chart in a part of a picture.
struct ChartDrawing {
  private let canvas: Canvas
  private let chart: LineChart
  private let frame: PlotFrame

  init(canvas: Canvas, chart: LineChart, room: Rectangle, y: Axis) {
    self.canvas = canvas
    self.chart = chart
    let x = Axis(chart.series.flatMap { $0.points.map(\.x) } + chart.marks, logarithmic: false, margin: 0.01)
    frame = PlotFrame(canvas: canvas, room: room, x: x, y: y)
  }

  func draw() {
    frame.drawTitle(chart.title, unit: chart.unit)
    frame.drawAxes(xName: chart.xName)
    let shapes = chart.series.map { (shape: CurveShape($0), color: color(of: $0)) }
    // Bands first, so that they do not cover lines.
    for (shape, color) in shapes {
      guard let band = shape.band else { continue }
      canvas.fill((band.upper + band.lower.reversed()).map(frame.position), color.paler(by: 0.8))
    }
    for mark in chart.marks {
      let ends = [frame.area.y, frame.area.bottom].map { Point(x: frame.horizontal(mark), y: Double($0)) }
      canvas.stroke(ends, width: 1.5, .paleInk, dash: 5)
    }
    for (shape, color) in shapes {
      canvas.stroke(shape.line.map(frame.position), width: 2, color)
      for dot in shape.dots { canvas.disc(at: frame.position(dot), radius: 3.5, color) }
    }
    var entries = chart.firstOfEachName.map {
      PlotFrame.Entry(name: $0.name, color: color(of: $0), key: .line(dash: nil))
    }
    if !chart.marks.isEmpty { entries.append(.init(name: chart.markName, color: .paleInk, key: .line(dash: 5))) }
    frame.drawLegend(entries)
  }

  private func color(of series: LineChart.Series) -> Color {
    Color.series[chart.color(of: series.name)].paler(by: series.style == .pale ? 0.6 : 0)
  }
}
