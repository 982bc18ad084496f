import KodamaCoding
import Kodama

/// Formats numbers for display.
enum Format {
  /// 1,263,168.
  static func count(_ number: Int) -> String { NumberText.grouped(number) }

  /// A speed, which is not finite where the time was too short to be measured: 12,345.
  static func count(_ number: Double) -> String { number.magnitude < 1e15 ? count(Int(number)) : "\(number)" }

  /// 4.38.
  static func decimal(_ number: Double, _ places: Int = 2) -> String { NumberText.decimal(number, places) }

  /// 45 s, 12 min, 3 h 20 min.
  static func duration(_ seconds: Double) -> String {
    // Durations beyond any practical use are not converted to Int.
    guard seconds.isFinite && seconds < 86_400e9 else { return "unknown" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<120: return "\(whole) s"
    case ..<7200: return "\(whole / 60) min"
    case ..<172_800: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }
  }

  /// A table with aligned columns; all but the first are aligned to the right. Control characters in names are made
  /// visible.
  static func table(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map { $0.visible() } }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ").trimmingSuffix(" ")
    }.joined(separator: "\n")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = self
    while text.last == character { text.removeLast() }
    return text
  }
}

/// JSON output of commands: keys in lowerCamelCase, sorted, so that the output of two runs can be compared.
enum JSONText {
  static func of(_ value: some Encodable) throws -> String { try JSON(encoding: value).sortedText }
}
