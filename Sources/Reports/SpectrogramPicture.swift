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
  /// The widths that can be drawn, in pixels.
  public static let widths = 400...16_384
  /// The heights that can be drawn, in pixels.
  public static let heights = 300...16_384

  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// What stands above the picture.
  public let title: String
  /// Which frequencies lie at which height.
  public let frequencyScale: FrequencyScale
  /// What becomes of several frames in one column of pixels.
  public let reduction: STFT.Reduction
  /// How far below the loudest level the darkest colour is, in dB.
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

  /// Draws a sound into a PNG file, which appears whole or not at all.
  ///
  /// - Throws: `FileFault` (before any work where the file cannot be created), `ReportsFault`, `SpectraFault.notFinite`,
  ///   and whatever reading throws.
  public func write(
    _ source: any SampleSource, to path: String, existing: AtomicFile.Existing, workers: Workers = .all
  ) throws {
    try AtomicFile.check(path, existing: existing)
    let bytes = try png(of: source, workers: workers)
    try AtomicFile.write(to: path, existing: existing) { try $0.write(bytes) }
  }

  /// Draws a sound and gives the bytes of the PNG file: the same for the same sound on one machine.
  ///
  /// - Throws: `ReportsFault`, `SpectraFault.notFinite`, and whatever reading throws.
  public func png(of source: any SampleSource, workers: Workers = .all) throws -> [UInt8] {
    try draw(source, workers: workers).png()
  }

  /// Where everything lies.
  var layout: PictureLayout { PictureLayout(width: width, height: height) }

  /// Draws a sound.
  func draw(_ source: any SampleSource, workers: Workers) throws -> Canvas {
    if source.frames == 0 { throw ReportsFault.nothingToDraw(name: source.label) }
    let layout = layout
    let highest = Double(source.sampleRate) / 2
    let stft = SpectrogramPicture.transform(of: source, columns: layout.spectrogram.width)
    let power = try stft.overview(
      of: source, columns: layout.spectrogram.width, reduction: reduction, workers: workers)
    let image = SpectrogramImage(
      power, fullScalePower: stft.fullScalePower, highest: highest, width: layout.spectrogram.width,
      height: layout.spectrogram.height, scale: frequencyScale, reduction: reduction)
    let envelope = try Envelope(of: source, columns: min(source.frames, layout.waveform.width))
    let loudest = Double(image.decibels.max() ?? 0)
    // Silence has no loudest level to end the scale at.
    let top = loudest < -190 ? 0 : (loudest / 10).rounded(.up) * 10
    let canvas = try Canvas(width: width, height: height)
    let drawing = SpectrogramDrawing(canvas: canvas, layout: layout, levels: top - dynamicRange...top)
    try drawing.draw(image)
    drawing.draw(envelope)
    drawing.drawAxes(
      seconds: Double(source.frames) / Double(source.sampleRate), highest: highest,
      scale: frequencyScale)
    try drawing.drawScale()
    drawing.drawTitle(title, facts: SpectrogramPicture.facts(source, peak: envelope.peak))
    return canvas
  }

  /// Frames of 32 ms or somewhat more; as close as the columns, up to a quarter of a frame apart.
  private static func transform(of source: any SampleSource, columns: Int) -> STFT {
    var length = 64
    while Double(length) < 0.032 * Double(source.sampleRate) && length < 1 << 16 { length *= 2 }
    return STFT(fftLength: length, hopLength: max(1, min(length / 4, source.frames / columns)))
  }

  private static func facts(_ source: any SampleSource, peak: Float) -> [String] {
    let seconds = Double(source.frames) / Double(source.sampleRate)
    let channels =
      switch source.channelCount {
      case 1: "mono"
      case 2: "stereo"
      default: "\(source.channelCount) channels"
      }
    let length = seconds < 60 ? Ticks.number(seconds, digits: 2) + " s" : Ticks.clock(seconds)
    let level = peak == 0 ? "silent" : "peak " + Ticks.number(20 * log10(Double(peak)), digits: 1) + " dB"
    return [length, "\(source.sampleRate) Hz", channels, level]
  }
}
