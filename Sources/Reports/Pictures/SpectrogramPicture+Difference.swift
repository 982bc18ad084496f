import KodamaCore
import KodamaSpectra

extension SpectrogramPicture {
  /// The range of differences shown by color, in dB.
  static let differences = -30.0...30

  /// Draws the difference in level between a sound and a reference, in dB at every time and frequency, below the
  /// waveforms of both: red where it is louder than the reference, blue where it is quieter, white where they are equal
  /// or both more than `dynamicRange` below the peak level of the louder one.
  ///
  /// Sounds of different lengths are compared over the length of the shorter, which is then noted in the picture.
  /// Channels are averaged, so the two sounds may have different numbers of channels.
  ///
  /// - Throws: as `write`; `SpectraFault.sampleRatesDiffer`.
  public func writeDifference(
    of source: any SampleSource, from reference: any SampleSource, to path: String, existing: AtomicFile.Existing,
    workers: Workers = .all
  ) throws {
    try write(to: path, existing: existing) {
      try drawDifference(of: source, from: reference, format: $0, workers: workers)
    }
  }

  func drawDifference(
    of source: any SampleSource, from reference: any SampleSource, format: PictureFormat, workers: Workers
  ) throws -> Canvas {
    if source.sampleRate != reference.sampleRate {
      throw SpectraFault.sampleRatesDiffer(
        first: reference.label, firstRate: reference.sampleRate, second: source.label, secondRate: source.sampleRate)
    }
    let frames = min(source.frames, reference.frames)
    let sounds = [reference, source].map { SourcePrefix($0, frames: frames) }
    let area = layout.spectrogram
    let images = try sounds.map {
      try SpectrogramImage(
        of: $0, width: area.width, height: area.height, scale: frequencyScale, reduction: reduction, workers: workers)
    }
    let floor = max(images[0].top, images[1].top) - dynamicRange
    let envelopes = try sounds.map { try Envelope(of: $0, columns: min(frames, layout.waveform.width)) }
    let drawing = SpectrogramDrawing(
      canvas: try Canvas(width: width, height: height, format: format), layout: layout,
      levels: SpectrogramPicture.differences, colors: .diverging)
    try drawing.draw(levels: images[1].difference(from: images[0], floor: floor))
    let peak = max(envelopes[0].peak, envelopes[1].peak)
    for (lane, (envelope, name)) in zip(envelopes, ["reference", "this sound"]).enumerated() {
      drawing.draw(envelope, peak: peak, lane: lane, of: 2, name: name)
    }
    drawing.drawAxes(
      seconds: Double(frames) / Double(source.sampleRate), highest: Double(source.sampleRate) / 2,
      scale: frequencyScale)
    try drawing.drawScale(unit: "± dB")
    drawing.drawTitle(title, facts: SpectrogramPicture.facts(source, reference))
    return drawing.canvas
  }

  private static func facts(_ source: any SampleSource, _ reference: any SampleSource) -> [String] {
    let lengths = [source, reference].map(Ticks.duration)
    let length =
      source.frames == reference.frames
      ? lengths[0]
      : "the first \(source.frames < reference.frames ? lengths[0] : lengths[1]) "
        + "of \(lengths[0]) and \(lengths[1])"
    return [length, "\(source.sampleRate) Hz"]
  }
}
