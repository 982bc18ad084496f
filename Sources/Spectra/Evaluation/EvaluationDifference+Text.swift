import KodamaCoding
import KodamaCore

extension EvaluationDifference {
  /// The comparison as a table for a terminal.
  public var table: String { TextTable.aligned(cells) + "\n\(note)\n" }

  /// The table as Markdown.
  public var markdown: String { TextTable.markdown(cells) + "\n\(note)\n" }

  private var note: String {
    let missing = unmatched.isEmpty ? "" : "; \(unmatched.count) that only one of them has are left out"
    let lost = rows.compactMap { row -> String? in
      guard let lost = row.lost, lost > 0 else { return nil }
      let have = Plural.word(lost, "has", "have")
      return "\n\(row.metric.name): \(Plural.text(lost, "pair")) with a value before \(have) none after"
    }
    return "\(Plural.text(pairs, "pair")) in common\(missing)" + lost.joined()
  }

  private var cells: [[String]] {
    let header = ["metric", "unit", "first", "second", "difference", "95 % interval", "second is"]
    let body = rows.map { row in
      let interval = row.difference?.interval
      return [
        row.metric.name, row.metric.unit, TextTable.rounded(row.first), TextTable.rounded(row.second),
        TextTable.rounded(row.second.map { $0 - row.first }),
        interval.map { "\(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high))" } ?? "–", row.verdict.rawValue,
      ]
    }
    return [header] + body
  }

  /// The metrics by which the second is worse, each with what was measured: `lsd is worse: 1.500 dB before, 4.000 after`.
  public var worse: [(metric: Metric, message: String)] {
    rows.filter { $0.verdict == .worse }.map { ($0.metric, message(of: $0)) }
  }

  /// What was measured of a metric, in words.
  public func message(of row: Row) -> String {
    let unit = row.metric.unit.isEmpty ? "" : " \(row.metric.unit)"
    let interval = row.difference?.interval.map {
      ", difference \(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high))"
    }
    let lost = row.lost.map { $0 > 0 ? ", \(Plural.text($0, "value")) lost" : "" } ?? ""
    let after = row.second.map { "\(TextTable.rounded($0)) after" } ?? "no value after"
    return "\(row.metric.name) is \(row.verdict.rawValue): \(TextTable.rounded(row.first))\(unit) before, "
      + after + lost + (interval ?? "")
  }

  /// The comparison as comma-separated values (RFC 4180, line feeds).
  public var csv: String {
    let header = ["metric", "unit", "first", "second", "difference", "lower end", "upper end", "verdict"]
    return CSV.text(
      [header]
        + rows.map { row in
          [row.metric.name, row.metric.unit]
            + [
              row.first, row.second, row.second.map { $0 - row.first }, row.difference?.interval?.low,
              row.difference?.interval?.high,
            ]
            .map(TextTable.plain) + [row.verdict.rawValue]
        })
  }

  /// The comparison as JSON, with sorted keys.
  public var json: String {
    get throws {
      try JSON(encoding: self).sortedText + "\n"
    }
  }
}
