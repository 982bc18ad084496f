#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is in a folder.
package enum Folder {
  /// The names in a folder, sorted by their bytes; those that are not UTF-8 with such bytes as `\xE9`, under which nothing
  /// can be opened.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package static func names(_ path: String) throws -> [String] { try entries(path).map(\.name) }

  /// The names in a folder, sorted by their bytes, and whether they are UTF-8. A `String` cannot hold others.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package static func entries(_ path: String) throws -> [(name: String, isUTF8: Bool)] {
    guard let stream = opendir(path) else { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    defer { closedir(stream) }
    return entries(in: stream)
  }

  /// Whether a folder is there.
  package static func exists(_ path: String) -> Bool { kind(path) == S_IFDIR }

  /// Whether a regular file is there.
  package static func hasFile(_ path: String) -> Bool { kind(path) == S_IFREG }

  /// A path without slashes at its end, as messages show it and names are appended to it.
  package static func trimmed(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1 && bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(Substring(bytes))
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

  static func entries(in stream: Stream) -> [(name: String, isUTF8: Bool)] {
    var entries: [(name: String, isUTF8: Bool)] = []
    while let entry = readdir(stream) {
      // The name is longer than the field says it may be, so it is read where it lies and not copied with the entry.
      let field = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
      let entry = TextDecoding.name(field.assumingMemoryBound(to: CChar.self))
      if entry.text != "." && entry.text != ".." { entries.append((entry.text, entry.isUTF8)) }
    }
    return entries.sorted { PathBytes($0.name) < PathBytes($1.name) }
  }

  private static func kind(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
