/// Rows of text for people and for programs.
package enum TextTable {
  /// Columns that stand under each other, all but the first aligned to the right. Control characters in names are made
  /// visible.
  package static func aligned(_ rows: [[String]]) -> String {
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
}
