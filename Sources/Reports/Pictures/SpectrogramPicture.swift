import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A picture of a sound: its waveform above its spectrogram, with axes in seconds and Hz and a scale of levels in dB.
///
/// 0 dB is a full-scale sine. Sound of any length is drawn with bounded memory.
public struct SpectrogramPicture: Sendable {
  /// The valid widths in pixels.
  public static let widths = 400...16_384
  /// The valid heights in pixels.
  public static let heights = 300...16_384

  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// The title of the picture.
  public let title: String
  /// The frequency scale.
  public let frequencyScale: FrequencyScale
  /// The reduction of several frames in one column of pixels.
  public let reduction: STFT.Reduction
  /// The range of levels from the darkest color to the loudest level, in dB.
  public let dynamicRange: Double

  /// - Throws: `ReportsFault.pictureSize`.
  /// - Precondition: a dynamic range of at least 10 dB.
  public init(
    title: String, width: Int = 1280, height: Int = 720, frequencyScale: FrequencyScale = .mel,
    reduction: STFT.Reduction = .mean, dynamicRange: Double = 90
  ) throws {
    if !SpectrogramPicture.widths.contains(width) || !SpectrogramPicture.heights.contains(height) {
      throw ReportsFault.pictureSize(width: width, height: height)
    }
    precondition(dynamicRange >= 10, "a dynamic range of \(dynamicRange) dB shows nothing; give at least 10")
    self.title = title
    self.width = width
    self.height = height
    self.frequencyScale = frequencyScale
    self.reduction = reduction
    self.dynamicRange = dynamicRange
  }

  /// Draws a sound into a file, PNG or SVG by its extension. The file is written atomically.
  ///
  /// - Throws: `FileFault` (before any work where the file cannot be created), `ReportsFault`,
  ///   `SpectraFault.notFinite`, and errors of reading.
  public func write(
    _ source: any SampleSource, to path: String, existing: AtomicFile.Existing, workers: Workers = .all
  ) throws {
    try write(to: path, existing: existing) { try draw(source, format: $0, workers: workers) }
  }

  /// Draws a sound and returns the bytes of the file: the same for the same sound on one machine.
  ///
  /// - Throws: `ReportsFault`, `SpectraFault.notFinite`, and errors of reading.
  public func encoded(
    _ source: any SampleSource, as format: PictureFormat = .png, workers: Workers = .all
  ) throws -> [UInt8] {
    try draw(source, format: format, workers: workers).encoded()
  }

  /// The layout.
  var layout: PictureLayout { PictureLayout(width: width, height: height) }

  /// Draws and writes a file in the format for its extension.
  func write(
    to path: String, existing: AtomicFile.Existing, _ draw: (PictureFormat) throws -> Canvas
  ) throws {
    let format = try PictureFormat(forName: path)
    try AtomicFile.check(path, existing: existing)
    let bytes = try draw(format).encoded()
    try AtomicFile.write(to: path, existing: existing) { try $0.write(bytes) }
  }

  /// Draws a sound.
  func draw(_ source: any SampleSource, format: PictureFormat = .png, workers: Workers) throws -> Canvas {
    let area = layout.spectrogram
    let image = try SpectrogramImage(
      of: source, width: area.width, height: area.height, scale: frequencyScale, reduction: reduction, workers: workers)
    let envelope = try Envelope(of: source, columns: min(source.frames, layout.waveform.width))
    let canvas = try Canvas(width: width, height: height, format: format)
    let levels = image.top - dynamicRange...image.top
    let drawing = SpectrogramDrawing(canvas: canvas, layout: layout, levels: levels, colors: .levels)
    try drawing.draw(levels: image.decibels)
    drawing.draw(envelope, peak: envelope.peak)
    drawing.drawAxes(
      seconds: Double(source.frames) / Double(source.sampleRate), highest: Double(source.sampleRate) / 2,
      scale: frequencyScale)
    try drawing.drawScale(unit: "dB")
    drawing.drawTitle(title, facts: SpectrogramPicture.facts(source, peak: envelope.peak))
    return canvas
  }

  private static func facts(_ source: any SampleSource, peak: Float) -> [String] {
    let channels =
      switch source.channelCount {
      case 1: "mono"
      case 2: "stereo"
      default: "\(source.channelCount) channels"
      }
    let level = peak == 0 ? "silent" : "peak " + Ticks.number(20 * log10(Double(peak)), digits: 1) + " dB"
    return [Ticks.duration(of: source), "\(source.sampleRate) Hz", channels, level]
  }
}
