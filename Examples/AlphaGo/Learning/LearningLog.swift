import KodamaCheckpoints
import KodamaCore

/// The log of a run: a file with a line of JSON for each entry.
public struct LearningLog: Sendable {
  /// The file.
  public let path: String

  /// A log in a file, which need not be there yet.
  public init(_ path: String) { self.path = path }

  /// The entries; lines that are damaged are left out.
  ///
  /// - Throws: `FileFault.cannotRead`.
  public func entries() throws -> [LearningEntry] {
    if !AtomicFile.exists(path) { return [] }
    let file = try InputFile(path)
    return try file.bytes(0..<file.size).split(separator: UInt8(ascii: "\n")).compactMap { line in
      (try? JSON(parsing: Array(line), path: path)).flatMap { LearningEntry($0) }
    }
  }

  /// Adds an entry. A run that is resumed may repeat iterations, or have a torn line at the end: those are replaced.
  ///
  /// - Throws: `FileFault`.
  func append(_ entry: LearningEntry) throws {
    let lines = try entries().filter { $0.iteration < entry.iteration } + [entry]
    try AtomicFile.write(to: path, existing: .replace) { writer in
      for line in lines { try writer.write(line.json.description + "\n") }
    }
  }
}
