import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaCore

/// The list of the files that `FeaturesJob` wrote, or is about to write, in a folder; only these are ever replaced or
/// removed.
///
/// It is stored in `files.json`, with paths relative to the folder:
///
///     {"format_version": 1, "files": ["a/b.npy", …]}
///
/// For a folder written before the list was introduced, the paths are derived from the index of its corpus,
/// `corpus.json`.
package struct FeatureList {
  /// The paths relative to the folder, unique and sorted by their bytes.
  package private(set) var paths: [String]

  package static let fileName = "files.json"
  private static let formatVersion = 1

  /// The list of a folder; empty where there is none.
  ///
  /// - Parameter index: the corpus index of an earlier job.
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault` where the list is invalid.
  package init(folder: String, index: CorpusIndex?) throws {
    let file = folder + "/" + Self.fileName
    if AtomicFile.exists(file) {
      // For a corpus of millions of files it exceeds the size limit of configurations.
      guard let data = FileManager.default.contents(atPath: file) else {
        throw FileFault.cannotRead(path: file, reason: "it is not a readable file")
      }
      let json = try JSON(parsing: [UInt8](data), path: file, valueLimit: .max)
      let version = json["format_version"]?.integer
      if let version, version > Self.formatVersion {
        throw CheckpointFault.futureVersion(path: file, version: version, supported: Self.formatVersion)
      }
      let texts = json["files"]?.array?.map(\.string)
      guard version != nil, let texts, !texts.contains(nil) else {
        throw JSONFault(path: file, offset: 0, problem: "it has no format_version, or files are no texts")
      }
      paths = texts.compactMap { $0 }
    } else {
      paths = (index?.entries ?? []).map { FeatureFolder.fileName(of: $0.path) }
    }
    sort()
  }

  /// Adds paths.
  package mutating func add(_ more: [String]) {
    paths += more
    sort()
  }

  /// Removes the files and clears the list.
  ///
  /// - Throws: `FileFault.cannotWrite`, with all files still listed.
  package mutating func removeFiles(in folder: String) throws {
    if let left = Folder.removeFiles(paths, in: folder) {
      throw FileFault.cannotWrite(path: left.path, reason: "it cannot be removed: \(left.reason)")
    }
    paths = []
  }

  /// The paths that are not in the list.
  package func missing(of others: [String]) -> [String] {
    let listed = Set(paths.map(PathBytes.init))
    return others.filter { !listed.contains(PathBytes($0)) }
  }

  /// Files of features in a folder that are not in the list, sorted.
  package func others(in folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return missing(of: names.filter { $0.hasSuffix(FeatureFolder.fileExtension) }.sorted())
  }

  package func write(toFolder folder: String) throws {
    let document = JSON.object([
      .init("format_version", JSON(Self.formatVersion)), .init("files", .array(paths.map { JSON($0) })),
    ])
    try AtomicFile.write(to: folder + "/" + Self.fileName, existing: .replace) { try $0.write(document.indentedText) }
  }

  /// Compared as bytes, because canonically equivalent names are different files.
  private mutating func sort() {
    let sorted = paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    paths = []
    for path in sorted where paths.last.map({ !$0.utf8.elementsEqual(path.utf8) }) ?? true { paths.append(path) }
  }
}
