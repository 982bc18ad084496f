import KodamaAudio
import KodamaCore
import KodamaSpectra

/// A list of pairs: a line each, reference and generated sound with a comma between; a first line `reference,generated` is
/// a heading. Paths are relative to the list's folder, or to the current one where the list comes through standard input.
struct PairsFile {
  /// The pairs, in order.
  private(set) var pairs: [(reference: Sound, generated: Sound)] = []
  /// Warnings about files that are not as their headers say.
  private(set) var warnings: [String] = []

  /// Reads a list and looks at every file in it.
  ///
  /// - Parameter path: a file; `-` for standard input.
  /// - Throws: `FileFault`, `AudioFault`; `JobFault.badPairs`.
  init(_ path: String) throws {
    let name = path == "-" ? "standard input" : path
    guard let text = String(validating: try TextFile.bytes(path), as: UTF8.self) else {
      throw JobFault.badPairs(path: name, line: 1, problem: "it is not UTF-8 text")
    }
    let folder = path == "-" ? "" : path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var rows = try CSV.rows(text, path: name)
    if rows.first?.fields == ["reference", "generated"] { rows.removeFirst() }
    if rows.isEmpty { throw JobFault.badPairs(path: name, line: 1, problem: "it names no pair") }
    for row in rows {
      guard row.fields.count == 2, !row.fields.contains("") else {
        let problem = "a pair is two paths with a comma between, and here are \(row.fields.count) fields"
        throw JobFault.badPairs(path: name, line: row.line, problem: problem)
      }
      let sounds = try row.fields.map { field in
        let (sound, warnings) = try SoundSelection.sound(field.hasPrefix("/") ? field : folder + field, name: field)
        self.warnings += warnings
        return sound
      }
      pairs.append((sounds[0], sounds[1]))
    }
  }
}
