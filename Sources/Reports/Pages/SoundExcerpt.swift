import KodamaCore
import KodamaSpectra

/// The excerpt of a sound that is shown and played on a page.
struct SoundExcerpt {
  let source: any SampleSource
  /// A note on an excerpt that is shorter than the sound; otherwise empty.
  let note: String

  /// The start of a sound, up to a number of seconds.
  ///
  /// - Throws: `ReportsFault.nothingToDraw`.
  init(of sound: any SampleSource, seconds: Double) throws {
    if sound.frames == 0 { throw ReportsFault.nothingToDraw(name: sound.label) }
    // A player accepts less than 2³¹ bytes, 2 for each sample.
    let most = min(max(1, seconds * Double(sound.sampleRate)), Double((1 << 30) / sound.channelCount - 1))
    source = SourcePrefix(sound, frames: min(sound.frames, Int(most)))
    note =
      source.frames == sound.frames
      ? "" : "the first \(Ticks.duration(of: source)) of \(Ticks.duration(of: sound))"
  }
}

extension PageWriter {
  /// Writes a heading, the spectrogram of a sound and its player.
  func sound(
    _ excerpt: SoundExcerpt, heading: String, name: String, caption: String = "", figure: SpectrogramFigure, top: Double
  ) throws {
    let note: HTML = excerpt.note.isEmpty ? "" : " <span class=\"unit\">\(excerpt.note)</span>"
    try write("<div class=\"side\"><h4>\(heading)\(note)</h4>\n")
    try write(try figure.html(top: top, description: "Spectrogram, \(heading.lowercasedFirst): \(name)"))
    try player(excerpt.source, label: "\(heading): \(name)")
    if !caption.isEmpty { try write("<p class=\"note\">\(caption)</p>") }
    try write("</div>\n")
  }
}

extension String {
  /// With its first letter in lower case.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
