import Kodama

/// What each normalization takes a mean over, drawn on a block of samples N, channels C and positions H·W: the cells that
/// share a mean and a variance are coloured. After Wu and He 2018, figure 2.
struct AxesPicture {
  private struct Panel: Sendable {
    let title: String
    let lines: [String]
    /// Whether a cell is in the coloured set.
    let holds: @Sendable (_ sample: Int, _ channel: Int, _ position: Int) -> Bool
  }

  private static let (samples, channels, positions) = (4, 6, 6)
  private static let panels = [
    Panel(title: "Batch", lines: ["over N and H·W,", "for each channel"]) { _, channel, _ in channel == 2 },
    Panel(title: "Layer, of maps", lines: ["over C and H·W,", "for each sample"]) { sample, _, _ in sample == 0 },
    Panel(title: "Layer, RMS: of [C]", lines: ["over C, for each", "sample and position"]) { sample, _, position in
      sample == 0 && position == 0
    },
    Panel(title: "Instance", lines: ["over H·W, for each", "sample and channel"]) { sample, channel, _ in
      sample == 0 && channel == 2
    },
    Panel(title: "Group", lines: ["over some C and H·W,", "for each sample"]) { sample, channel, _ in
      sample == 0 && (2...3).contains(channel)
    },
  ]
  private let width = 1200
  private let height = 320
  private let cell = 17.0
  /// How far one sample is behind the one before it.
  private let depth = Point(x: 13, y: -9)

  /// The picture as a PNG.
  func encoded() throws -> [UInt8] {
    let canvas = try Canvas(width: width, height: height)
    for (index, panel) in Self.panels.enumerated() {
      draw(panel, middle: (Double(index) + 0.5) * Double(width) / Double(Self.panels.count), on: canvas)
    }
    return try canvas.encoded()
  }

  private func draw(_ panel: Panel, middle: Double, on canvas: Canvas) {
    let (samples, channels, positions) = (Self.samples, Self.channels, Self.positions)
    let front = Point(x: middle - (Double(channels) * cell + Double(samples) * depth.x) / 2, y: 116)
    /// A corner of cells: so many samples behind, channels to the right and positions down.
    func corner(_ sample: Int, _ channel: Int, _ position: Int) -> Point {
      Point(
        x: front.x + Double(channel) * cell + Double(sample) * depth.x,
        y: front.y + Double(position) * cell + Double(sample) * depth.y)
    }
    func face(_ corners: [Point], _ isHeld: Bool, shade: Double) {
      canvas.fill(corners, isHeld ? Color.series[0].paler(by: shade) : Color.rule.paler(by: 0.45 + shade))
      canvas.stroke(corners + [corners[0]], width: 1, .paleInk)
    }
    for channel in 0..<channels {
      for position in 0..<positions {
        face(
          [
            corner(0, channel, position), corner(0, channel + 1, position), corner(0, channel + 1, position + 1),
            corner(0, channel, position + 1),
          ], panel.holds(0, channel, position), shade: 0.15)
      }
      for sample in 0..<samples {
        face(
          [
            corner(sample, channel, 0), corner(sample, channel + 1, 0), corner(sample + 1, channel + 1, 0),
            corner(sample + 1, channel, 0),
          ], panel.holds(sample, channel, 0), shade: 0.35)
      }
    }
    for sample in 0..<samples {
      for position in 0..<positions {
        face(
          [
            corner(sample, channels, position), corner(sample + 1, channels, position),
            corner(sample + 1, channels, position + 1), corner(sample, channels, position + 1),
          ], panel.holds(sample, channels - 1, position), shade: 0)
      }
    }
    canvas.text(panel.title, at: Point(x: middle, y: 34), size: 16, bold: true, .ink, .center)
    let below = corner(0, channels / 2, positions)
    canvas.text("C", at: Point(x: below.x, y: below.y + 19), size: 13, .paleInk, .center)
    let beside = corner(0, 0, positions / 2)
    canvas.text("H·W", at: Point(x: beside.x - 8, y: beside.y + 5), size: 13, .paleInk, .right)
    let above = corner(samples / 2, 0, 0)
    canvas.text("N", at: Point(x: above.x - 8, y: above.y), size: 13, .paleInk, .right)
    for (index, line) in panel.lines.enumerated() {
      canvas.text(
        line, at: Point(x: middle, y: Double(270 + 20 * index)), size: 13.5, .ink, .center)
    }
  }
}
