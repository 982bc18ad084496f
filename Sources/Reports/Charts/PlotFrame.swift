/// The frame of one chart in a picture: title, axes and legend around the plot area.
struct PlotFrame {
  /// An entry of the legend.
  struct Entry {
    /// How an entry is marked.
    enum Key {
      case line(dash: Double?)
      case dot
    }

    let name: String
    let color: Color
    let key: Key
  }

  /// The plot area.
  let area: Rectangle
  let x: Axis
  let y: Axis
  private let canvas: Canvas
  private let textSize = 12.5

  /// A frame in a part of a picture.
  init(canvas: Canvas, room: Rectangle, x: Axis, y: Axis) {
    self.canvas = canvas
    self.x = x
    self.y = y
    area = Rectangle(x: room.x + 62, y: room.y + 52, width: room.width - 86, height: room.height - 132)
  }

  /// Draws the title with the unit of y after it.
  func drawTitle(_ title: String, unit: String) {
    let heading = Point(x: Double(area.x), y: Double(area.y) - 22)
    canvas.text(title, at: heading, size: 16, bold: true)
    let after = Point(x: heading.x + canvas.width(of: title, size: 16, bold: true) + 9, y: heading.y)
    canvas.text(unit, at: after, size: textSize, .paleInk)
  }

  /// Draws ticks and labels of both axes, and grid lines at those of y.
  func drawAxes(xName: String) {
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
    canvas.text(xName, at: middle, size: textSize, .paleInk, .center)
  }

  /// Draws the names of curves and points in a line below the chart.
  func drawLegend(_ entries: [Entry]) {
    var left = Double(area.x)
    let line = Double(area.bottom) + 66
    for entry in entries {
      let key = [Point(x: left, y: line - 4), Point(x: left + 20, y: line - 4)]
      switch entry.key {
      case .line(let dash): canvas.stroke(key, width: 3, entry.color, dash: dash)
      case .dot: canvas.disc(at: Point(x: left + 10, y: line - 4), radius: 5, entry.color)
      }
      canvas.text(entry.name, at: Point(x: left + 27, y: line), size: textSize)
      left += 27 + canvas.width(of: entry.name, size: textSize) + 22
    }
  }

  /// The position of a point in pixels.
  func position(_ point: LineChart.Point) -> Point { Point(x: horizontal(point.x), y: vertical(point.y)) }

  /// The position of a value of x in pixels.
  func horizontal(_ value: Double) -> Double { Double(area.x) + x.position(of: value) * Double(area.width) }

  private func vertical(_ value: Double) -> Double { Double(area.bottom) - y.position(of: value) * Double(area.height) }
}
