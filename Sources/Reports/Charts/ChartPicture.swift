import KodamaCore

/// Charts side by side in one picture, PNG or SVG, with a common y axis.
public struct ChartPicture: Sendable, Equatable {
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

  /// Draws the charts into a file, PNG or SVG by its extension. The file is written atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`.
  public func write(to path: String, existing: AtomicFile.Existing) throws {
    let bytes = try encoded(as: PictureFormat(forName: path))
    try AtomicFile.write(to: path, existing: existing) { try $0.write(bytes) }
  }

  /// The bytes of the file: the same for the same charts on one machine.
  ///
  /// - Throws: `ReportsFault.drawing`.
  public func encoded(as format: PictureFormat = .png) throws -> [UInt8] { try draw(format).encoded() }

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
private struct ChartDrawing {
  private let canvas: Canvas
  private let chart: LineChart
  private let room: Rectangle
  private let area: Rectangle
  private let x: Axis
  private let y: Axis
  private let textSize = 12.5

  init(canvas: Canvas, chart: LineChart, room: Rectangle, y: Axis) {
    self.canvas = canvas
    self.chart = chart
    self.room = room
    self.y = y
    area = Rectangle(x: room.x + 62, y: 52, width: room.width - 86, height: room.height - 132)
    x = Axis(chart.series.flatMap { $0.points.map(\.x) } + chart.marks, logarithmic: false, margin: 0.01)
  }

  func draw() {
    drawAxes()
    let shapes = chart.series.map { (shape: CurveShape($0), color: color(of: $0)) }
    // Bands first, so that they do not cover lines.
    for (shape, color) in shapes {
      guard let band = shape.band else { continue }
      canvas.fill((band.upper + band.lower.reversed()).map(position), color.paler(by: 0.8))
    }
    for mark in chart.marks {
      let ends = [area.y, area.bottom].map { Point(x: horizontal(mark), y: Double($0)) }
      canvas.stroke(ends, width: 1.5, .paleInk, dash: 5)
    }
    for (shape, color) in shapes {
      canvas.stroke(shape.line.map(position), width: 2, color)
      for dot in shape.dots { canvas.disc(at: position(dot), radius: 3.5, color) }
    }
    drawLegend()
  }

  private func drawAxes() {
    let heading = Point(x: Double(area.x), y: 30)
    canvas.text(chart.title, at: heading, size: 16, bold: true)
    let after = Point(x: heading.x + canvas.width(of: chart.title, size: 16, bold: true) + 9, y: heading.y)
    canvas.text(chart.unit, at: after, size: textSize, .paleInk)
    for tick in y.ticks(most: max(2, area.height / 50)) {
      let height = vertical(tick.value)
      canvas.fill(Rectangle(x: area.x, y: Int(height), width: area.width, height: 1), .rule)
      canvas.text(tick.label, at: Point(x: Double(area.x) - 8, y: height + 4.5), size: textSize, .ink, .right)
    }
    for tick in x.ticks(most: max(2, area.width / 90)) {
      let position = horizontal(tick.value)
      canvas.fill(Rectangle(x: Int(position), y: area.bottom, width: 1, height: 5), .paleInk)
      canvas.text(tick.label, at: Point(x: position, y: Double(area.bottom) + 20), size: textSize, .ink, .center)
    }
    canvas.fill(Rectangle(x: area.x, y: area.bottom, width: area.width, height: 1), .paleInk)
    let middle = Point(x: Double(area.x) + Double(area.width) / 2, y: Double(area.bottom) + 41)
    canvas.text(chart.xName, at: middle, size: textSize, .paleInk, .center)
  }

  /// The names of curves and marks in a line below the chart.
  private func drawLegend() {
    var entries = chart.firstOfEachName.map { (name: $0.name, color: color(of: $0), dash: nil as Double?) }
    if !chart.marks.isEmpty { entries.append((chart.markName, .paleInk, 5)) }
    var left = Double(area.x)
    let line = Double(area.bottom) + 66
    for entry in entries {
      let key = [Point(x: left, y: line - 4), Point(x: left + 20, y: line - 4)]
      canvas.stroke(key, width: 3, entry.color, dash: entry.dash)
      canvas.text(entry.name, at: Point(x: left + 27, y: line), size: textSize)
      left += 27 + canvas.width(of: entry.name, size: textSize) + 22
    }
  }

  private func color(of series: LineChart.Series) -> Color {
    Color.series[chart.color(of: series.name)].paler(by: series.style == .pale ? 0.6 : 0)
  }

  private func position(_ point: LineChart.Point) -> Point { Point(x: horizontal(point.x), y: vertical(point.y)) }

  private func horizontal(_ value: Double) -> Double { Double(area.x) + x.position(of: value) * Double(area.width) }

  private func vertical(_ value: Double) -> Double { Double(area.bottom) - y.position(of: value) * Double(area.height) }
}
