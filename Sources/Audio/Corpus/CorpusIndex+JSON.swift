import Foundation
import KodamaCore

extension CorpusIndex {
  private struct Document: Codable {
    var formatVersion = 1
    var entries: [CorpusEntry]
    var failures: [CorpusFailure]
    var ignored: [String]
  }

  /// Writes the index as JSON, without the folder's own path, so that the folder can move.
  ///
  /// - Throws: `FileFault`.
  public func save(to path: String, existing: AtomicFile.Existing = .replace) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(Document(entries: entries, failures: failures, ignored: ignored))
    try AtomicFile.write(to: path, existing: existing) { try $0.write(Array(data)) }
  }

  /// Reads the index of a folder from JSON; what it says is checked before it is believed.
  ///
  /// - Throws: `FileFault.cannotRead`; `AudioFault.badIndex`, `.escapingPath`.
  public static func load(_ path: String, folder: String) throws -> CorpusIndex {
    let data = Data(try RegularFile.read(path))
    struct Version: Decodable { let formatVersion: Int }
    let decoder = JSONDecoder()
    let document: Document
    do {
      let version = try decoder.decode(Version.self, from: data).formatVersion
      if version != 1 { throw AudioFault.badIndex(path: path, problem: "format version \(version), not 1") }
      document = try decoder.decode(Document.self, from: data)
    } catch let error as DecodingError {
      throw AudioFault.badIndex(path: path, problem: "\(error)")
    }
    for entry in document.entries {
      try CorpusLabels.checkInside(entry.path, list: path)
      if let problem = entry.problem {
        throw AudioFault.badIndex(path: path, problem: "\(entry.path): \(problem)")
      }
    }
    if zip(document.entries, document.entries.dropFirst()).contains(where: { PathBytes($0.path) >= PathBytes($1.path) })
    {
      throw AudioFault.badIndex(path: path, problem: "its entries are not sorted by path, each once")
    }
    return CorpusIndex(
      folder: folder, entries: document.entries, failures: document.failures, ignored: document.ignored)
  }
}

extension CorpusEntry {
  /// What no measured file can have.
  fileprivate var problem: String? {
    if !AudioLimits.frames.contains(frames) { return "frames: \(frames)" }
    if !AudioLimits.sampleRates.contains(sampleRate) { return "sampleRate: \(sampleRate)" }
    if !AudioLimits.channels.contains(channels) { return "channels: \(channels)" }
    return nil
  }
}
