#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Folder {
  /// Makes a folder and those above it, where they are missing.
  ///
  /// - Throws: `FileFault.cannotCreate`.
  package static func create(_ path: String) throws {
    var made = PathText.isAbsolute(path) ? "/" : ""
    for part in PathText.parts(path) where !part.isEmpty {
      made += (made.isEmpty || made == "/" ? "" : "/") + part
      if mkdir(made, 0o777) == 0 || Folder.exists(made) { continue }
      throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
    }
  }
}
