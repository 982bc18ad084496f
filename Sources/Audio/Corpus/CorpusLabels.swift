import Foundation
import KodamaCore

/// The source of the labels of recordings.
public enum CorpusLabels: Sendable, Equatable {
  /// The first folder in a file's path is its "label"; files at the top level have none.
  case folders
  /// A CSV file whose first line names its columns, one of them "path": a path relative to the corpus's folder. The
  /// other columns are labels. Only the files listed belong to the corpus. The file is UTF-8 or UTF-16, with fields
  /// separated by commas, semicolons or tabs.
  case csv(path: String)
  /// The named groups of a pattern are labels, in addition to those of the folders.
  case pattern(LabelPattern)

  /// The labels of listed files by relative path; nil where labels are derived from the paths.
  package func table() throws -> [PathBytes: [String: String]]? {
    guard case .csv(let path) = self else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      _ = try FileStatus(path)
      throw FileFault.cannotRead(path: path, reason: "it is not a readable file")
    }
    let rows: [CSV.Row]
    do { rows = try CSV.rows([UInt8](data)) } catch {
      throw AudioFault.badLabels(path: path, line: error.line, problem: error.problem)
    }
    guard let header = rows.first, let pathColumn = header.fields.firstIndex(of: "path") else {
      throw AudioFault.badLabels(path: path, line: 1, problem: "no column is named \"path\"; begin with path,label")
    }
    var table: [PathBytes: [String: String]] = [:]
    for row in rows.dropFirst() {
      if row.fields.count != header.fields.count {
        let problem = "\(Plural.text(row.fields.count, "field")) where the first line has \(header.fields.count)"
        throw AudioFault.badLabels(path: path, line: row.line, problem: problem)
      }
      // Some programs write "./a.wav" for "a.wav".
      let file = PathText.parts(row.fields[pathColumn]).filter { $0 != "." }.joined(separator: "/")
      if file.isEmpty {
        throw AudioFault.badLabels(path: path, line: row.line, problem: "its path is empty; fill it or remove the row")
      }
      try Self.checkInside(file, list: path)
      var labels = Dictionary(zip(header.fields, row.fields)) { first, _ in first }
      labels["path"] = nil
      if table.updateValue(labels, forKey: PathBytes(file)) != nil {
        throw AudioFault.badLabels(path: path, line: row.line, problem: "\(file) is listed twice")
      }
    }
    return table
  }

  /// A function that derives labels from relative paths.
  package func finder() throws -> (_ path: String) -> [String: String] {
    guard case .pattern(let pattern) = self else { return Self.fromFolders }
    let find = try pattern.finder()
    return { path in Self.fromFolders(path).merging(find(path)) { $1 } }
  }

  /// The label derived from the folders of a relative path.
  private static func fromFolders(_ path: String) -> [String: String] {
    let parts = PathText.parts(path)
    return parts.count == 1 ? [:] : ["label": parts[0]]
  }

  /// Throws where a path points outside the corpus's folder.
  static func checkInside(_ path: String, list: String) throws {
    if !PathText.isInside(path) { throw AudioFault.escapingPath(list: list, path: path) }
  }
}
