#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Names for what was made and cannot have its own name: `out-kept.wav`, `out-kept-2.wav` and so on for `out.wav`.
package enum KeptName {
  /// Renames a file or a folder to the first such name that nothing has.
  ///
  /// - Returns: the path.
  /// - Throws: `FileFault.cannotCreate`.
  package static func give(_ source: String, insteadOf path: String) throws -> String {
    let (stem, suffix) = parts(path)
    for number in 1...1_000 {
      let kept = stem + (number == 1 ? "-kept" : "-kept-\(number)") + suffix
      if Rename.withoutReplacing(source, kept) { return kept }
      if errno == ENAMETOOLONG {
        // The name has no room for more: one that is short in its place.
        return try TemporaryName.make(beside: path) { temporary in
          let folder = AtomicFile.folder(of: temporary)
          let kept = folder + "/kept" + TemporaryName.random() + (suffix.utf8.count <= 16 ? suffix : "")
          return Rename.withoutReplacing(source, kept) ? kept : nil
        }
      }
      if errno != EEXIST { break }
    }
    throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
  }

  /// A path before and after the place for more of its name: before the extension of a file.
  private static func parts(_ path: String) -> (stem: String, suffix: String) {
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    guard let dot = path.utf8[name...].lastIndex(of: UInt8(ascii: ".")), dot > name else { return (path, "") }
    return (String(path[..<dot]), String(path[dot...]))
  }
}
