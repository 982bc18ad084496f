/// Where the parts of a spectrogram's picture lie.
struct PictureLayout: Equatable {
  /// The waveform.
  let waveform: Rectangle
  /// The spectrogram.
  let spectrogram: Rectangle
  /// The bar of colours.
  let bar: Rectangle
  /// Where the title's base line begins.
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
