import KodamaCore
import KodamaSpectra

/// A training run as one self-contained page: facts, curves, and the audio samples generated during training.
public struct RunReport: Sendable {
  /// A group of facts with its title.
  public struct FactGroup: Sendable, Equatable {
    /// The title.
    public var title: String
    /// The facts.
    public var facts: [ReportFact]

    /// A group of facts.
    public init(_ title: String, _ facts: [ReportFact]) {
      self.title = title
      self.facts = facts
    }
  }

  /// A picture with its title.
  public struct Figure: Sendable, Equatable {
    /// The title.
    public var title: String
    /// The text for screen readers.
    public var description: String
    /// The bytes of a PNG file.
    public var png: [UInt8]

    /// A picture.
    public init(_ title: String, description: String, png: [UInt8]) {
      (self.title, self.description, self.png) = (title, description, png)
    }
  }

  /// How often each whole number from 0 on came.
  public struct Counts: Sendable, Equatable {
    /// The title.
    public var title: String
    /// What the numbers are, such as the unit.
    public var unit: String
    /// What they are of, such as steps.
    public var counted: String
    /// The counts, from that of 0 on.
    public var counts: [Int]

    /// Counts with a title.
    public init(_ title: String, unit: String, counted: String, _ counts: [Int]) {
      (self.title, self.unit, self.counted, self.counts) = (title, unit, counted, counts)
    }
  }

  /// The title of the page.
  public var title: String
  /// The facts at the top.
  public var facts: [ReportFact]
  /// The curves, in order.
  public var charts: [LineChart]
  /// Histograms beside the curves.
  public var histograms: [Counts] = []
  /// Remarks below the curves, such as returns to a checkpoint.
  public var remarks: [String]
  /// Sounds side by side; nil for none.
  public var comparison: SoundComparison?
  /// Pictures, such as of the recordings.
  public var figures: [Figure] = []
  /// Samples of audio, the earliest first.
  public var samples: [Sound]
  /// The settings of the network and the training.
  public var settings: [FactGroup]
  /// The maximum number of samples to show: the first, the last, and evenly spaced others.
  public var mostSamples = 12
  /// Samples are played and drawn up to this length, in seconds.
  public var soundSeconds = 30.0

  /// A report.
  public init(
    title: String, facts: [ReportFact] = [], charts: [LineChart] = [], remarks: [String] = [], samples: [Sound] = [],
    settings: [FactGroup] = []
  ) {
    self.title = title
    self.facts = facts
    self.charts = charts
    self.remarks = remarks
    self.samples = samples
    self.settings = settings
  }

  /// Writes the page atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`, `SpectraFault.notFinite`, and errors of opening and reading samples.
  public func write(to path: String, existing: AtomicFile.Existing, workers: Workers = .all) throws {
    precondition(soundSeconds > 0, "sounds cannot be shown up to \(soundSeconds) s")
    var sections = [(id: "curves", title: "Curves")]
    if let comparison { sections.append(("comparison", comparison.title)) }
    if !samples.isEmpty { sections.append(("samples", "Samples on the way")) }
    if !figures.isEmpty { sections.append(("figures", "Recordings")) }
    if !settings.isEmpty { sections.append(("settings", "Settings")) }
    try AtomicFile.write(to: path, existing: existing) { writer in
      let page = try PageWriter(writer, title: title, summary: ReportFact.list(facts), sections: sections)
      for section in sections {
        try page.section(section) {
          switch section.id {
          case "curves": try page.write(curves)
          case "comparison": try comparison.map { try page.write($0, seconds: soundSeconds, workers: workers) }
          case "figures": for figure in figures { try page.write(figure.html) }
          case "samples": try writeSamples(to: page, workers: workers)
          default: try page.write(settingsList)
          }
        }
      }
      try page.finish()
    }
  }

  private var curves: HTML {
    let remarks = remarks.map { remark -> HTML in "<li>\(remark)</li>" }
    return "<div class=\"grid\">\(charts.map(\.html).joined())\(histograms.map(\.html).joined())</div>\n"
      + (remarks.isEmpty ? "" : "<ul class=\"note\">\(remarks.joined())</ul>\n")
  }

  private var settingsList: HTML {
    settings.map { group -> HTML in "<h3>\(group.title)</h3>\(ReportFact.list(group.facts))" }.joined()
  }

  private func writeSamples(to page: PageWriter, workers: Workers) throws {
    let shown = ReportedSounds.spread(samples, count: mostSamples)
    try page.write(
      """
      <p class="note">\(shown.count) of \(Plural.grouped(samples.count, "sample")), the earliest first. Of each at \
      most the first \(NumberText.round(soundSeconds)) s are shown and played. Colors are levels in dB \
      below full scale.</p>
      <div class="sides">

      """)
    for sample in shown {
      let excerpt = try SoundExcerpt(of: sample.open(), seconds: soundSeconds)
      let figure = try SpectrogramFigure(of: excerpt.source, workers: workers)
      try page.sound(excerpt, heading: sample.name, name: sample.name, figure: figure, top: figure.image.top)
    }
    try page.write("</div>\n")
  }
}

extension RunReport.Counts {
  fileprivate var html: HTML {
    let half = (counts.reduce(0, +) + 1) / 2
    var (sum, median) = (0, 0)
    for (number, count) in counts.enumerated() where sum < half { (sum, median) = (sum + count, number) }
    return Histogram(counts: counts).html(title: title, unit: unit, median: Double(median), counted: counted)
  }
}

extension RunReport.Figure {
  fileprivate var html: HTML {
    var base64 = Base64()
    let text = base64.encode(png) + base64.finish()
    return """
      <figure class="picture"><figcaption>\(title)</figcaption><img decoding="sync" alt="\(description)" \
      src="data:image/png;base64,\(String(decoding: text, as: UTF8.self))"></figure>

      """
  }
}
