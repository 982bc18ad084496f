import KodamaCore
import KodamaSpectra

/// Several training runs as one self-contained page: their curves over each other, final figures and samples side by
/// side, and the settings that differ.
public struct RunComparison: Sendable {
  /// A row of a table with a value for each run.
  public struct Row: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value of each run; nil where it has none.
    public var values: [String?]

    /// A row.
    public init(_ name: String, _ values: [String?]) {
      self.name = name
      self.values = values
    }
  }

  /// Samples that are shown side by side.
  public struct Samples: Sendable {
    /// The title, such as `Step 1,000`.
    public var title: String
    /// The sample of each run; nil where it has none.
    public var sounds: [Sound?]

    /// Samples.
    public init(_ title: String, _ sounds: [Sound?]) {
      self.title = title
      self.sounds = sounds
    }
  }

  /// The largest number of runs: as many as there are colors of curves.
  public static let mostRuns = Color.series.count

  /// The title of the page.
  public var title: String
  /// The names of the runs, in the order of their colors and columns.
  public var runs: [String]
  /// The curves, in order; a curve's name is that of its run.
  public var charts: [LineChart]
  /// What the runs came to.
  public var figures: [Row]
  /// The settings that are not equal in all runs.
  public var differences: [Row]
  /// The settings that are equal in all runs.
  public var common: [ReportFact]
  /// Samples of audio.
  public var samples: [Samples]
  /// Remarks below the curves, such as returns to a checkpoint.
  public var remarks: [String]
  /// Samples are played and drawn up to this length, in seconds.
  public var soundSeconds = 30.0

  /// A page.
  ///
  /// - Precondition: every row has a value, or nil, for each run.
  public init(
    title: String, runs: [String], charts: [LineChart] = [], figures: [Row] = [], differences: [Row] = [],
    common: [ReportFact] = [], samples: [Samples] = [], remarks: [String] = []
  ) {
    precondition(
      (figures + differences).allSatisfy { $0.values.count == runs.count }
        && samples.allSatisfy { $0.sounds.count == runs.count }, "a value for each of \(runs.count) runs")
    self.title = title
    self.runs = runs
    self.charts = charts.map { $0.colored(like: runs) }
    self.figures = figures
    self.differences = differences
    self.common = common
    self.samples = samples
    self.remarks = remarks
  }

  /// Writes the page atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`, `SpectraFault.notFinite`, and errors of opening and reading samples.
  public func write(to path: String, existing: AtomicFile.Existing, workers: Workers = .all) throws {
    precondition(soundSeconds > 0, "sounds cannot be shown up to \(soundSeconds) s")
    var sections = [(id: "figures", title: "Final figures"), (id: "curves", title: "Curves")]
    if !differences.isEmpty || !common.isEmpty { sections.append(("settings", "Settings")) }
    if !samples.isEmpty { sections.append(("samples", "Samples side by side")) }
    try AtomicFile.write(to: path, existing: existing) { writer in
      let keys = runs.indices.map { run -> HTML in "<li>\(key(run))\(runs[run])</li>" }
      let page = try PageWriter(
        writer, title: title, summary: "<ul class=\"legend runs\">\(keys.joined())</ul>\n", sections: sections)
      for section in sections {
        try page.section(section) {
          switch section.id {
          case "figures": try page.write(table(figures, label: "Final figures of each run"))
          case "curves": try page.write(curves)
          case "settings": try page.write(settings)
          default: try writeSamples(to: page, workers: workers)
          }
        }
      }
      try page.finish()
    }
  }

  /// The color of a run, as in legends of charts.
  private func key(_ run: Int) -> HTML { "<i class=\"key line s\(run % Color.series.count)\"></i>" }

  private var curves: HTML {
    let remarks = remarks.map { remark -> HTML in "<li>\(remark)</li>" }
    return "<div class=\"grid\">\(charts.map(\.html).joined())</div>\n"
      + (remarks.isEmpty ? "" : "<ul class=\"note\">\(remarks.joined())</ul>\n")
  }

  /// A column for each run.
  private func table(_ rows: [Row], label: String) -> HTML {
    let titles = runs.indices.map { run -> HTML in "<th scope=\"col\">\(key(run))\(runs[run])</th>" }
    let lines = rows.map { row -> HTML in
      let cells = row.values.map { value -> HTML in "<td>\(value ?? "–")</td>" }
      return "<tr><th scope=\"row\">\(row.name)</th>\(cells.joined())</tr>\n"
    }
    return """
      <div class="scroll fit" tabindex="0" role="region" aria-label="\(label)"><table class="runs"><thead><tr>\
      <th scope="col"><span class="pale">run</span></th>\(titles.joined())</tr></thead><tbody>
      \(lines.joined())</tbody></table></div>

      """
  }

  private var settings: HTML {
    let differing: HTML =
      differences.isEmpty
      ? "<p>No setting differs.</p>\n" : table(differences, label: "Settings that differ")
    if common.isEmpty { return differing }
    let summary = "\(NumberText.count(common.count)) \(common.count == 1 ? "setting is" : "settings are") equal"
    return differing + "<details><summary>\(summary)</summary>\(ReportFact.list(common))</details>\n"
  }

  private func writeSamples(to page: PageWriter, workers: Workers) throws {
    try page.write(
      """
      <p class="note">Of each sample at most the first \(NumberText.round(soundSeconds)) s are shown and played. Colors \
      are levels in dB below full scale, the same for all of a row.</p>

      """)
    for row in samples {
      let sounds = try row.sounds.map { sound in
        try sound.map { try SoundExcerpt(of: $0.open(), seconds: soundSeconds) }
      }
      let figures = try sounds.map { try $0.map { try SpectrogramFigure(of: $0.source, workers: workers) } }
      let top = figures.compactMap { $0?.image.top }.max() ?? 0
      try page.write("<article class=\"card\"><h3>\(row.title)</h3><div class=\"sides\">\n")
      for run in runs.indices {
        guard let excerpt = sounds[run], let figure = figures[run], let sound = row.sounds[run] else {
          try page.write(
            "<div class=\"side\"><h4>\(runs[run])</h4><p class=\"note\">No sample of this step.</p></div>\n")
          continue
        }
        try page.sound(excerpt, heading: runs[run], name: sound.name, caption: sound.name, figure: figure, top: top)
      }
      try page.write("</div></article>\n")
    }
  }
}
