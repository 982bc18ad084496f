import KodamaCore
import KodamaSpectra

/// Sounds of one signal side by side on a page: such as the input of a model, what it is to give, and what it gives. With
/// spectrograms on one scale, players, and curves.
public struct SoundComparison: Sendable {
  /// A sound with its heading.
  public struct Side: Sendable {
    /// The heading.
    public var heading: String
    /// The sound.
    public var sound: Sound
    /// A line below the player; empty for none.
    public var caption: String

    /// A sound with its heading.
    public init(_ heading: String, _ sound: Sound, caption: String = "") {
      (self.heading, self.sound, self.caption) = (heading, sound, caption)
    }
  }

  /// The title.
  public var title: String
  /// A paragraph below it.
  public var note: String
  /// Numbers, such as scores.
  public var facts: [ReportFact]
  /// The sounds, at least one; their names are for screen readers.
  public var sides: [Side]
  /// Whether the difference of the last two is shown, the last less the one before.
  public var showsDifference: Bool
  /// Curves below the sounds.
  public var charts: [LineChart]

  /// A comparison.
  ///
  /// - Precondition: at least one sound, two for a difference.
  public init(
    title: String, note: String = "", facts: [ReportFact] = [], sides: [Side], showsDifference: Bool = false,
    charts: [LineChart] = []
  ) {
    precondition(sides.count >= (showsDifference ? 2 : 1), "\(sides.count) sounds cannot be compared")
    (self.title, self.note, self.facts, self.sides) = (title, note, facts, sides)
    (self.showsDifference, self.charts) = (showsDifference, charts)
  }
}

extension PageWriter {
  /// Writes a comparison without its title.
  ///
  /// - Parameter seconds: the length up to which sounds are shown and played.
  func write(_ comparison: SoundComparison, seconds: Double, workers: Workers) throws {
    if !comparison.note.isEmpty { try write("<p class=\"note\">\(comparison.note)</p>\n") }
    try write(ReportFact.list(comparison.facts))
    let excerpts = try comparison.sides.map { try SoundExcerpt(of: $0.sound.open(), seconds: seconds) }
    let figures = try excerpts.map { try SpectrogramFigure(of: $0.source, workers: workers) }
    let top = figures.reduce(-.infinity) { max($0, $1.image.top) }
    try write("<div class=\"sides\">\n")
    for (side, (excerpt, figure)) in zip(comparison.sides, zip(excerpts, figures)) {
      try sound(
        excerpt, heading: side.heading, name: side.sound.name, caption: side.caption, figure: figure, top: top)
    }
    if comparison.showsDifference {
      let name = comparison.sides[comparison.sides.count - 1].sound.name
      try difference(of: Array(excerpts.suffix(2)), Array(figures.suffix(2)), top: top, name: name, workers: workers)
    }
    try write("</div>\n")
    if !comparison.charts.isEmpty {
      try write("<div class=\"grid\">\(comparison.charts.map(\.html).joined())</div>\n")
    }
  }

  /// Writes the difference of the spectrograms of two sounds, the second less the first.
  func difference(
    of sounds: [SoundExcerpt], _ figures: [SpectrogramFigure], top: Double, name: String, workers: Workers
  ) throws {
    let sources = sounds.map(\.source)
    if sources[0].sampleRate != sources[1].sampleRate {
      return try write(
        "<div class=\"side\"><h4>Difference</h4><p class=\"note\">None: the sample rates differ.</p></div>\n")
    }
    var (figures, note) = (figures, HTML.empty)
    let frames = min(sources[0].frames, sources[1].frames)
    if sources[0].frames != sources[1].frames {
      let common = sources.map { SourcePrefix($0, frames: frames) }
      figures = try common.map { try SpectrogramFigure(of: $0, workers: workers) }
      note =
        " <span class=\"unit\">over the first \(Ticks.duration(of: common[0])), which both have</span>"
    }
    let picture = try figures[1].html(
      differenceFrom: figures[0], top: top,
      description: "Difference of the spectrograms, output less reference: \(name)")
    try write("<div class=\"side\"><h4>Difference\(note)</h4>\n\(picture)</div>\n")
  }
}
