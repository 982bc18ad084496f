import KodamaCore

/// What an iteration did, in a line.
public enum LearningText {
  /// The line of an iteration.
  public static func line(_ report: ZeroLearner.Report) -> String {
    let (progress, entry) = (report.progress, LearningEntry(report))
    let (moves, black) = (entry["movesPerGame"] ?? 0, entry["blackWins"] ?? 0)
    func text(_ number: Double, _ places: Int) -> String { NumberText.decimal(number, places) }
    var parts = [
      "iteration \(progress.iteration)", "\(progress.games) games", "\(text(moves, 1)) moves each",
      "black wins \(text(100 * black, 0)) %",
      "policy loss \(text(report.last.policyLoss, 3)) (search \(text(report.last.entropy, 3)))",
      "value loss \(text(report.last.valueLoss, 3))",
    ]
    if let match = report.match {
      parts.append(
        "match \(match.won):\(match.lost)" + (match.drawn > 0 ? " and \(match.drawn) equal" : "")
          + (progress.bestIteration == progress.iteration ? ", the best now" : ""))
    }
    parts += ["Elo \(text(progress.elo, 0))", "\(text(progress.seconds / 60, 1)) min"]
    return parts.joined(separator: "; ")
  }
}
