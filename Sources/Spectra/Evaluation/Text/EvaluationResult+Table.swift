import KodamaCore

extension EvaluationResult {
  /// The result as a table to be read in a terminal: a row per metric, with the one pair's score, or the mean over pairs
  /// and sounds with its spread, and beside it the references' own mean; then the worst pairs, and why fields are empty.
  ///
  /// - Parameters:
  ///   - worst: how many of the worst pairs are listed.
  ///   - ranking: the metric they are worst by; nil for the first that has a better and a worse.
  public func table(worst: Int = 0, by ranking: Metric? = nil) -> String {
    var text = TextTable.aligned(rows)
    if worst > 0, let ranking = ranking ?? metrics.first(where: { $0.direction != .neither && $0.scope != .sets }) {
      let listed = self.worst(worst, by: ranking)
      if !listed.isEmpty {
        text += "\nworst by \(ranking.name):\n"
        text += TextTable.aligned(listed.map { ["  \($0.generated)", TextTable.rounded($0.scores[ranking.key])] })
      }
    }
    let notes = notes
    return notes.isEmpty ? text : text + "\n" + notes.map { $0.visible() + "\n" }.joined()
  }

  /// The number of pairs and of sounds without a counterpart.
  private var count: Int { pairs.count + sounds.count }

  private var rows: [[String]] {
    var header = ["metric", "unit"]
    if count == 1 { header += ["value"] }
    if count > 1 { header += ["mean", "95 % interval", "median", "deviation"] }
    if references != nil { header += ["references"] }
    // Of two single sounds the sets say the same as the pair.
    let showsSets = sets.map { pairs.isEmpty || $0.reference.sounds > 1 || $0.generated.sounds > 1 } ?? false
    if showsSets { header += ["sets"] }
    if noise != nil { header += ["noise as loud"] }
    return [header]
      + metrics.map { metric in
        let statistics = aggregate[metric.key]
        var row = [metric.name, metric.unit]
        if count == 1 { row += [TextTable.rounded(statistics?.mean)] }
        if count > 1 {
          let interval = statistics?.interval.map {
            "\(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high))"
          }
          row += [TextTable.rounded(statistics?.mean), interval ?? "–", TextTable.rounded(statistics?.median)]
          row += [TextTable.rounded(statistics?.standardDeviation)]
        }
        if let references {
          row += [metric.scope == .sounds ? TextTable.rounded(references[metric.key]?.mean) : ""]
        }
        if showsSets { row += [metric.scope == .sets ? TextTable.rounded(sets?.scores[metric.key]) : ""] }
        if noise != nil { row += [metric.scope == .sets ? TextTable.rounded(noise?.scores[metric.key]) : ""] }
        return row
      }
  }

  /// How much was compared, why fields are empty, and what was done before.
  package var notes: [String] {
    var lines: [String] = []
    if pairs.count > 1 { lines.append("\(pairs.count) pairs") }
    let rows: [any Scored] = pairs + sounds
    for metric in metrics {
      let reasons = rows.compactMap { $0.undefined[metric.key] }
      for reason in Set(reasons).sorted() {
        lines.append("\(metric.name): no value for \(reasons.count { $0 == reason }) of \(count): \(reason)")
      }
      if let reason = sets?.undefined[metric.key] { lines.append("\(metric.name) of the sets: no value: \(reason)") }
    }
    let conversions = pairs.flatMap(\.conversions) + sounds.flatMap(\.conversions)
    lines += conversions.prefix(Self.listed)
    if conversions.count > Self.listed { lines.append("… and \(conversions.count - Self.listed) more conversions") }
    for (side, names) in [("references", unpairedReference), ("generated sounds", unpairedGenerated)]
    where !names.isEmpty && !pairs.isEmpty {
      let rest = names.count > Self.listed ? " and \(names.count - Self.listed) more" : ""
      lines.append(
        "\(side) without a counterpart: \(names.count): \(names.prefix(Self.listed).joined(separator: ", "))\(rest)")
    }
    return lines
  }

  /// How many names a line lists.
  private static let listed = 5
}
