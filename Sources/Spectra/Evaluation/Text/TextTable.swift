import KodamaCore

/// Rows of text for people and for programs.
enum TextTable {
  /// Columns that stand under each other, all but the first aligned to the right. Control characters in names are made
  /// visible.
  static func aligned(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map { $0.visible() } }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = row[0] + String(repeating: " ", count: widths[0] - row[0].count)
      for (field, width) in zip(row, widths).dropFirst() {
        line += "  " + String(repeating: " ", count: width - field.count) + field
      }
      return line + "\n"
    }.joined()
  }

  /// All digits of a number; nothing where there is none.
  static func plain(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// A number with three decimals; a dash where there is none.
  static func rounded(_ value: Double?) -> String {
    guard let value else { return "–" }
    if !(value.magnitude < 1e12) { return "\(value)" }
    let thousandths = Int((value.magnitude * 1000).rounded())
    let decimals = "\(1000 + thousandths % 1000)".dropFirst()
    return (value < 0 && thousandths > 0 ? "-" : "") + "\(thousandths / 1000).\(decimals)"
  }
}
