import KodamaSpectra

/// Draws the parts of a spectrogram picture: spectrogram, waveforms, axes, color bar and title.
struct SpectrogramDrawing {
  let canvas: Canvas
  let layout: PictureLayout
  /// The levels of the first and the last color, in dB.
  let levels: ClosedRange<Double>
  /// The colors of levels.
  let colors: ColorMap
  private let textSize = 12.5
  private let titleSize = 17.0

  init(canvas: Canvas, layout: PictureLayout, levels: ClosedRange<Double>, colors: ColorMap) {
    self.canvas = canvas
    self.layout = layout
    self.levels = levels
    self.colors = colors
  }

  /// The spectrogram: a level in dB for each pixel.
  func draw(levels: [Float]) throws {
    try canvas.put(levels.map { colors.pixel(level: position(Double($0))) }, in: layout.spectrogram)
  }

  /// A waveform around its zero line, in one of several named lanes of equal height or in the whole area, scaled so
  /// that `peak` fills the height.
  func draw(_ envelope: Envelope, peak: Float, lane: Int = 0, of lanes: Int = 1, name: String = "") {
    let area = layout.waveform
    let height = Double(area.height) / Double(lanes)
    let middle = Double(area.y) + (Double(lane) + 0.5) * height
    let scale = peak > 0 ? (height / 2 - 1) / Double(peak) : 0
    let step = Double(area.width) / Double(envelope.low.count)
    canvas.fill(Rectangle(x: area.x, y: Int(middle), width: area.width, height: 1), .rule)
    // Half a pixel on either side keeps quiet passages visible as a line.
    let upper = envelope.high.enumerated().map {
      Point(x: Double(area.x) + (Double($0) + 0.5) * step, y: middle - Double($1) * scale - 0.5)
    }
    let lower = envelope.low.enumerated().map {
      Point(x: Double(area.x) + (Double($0) + 0.5) * step, y: middle - Double($1) * scale + 0.5)
    }
    canvas.fill(upper + lower.reversed(), .wave)
    canvas.text(name, at: Point(x: Double(area.x) - 9, y: middle + 4), size: 11, .paleInk, .right)
  }

  /// The ticks and labels of time and frequency.
  func drawAxes(seconds: Double, highest: Double, scale: FrequencyScale) {
    let area = layout.spectrogram
    for tick in Ticks.time(seconds: seconds, most: max(2, area.width / 90)) {
      let x = area.x + min(area.width - 1, Int(tick.value / seconds * Double(area.width)))
      canvas.fill(Rectangle(x: x, y: area.bottom, width: 1, height: 5), .paleInk)
      canvas.text(tick.label, at: Point(x: Double(x), y: Double(area.bottom) + 20), size: textSize, .ink, .center)
    }
    let position = { (frequency: Double) in
      Double(area.bottom) - scale.height(of: frequency, highest: highest) * Double(area.height)
    }
    for tick in Ticks.frequency(highest: highest, distance: 26, position: position) {
      let y = min(area.bottom - 1, Int(position(tick.value)))
      canvas.fill(Rectangle(x: area.x - 5, y: y, width: 5, height: 1), .paleInk)
      canvas.text(tick.label, at: Point(x: Double(area.x) - 9, y: Double(y) + 4.5), size: textSize, .ink, .right)
    }
    let middle = Double(area.x) + Double(area.width) / 2
    let name = seconds < 60 ? "time (s)" : seconds < 3600 ? "time (min:s)" : "time (h:min:s)"
    canvas.text(name, at: Point(x: middle, y: Double(area.bottom) + 42), size: textSize, .paleInk, .center)
    let beside = Point(x: 24, y: Double(area.y) + Double(area.height) / 2)
    canvas.text("frequency (Hz)", at: beside, size: textSize, .paleInk, .center, upwards: true)
  }

  /// The color bar with its levels and their unit.
  func drawScale(unit: String) throws {
    let bar = layout.bar
    let pixels = (0..<bar.height).flatMap { row in
      let level = 1 - (Double(row) + 0.5) / Double(bar.height)
      return [UInt32](repeating: colors.pixel(level: level), count: bar.width)
    }
    try canvas.put(pixels, in: bar)
    for tick in Ticks.linear(levels, most: max(2, bar.height / 36)) {
      let y = bar.y + min(bar.height - 1, Int((1 - position(tick.value)) * Double(bar.height)))
      canvas.fill(Rectangle(x: bar.right, y: y, width: 4, height: 1), .paleInk)
      let beside = Point(x: Double(bar.right) + 46, y: Double(y) + 4.5)
      canvas.text(tick.label, at: beside, size: textSize, .ink, .right)
    }
    canvas.text(unit, at: Point(x: Double(bar.x), y: Double(bar.y) - 8), size: textSize, .paleInk)
  }

  /// The title on the left and facts about the sound on the right of one line. If they do not fit, the last facts are
  /// dropped first, then the title is truncated.
  func drawTitle(_ title: String, facts: [String]) {
    let area = layout.waveform
    let room = Double(area.width)
    let separator = "  ·  "
    var (facts, shown) = (facts, title)
    let titleWidth = canvas.width(of: title, size: titleSize, bold: true)
    while !facts.isEmpty
      && titleWidth + 24 + canvas.width(of: facts.joined(separator: separator), size: textSize) > room
    { facts.removeLast() }
    if titleWidth > room {
      while !shown.isEmpty && canvas.width(of: shown + "…", size: titleSize, bold: true) > room { shown.removeLast() }
      shown += "…"
    }
    canvas.text(shown, at: layout.title, size: titleSize, bold: true)
    canvas.text(
      facts.joined(separator: separator), at: Point(x: Double(area.right), y: layout.title.y), size: textSize,
      .paleInk, .right)
  }

  private func position(_ level: Double) -> Double {
    (level - levels.lowerBound) / (levels.upperBound - levels.lowerBound)
  }
}

/// The layout of a spectrogram's picture.
struct PictureLayout: Equatable {
  /// The waveform.
  let waveform: Rectangle
  /// The spectrogram.
  let spectrogram: Rectangle
  /// The color bar.
  let bar: Rectangle
  /// The start of the title's baseline.
  let title: Point

  init(width: Int, height: Int) {
    let (left, right, top, bottom) = (84, 96, 50, 56)
    let strip = max(36, height / 8)
    let plotWidth = width - left - right
    waveform = Rectangle(x: left, y: top, width: plotWidth, height: strip)
    let start = waveform.bottom + 10
    spectrogram = Rectangle(x: left, y: start, width: plotWidth, height: height - bottom - start)
    bar = Rectangle(x: spectrogram.right + 20, y: start, width: 14, height: spectrogram.height)
    title = Point(x: Double(left), y: 31)
  }
}
