import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaCore

/// The files of features that `FeaturesJob` made, or is about to, in a folder: only these are ever replaced or removed.
///
/// They are in `files.json`, with their paths in the folder:
///
///     {"format_version": 1, "files": ["a/b.npy", …]}
///
/// A folder made before there was such a list has the index of its corpus, `corpus.json`, from which the same follows.
package struct FeatureList {
  /// The paths in the folder, each once, in the order of their bytes.
  package private(set) var paths: [String]

  package static let fileName = "files.json"
  private static let formatVersion = 1

  /// The list of a folder; empty where there is none.
  ///
  /// - Parameter index: what an earlier job found in its corpus.
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault` where the list cannot be understood.
  package init(folder: String, index: CorpusIndex?) throws {
    let file = folder + "/" + Self.fileName
    if AtomicFile.exists(file) {
      // Of a corpus of millions it is longer than a configuration may be.
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

  /// Removes the files, and forgets them.
  ///
  /// - Throws: `FileFault.cannotWrite`, with all files still listed.
  package mutating func removeFiles(in folder: String) throws {
    if let left = Folder.removeFiles(paths, in: folder) {
      throw FileFault.cannotWrite(path: left.path, reason: "it cannot be removed: \(left.reason)")
    }
    paths = []
  }

  /// Those of some paths that are not in the list.
  package func missing(of others: [String]) -> [String] {
    let listed = Set(paths.map(PathBytes.init))
    return others.filter { !listed.contains(PathBytes($0)) }
  }

  /// Files of features in a folder that are not in the list, in order.
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

  /// Compared as bytes: names that look alike are names of different files.
  private mutating func sort() {
    let sorted = paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    paths = []
    for path in sorted where paths.last.map({ !$0.utf8.elementsEqual(path.utf8) }) ?? true { paths.append(path) }
  }
}
