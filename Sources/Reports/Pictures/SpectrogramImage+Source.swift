import KodamaCore
import KodamaSpectra

extension SpectrogramImage {
  /// The image of a sound.
  ///
  /// Frames are 32 ms or somewhat longer, and as close as the columns, up to a quarter of a frame apart: the same for
  /// sounds of one length and rate.
  ///
  /// - Throws: `ReportsFault.nothingToDraw`, `SpectraFault.notFinite`, and whatever reading throws.
  init(
    of source: any SampleSource, width: Int, height: Int, scale: FrequencyScale, reduction: STFT.Reduction,
    workers: Workers
  ) throws {
    if source.frames == 0 { throw ReportsFault.nothingToDraw(name: source.label) }
    var length = 64
    while Double(length) < 0.032 * Double(source.sampleRate) && length < 1 << 16 { length *= 2 }
    let stft = STFT(fftLength: length, hopLength: max(1, min(length / 4, source.frames / width)))
    let power = try stft.overview(of: source, columns: width, reduction: reduction, workers: workers)
    self.init(
      power, fullScalePower: stft.fullScalePower, highest: Double(source.sampleRate) / 2, width: width, height: height,
      scale: scale, reduction: reduction)
  }

  /// The level at which a scale of levels ends: the loudest, rounded up to tens of dB.
  var top: Double {
    let loudest = Double(decibels.max() ?? 0)
    // Silence has no loudest level to end the scale at.
    return loudest < -190 ? 0 : (loudest / 10).rounded(.up) * 10
  }

  /// How much louder this image is than another, in dB; what is quieter than `floor` counts as being as loud as that,
  /// so that the noise under both does not stand out.
  ///
  /// - Precondition: images of one size.
  func difference(from reference: SpectrogramImage, floor: Double) -> [Float] {
    precondition(
      width == reference.width && height == reference.height,
      "an image of \(width) by \(height) cannot be compared with one of \(reference.width) by \(reference.height)")
    let floor = Float(floor)
    return zip(decibels, reference.decibels).map { max($0, floor) - max($1, floor) }
  }
}
