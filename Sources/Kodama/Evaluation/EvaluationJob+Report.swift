import KodamaCore
import KodamaReports
import KodamaSpectra

extension EvaluationJob {
  /// The file name of the scores, in the format of `kodama evaluate --json`.
  public static let scoresFileName = "evaluation.json"

  /// Throws where a report cannot be written into a folder: a check before the work.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public static func checkReport(_ folder: String, existing: AtomicFile.Existing) throws {
    try Folder.create(folder)
    for name in [EvaluationReport.fileName, scoresFileName] {
      try AtomicFile.check(Folder.trimmed(folder) + "/" + name, existing: existing)
    }
  }

  /// Writes a page with tables, distributions, and pictures and players of some pairs, and the scores as JSON.
  ///
  /// - Parameters:
  ///   - result: the result of `evaluate`.
  ///   - folder: the folder; created where it does not exist.
  ///   - title: the title of the page.
  ///   - ranking: the metric that ranks the pairs, or without pairs the outputs; nil for the first that has a better and
  ///     a worse, and for outputs the probability that a classifier gives their labels, if there is one.
  /// - Returns: the path of the page.
  /// - Throws: `FileFault`, `ReportsFault`, and whatever reading the sounds throws.
  @discardableResult public func writeReport(
    of result: EvaluationResult, to folder: String, title: String = "Evaluation", rankedBy ranking: Metric? = nil,
    existing: AtomicFile.Existing = .refuse, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> String {
    try Self.checkReport(folder, existing: existing)
    var report = EvaluationReport(result, title: title, facts: facts, rankedBy: ranking)
    report.outputsRankedBy = ranking ?? recognition?.probabilities.first { result.aggregate[$0.name] != nil }
    let (reference, generated) = try shownSounds()
    let page = try report.write(
      to: folder, reference: reference, generated: generated, existing: existing, workers: evaluation.workers,
      progress: progress)
    try AtomicFile.write(to: Folder.trimmed(folder) + "/" + Self.scoresFileName, existing: existing) {
      try $0.write(result.json)
    }
    return page
  }

  /// The compared sounds: converted, but neither cut nor padded.
  private func shownSounds() throws -> (reference: [Sound], generated: [Sound]) {
    let (reference, generated) =
      switch sounds {
      case .sides(let reference, let generated): (reference, generated)
      case .pairs(let pairs): (pairs.map(\.reference), pairs.map(\.generated))
      }
    if reference.isEmpty { return (reference, generated) }
    let conversions = evaluation.conversions
    let rate = try conversions.sampleRate(of: reference + generated)
    func converted(_ sound: Sound) -> Sound {
      Sound(name: sound.name) { try conversions.apply(to: sound.open(), sampleRate: rate).source }
    }
    return (reference.map(converted), generated.map(converted))
  }
}
