#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is in a folder.
package enum Folder {
  /// The names in a folder, sorted by their bytes.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package static func names(_ path: String) throws -> [String] {
    guard let stream = opendir(path) else { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    defer { closedir(stream) }
    return names(in: stream)
  }

  /// Whether a folder is there.
  package static func exists(_ path: String) -> Bool { kind(path) == S_IFDIR }

  /// Whether a regular file is there.
  package static func hasFile(_ path: String) -> Bool { kind(path) == S_IFREG }

  /// A path without slashes at its end, as messages show it and names are appended to it.
  package static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }

  /// A trimmed path; where a symbolic link stands there, that of what it points to, so that renaming moves the folder
  /// and not the link.
  static func resolved(_ path: String) -> String {
    let path = trimmed(path)
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let target = realpath(path, nil) else {
      return path
    }
    defer { free(target) }
    return String(cString: target)
  }

  #if canImport(Glibc)
    typealias Stream = OpaquePointer
  #else
    typealias Stream = UnsafeMutablePointer<DIR>
  #endif

  static func names(in stream: Stream) -> [String] {
    var names: [String] = []
    while let entry = readdir(stream) {
      // The name is longer than the field says it may be, so it is read where it lies and not copied with the entry.
      let field = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
      let name = String(cString: field.assumingMemoryBound(to: CChar.self))
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func kind(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
