import KodamaAudio
import KodamaCore
import KodamaSpectra

/// A list of pairs: one per line, reference and generated sound separated by a comma, semicolon or tab; a first line
/// `reference,generated` is a heading. Paths are relative to the list's folder, or to the current one where the list is
/// read from standard input.
struct PairsFile {
  /// The pairs, in order.
  private(set) var pairs: [(reference: Sound, generated: Sound)] = []
  /// Warnings about files that do not match their headers.
  private(set) var warnings: [String] = []

  /// Reads a list and opens every file in it.
  ///
  /// - Parameters:
  ///   - path: a file; `-` for standard input.
  ///   - mixesDown: whether sounds are mixed down to one channel.
  /// - Throws: `FileFault`, `AudioFault`; `JobFault.badPairs`.
  init(_ path: String, mixesDown: Bool, strict: Bool) throws {
    let name = path == "-" ? "standard input" : path
    let folder = path == "-" ? "" : PathText.folder(path).map { $0 + "/" } ?? ""
    var rows = try Self.rows(TextFile.bytes(path), name)
    if rows.first?.fields == ["reference", "generated"] { rows.removeFirst() }
    if rows.isEmpty { throw JobFault.badPairs(path: name, line: 1, problem: "it contains no pair") }
    for row in rows {
      guard row.fields.count == 2, !row.fields.contains("") else {
        let problem =
          "a pair is two paths separated by a comma, and this line has \(Plural.text(row.fields.count, "field"))"
        throw JobFault.badPairs(path: name, line: row.line, problem: problem)
      }
      let sounds = try row.fields.map { field in
        let (sound, warnings) = try SoundSelection.sound(
          PathText.isAbsolute(field) ? field : folder + field, name: field, mixesDown: mixesDown, strict: strict)
        self.warnings += warnings
        return sound
      }
      pairs.append((sounds[0], sounds[1]))
    }
  }

  private static func rows(_ bytes: [UInt8], _ name: String) throws -> [CSV.Row] {
    do {
      return try CSV.rows(bytes)
    } catch {
      throw JobFault.badPairs(path: name, line: error.line, problem: error.problem)
    }
  }
}
