import KodamaCore
import KodamaSpectra

/// An evaluation as one self-contained page: tables, distributions, and for some pairs the spectrograms and the sounds.
///
/// The page needs no network and opens from its file. It is written in pieces; only the pictures of one pair, or
/// of the few sounds that are shown without pairs, are in memory at a time.
///
/// ```swift
/// let report = EvaluationReport(result, title: "First model")
/// try report.write(to: "report", reference: recordings, generated: outputs, existing: .refuse)
/// ```
public struct EvaluationReport: Sendable {
  /// The name of the page in its folder.
  public static let fileName = "index.html"

  /// The scores.
  public let result: EvaluationResult
  /// The title of the page.
  public var title: String
  /// Facts below the title in addition to the numbers of sounds, such as the compared folders.
  public var facts: [ReportFact]
  /// The metric that ranks the pairs; nil for the first one of the result with a direction.
  public var rankedBy: Metric?
  /// The metric that ranks outputs where there are no pairs, so that the worst and the best are shown; nil for some in the
  /// order of their names.
  public var outputsRankedBy: Metric?
  /// The number of worst pairs to show.
  public var worstPairs = 8
  /// The number of pairs nearest to the median to show.
  public var typicalPairs = 4
  /// The length up to which sounds are played and drawn, in seconds.
  public var soundSeconds = 30.0

  /// A report of a result with default selections.
  public init(
    _ result: EvaluationResult, title: String = "Evaluation", facts: [ReportFact] = [], rankedBy: Metric? = nil
  ) {
    self.result = result
    self.title = title
    self.facts = facts
    self.rankedBy = rankedBy
  }

  /// Writes the page into a folder, which is created if necessary.
  ///
  /// - Parameters:
  ///   - reference: the sounds that were compared, by their names in the result; those shown are opened again.
  ///   - generated: likewise.
  ///   - existing: whether an earlier page may be replaced.
  ///   - progress: called after each sound or pair that is shown.
  /// - Returns: the path of the page.
  /// - Throws: `FileFault`, `ReportsFault`, `SpectraFault.notFinite`, and errors of opening and reading sounds.
  @discardableResult public func write(
    to folder: String, reference: [Sound], generated: [Sound], existing: AtomicFile.Existing, workers: Workers = .all,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> String {
    precondition(soundSeconds > 0, "sounds cannot be shown up to \(soundSeconds) s")
    let path = Folder.trimmed(folder) + "/" + EvaluationReport.fileName
    try Folder.create(folder)
    try AtomicFile.check(path, existing: existing)
    let selection = PairSelection(result, by: rankedBy, worst: worstPairs, typical: typicalPairs)
    let sounds = ReportedSounds(reference: reference, generated: generated, seconds: soundSeconds, workers: workers)
    let distributions = distributions
    var sections = [Section.scores, .sounds]
    if distributions != .empty { sections.append(.distributions) }
    if !result.pairs.isEmpty { sections.append(.pairs) }
    sections.append(.metrics)
    try AtomicFile.write(to: path, existing: existing) { writer in
      let page = try PageWriter(
        writer, title: title, summary: ReportFact.list(facts + counts),
        sections: sections.map { ($0.rawValue, $0.title) })
      for section in sections {
        try page.section((section.rawValue, section.title)) {
          switch section {
          case .scores: try page.write(scores)
          case .sounds where result.pairs.isEmpty:
            try sounds.write(
              result.unpairedReference, result.unpairedGenerated,
              outputsRankedBy.flatMap { OutputSelection(result, by: $0) }, to: page,
              progress: progress)
          case .sounds: try sounds.write(selection, result.metrics, to: page, progress: progress)
          case .distributions: try page.write(distributions)
          case .pairs: try page.write(PairTable(result).html)
          case .metrics: try page.write(definitions)
          }
        }
      }
      try page.finish()
    }
    return path
  }

  /// The parts of the page, by their identifiers in it.
  private enum Section: String {
    case scores, sounds, distributions, pairs, metrics

    var title: String {
      switch self {
      case .scores: "Scores"
      case .sounds: "Sounds"
      case .distributions: "Distributions"
      case .pairs: "All pairs"
      case .metrics: "What the metrics are"
      }
    }
  }

  private var counts: [ReportFact] {
    var counts = [ReportFact("Pairs", NumberText.count(result.pairs.count))]
    if let sets = result.sets {
      for (name, extent) in [("References", sets.reference), ("Outputs", sets.generated)] {
        counts.append(ReportFact(name, "\(NumberText.count(extent.sounds)), \(Ticks.duration(extent.seconds))"))
      }
    }
    for (name, sounds) in [
      ("References without a counterpart", result.unpairedReference),
      ("Outputs without a counterpart", result.unpairedGenerated),
    ] where !sounds.isEmpty && !result.pairs.isEmpty {
      counts.append(ReportFact(name, NumberText.count(sounds.count)))
    }
    return counts
  }

  private var scores: HTML {
    let notes = result.notes.map { note -> HTML in "<li>\(note)</li>" }
    return AggregateTable(result).html
      + (notes.isEmpty ? "" : "<ul class=\"note\">\(notes.joined())</ul>\n")
  }

  /// A histogram for each metric that has at least three scores.
  private var distributions: HTML {
    let figures = result.metrics.compactMap { metric -> HTML? in
      let values = result.pairs.compactMap { $0.scores[metric.name] }.filter(\.isFinite)
      guard values.count >= 3, let median = result.aggregate[metric.name]?.median, median.isFinite else { return nil }
      return Histogram(values).html(title: metric.name, unit: metric.unit, median: median)
    }
    if figures.isEmpty { return .empty }
    return """
      <p class="note">How many pairs have which score. The dashed line is the median.</p>
      <div class="grid small">\(figures.joined())</div>

      """
  }

  private var definitions: HTML {
    let terms = result.metrics.map { metric -> HTML in
      let unit = metric.unit.isEmpty ? "" : metric.unit + ", "
      return """
        <div><dt>\(metric.name) <span class="unit">\(metric.title)</span></dt><dd>\(metric.definition)<br>\
        <span class="note">\(unit)\(metric.direction.words); source: \(metric.source)</span></dd></div>

        """
    }
    return "<dl class=\"terms\">\(terms.joined())</dl>\n"
  }
}

extension Metric.Direction {
  /// The direction in words.
  var words: String {
    switch self {
    case .lowerIsBetter: "lower is better"
    case .higherIsBetter: "higher is better"
    case .neither: "neither good nor bad"
    }
  }
}
