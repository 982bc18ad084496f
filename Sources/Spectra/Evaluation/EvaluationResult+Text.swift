#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension EvaluationResult {
  /// The result as JSON, with sorted keys.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }

  /// The result as comma-separated values (RFC 4180, line feeds): a row per pair, then mean, median and standard
  /// deviation, then the two sets, then noise in the place of the generated set; a field is empty where there is no value.
  public var csv: String {
    var rows = [["kind", "reference", "generated"] + metrics.map(\.name)]
    for pair in pairs {
      rows.append(["pair", pair.reference, pair.generated] + metrics.map { plain(pair.scores[$0.key]) })
    }
    if !aggregate.isEmpty {
      rows.append(["mean", "", ""] + metrics.map { plain(aggregate[$0.key]?.mean) })
      rows.append(["median", "", ""] + metrics.map { plain(aggregate[$0.key]?.median) })
      rows.append(["standard deviation", "", ""] + metrics.map { plain(aggregate[$0.key]?.standardDeviation) })
    }
    for (kind, scores) in [("sets", sets), ("noise", noise)] {
      if let scores { rows.append([kind, "", ""] + metrics.map { plain(scores.scores[$0.key]) }) }
    }
    return rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// The result as a table to be read in a terminal.
  public var table: String {
    let header = ["pair"] + metrics.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" }
    var rows = pairs.map { pair in [pair.generated] + metrics.map { rounded(pair.scores[$0.key]) } }
    if pairs.count > 1 {
      rows.append(["mean"] + metrics.map { rounded(aggregate[$0.key]?.mean) })
      rows.append(["median"] + metrics.map { rounded(aggregate[$0.key]?.median) })
      rows.append(["standard deviation"] + metrics.map { rounded(aggregate[$0.key]?.standardDeviation) })
    }
    if let sets, pairs.isEmpty || sets.reference.sounds > 1 || sets.generated.sounds > 1 {
      rows.append(["all, as two sets"] + metrics.map { rounded(sets.scores[$0.key]) })
    }
    if let noise { rows.append(["white noise as loud"] + metrics.map { rounded(noise.scores[$0.key]) }) }
    return aligned([header] + rows) + (notes.isEmpty ? "" : "\n" + notes.map { $0 + "\n" }.joined())
  }

  /// Why fields are empty, and what was left out.
  package var notes: [String] {
    var lines = omissions ?? []
    for metric in metrics {
      let reasons = pairs.compactMap { $0.undefined[metric.key] }
      for reason in Set(reasons).sorted() {
        let count = reasons.count { $0 == reason }
        lines.append("\(metric.name): no value for \(count) of \(pairs.count): \(reason)")
      }
      if let reason = sets?.undefined[metric.key] { lines.append("\(metric.name) of the sets: no value: \(reason)") }
    }
    if !unpairedReference.isEmpty && !pairs.isEmpty {
      lines.append("references without a counterpart: \(unpairedReference.count)")
    }
    if !unpairedGenerated.isEmpty && !pairs.isEmpty {
      lines.append("generated sounds without a counterpart: \(unpairedGenerated.count)")
    }
    return lines
  }

  private func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = row[0] + String(repeating: " ", count: widths[0] - row[0].count)
      for (field, width) in zip(row, widths).dropFirst() {
        line += "  " + String(repeating: " ", count: width - field.count) + field
      }
      return line + "\n"
    }.joined()
  }

  private func quoted(_ field: String) -> String {
    let special = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }

  private func plain(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// A number with three decimals.
  private func rounded(_ value: Double?) -> String {
    guard let value else { return "–" }
    if value.magnitude >= 1e12 { return "\(value)" }
    let thousandths = Int((value.magnitude * 1000).rounded())
    let decimals = "\(1000 + thousandths % 1000)".dropFirst()
    return (value < 0 && thousandths > 0 ? "-" : "") + "\(thousandths / 1000).\(decimals)"
  }
}
