/// Charts one above the other in one picture, PNG or SVG, each with axes of its own.
public struct ChartStack: Picture, Equatable {
  /// The charts, from top to bottom.
  public let charts: [LineChart]
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int

  /// A picture of charts.
  ///
  /// - Throws: `ReportsFault.pictureSize` where the size is outside the limits of `SpectrogramPicture`.
  /// - Precondition: at least one chart.
  public init(_ charts: [LineChart], width: Int = 1200, height: Int = 1200) throws {
    precondition(!charts.isEmpty, "a picture needs at least one chart")
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
      let top = height * index / charts.count
      let room = Rectangle(x: 0, y: top, width: width, height: height * (index + 1) / charts.count - top)
      let y = Axis(chart.series.flatMap { $0.points.map(\.y) }, logarithmic: false)
      ChartDrawing(canvas: canvas, chart: chart, room: room, y: y).draw()
    }
    return canvas
  }
}
