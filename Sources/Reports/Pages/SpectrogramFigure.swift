import KodamaCore
import KodamaSpectra

/// The spectrogram of a sound on a page: an image with its axes as text.
struct SpectrogramFigure {
  /// In pixels.
  static let (width, height) = (520, 260)
  /// The range of levels from the darkest color to the loudest level, in dB.
  static let dynamicRange = 90.0

  let image: SpectrogramImage
  private let seconds: Double
  private let highest: Double

  /// - Throws: as `SpectrogramImage` does.
  init(of source: any SampleSource, workers: Workers) throws {
    image = try SpectrogramImage(
      of: source, width: SpectrogramFigure.width, height: SpectrogramFigure.height, scale: .mel, reduction: .mean,
      workers: workers)
    seconds = Double(source.frames) / Double(source.sampleRate)
    highest = Double(source.sampleRate) / 2
  }

  /// The levels, up to `top` dB.
  func html(top: Double, description: String) throws -> HTML {
    try html(
      image.decibels, levels: top - SpectrogramFigure.dynamicRange...top, colors: .levels, style: "levels",
      description: description)
  }

  /// The difference in level from another sound of the same length and rate.
  func html(differenceFrom reference: SpectrogramFigure, top: Double, description: String) throws -> HTML {
    try html(
      image.difference(from: reference.image, floor: top - SpectrogramFigure.dynamicRange),
      levels: SpectrogramPicture.differences, colors: .diverging, style: "diverging", description: description)
  }

  private func html(
    _ values: [Float], levels: ClosedRange<Double>, colors: ColorMap, style: String, description: String
  ) throws -> HTML {
    let canvas = try Canvas(width: SpectrogramFigure.width, height: SpectrogramFigure.height)
    let span = levels.upperBound - levels.lowerBound
    try canvas.put(
      values.map { colors.pixel(level: (Double($0) - levels.lowerBound) / span) },
      in: Rectangle(x: 0, y: 0, width: canvas.width, height: canvas.height))
    var base64 = Base64()
    let text = base64.encode(try canvas.encoded()) + base64.finish()
    let picture: HTML = """
      <img decoding="sync" width="\(canvas.width)" height="\(canvas.height)" alt="\(description)" \
      src="data:image/png;base64,\(String(decoding: text, as: UTF8.self))">
      """
    let ends = [levels.lowerBound, levels.upperBound].map { Ticks.number($0, digits: 0) + " dB" }
    return """
      \(frame.html(around: picture, description: ""))<div class="scale" aria-hidden="true"><span>\(ends[0])</span>\
      <i class="\(style)"></i><span>\(ends[1])</span></div>

      """
  }

  private var frame: ChartFrame {
    let position = { (frequency: Double) in FrequencyScale.mel.height(of: frequency, highest: highest) }
    // A seventh of the height keeps labels from overlapping on the narrowest page.
    return ChartFrame(
      vertical: Ticks.frequency(highest: highest, distance: 1.0 / 7, position: position).map {
        ChartFrame.Mark(position: position($0.value), label: $0.label)
      },
      horizontal: Ticks.time(seconds: seconds, most: 5).map {
        ChartFrame.Mark(position: $0.value / seconds, label: $0.label)
      },
      name: seconds < 60 ? "time (s), frequency (Hz)" : "time (min:s), frequency (Hz)")
  }
}
