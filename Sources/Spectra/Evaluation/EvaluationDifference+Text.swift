import KodamaCoding
import KodamaCore

extension EvaluationDifference {
  /// The comparison as a table for a terminal.
  public var table: String {
    let header = ["metric", "unit", "first", "second", "difference", "95 % interval", "second is"]
    let body = rows.map { row in
      let interval = row.difference?.interval
      return [
        row.metric.name, row.metric.unit, TextTable.rounded(row.first), TextTable.rounded(row.second),
        TextTable.rounded(row.second - row.first),
        interval.map { "\(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high))" } ?? "–", row.verdict.rawValue,
      ]
    }
    let missing = unmatched.isEmpty ? "" : "; \(unmatched.count) that only one of them has are left out"
    return TextTable.aligned([header] + body) + "\n\(Plural.text(pairs, "pair")) in common\(missing)\n"
  }

  /// The comparison as comma-separated values (RFC 4180, line feeds).
  public var csv: String {
    let header = ["metric", "unit", "first", "second", "difference", "lower end", "upper end", "verdict"]
    return CSV.text(
      [header]
        + rows.map { row in
          [row.metric.name, row.metric.unit]
            + [
              row.first, row.second, row.second - row.first, row.difference?.interval?.low,
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
