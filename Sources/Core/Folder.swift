#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The content of a folder.
package enum Folder {
  /// The names in a folder, sorted by their bytes. Bytes that are not UTF-8 are shown as `\xE9`; such names cannot be
  /// opened.
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

  /// Whether a folder exists.
  package static func exists(_ path: String) -> Bool { kind(path) == S_IFDIR }

  /// Whether a regular file exists.
  package static func hasFile(_ path: String) -> Bool { kind(path) == S_IFREG }

  /// A path without trailing slashes, for messages and for appending names.
  package static func trimmed(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1 && bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(Substring(bytes))
  }

  /// A trimmed path, with a symbolic link replaced by its target, so that renaming moves the folder and not the link.
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
      // The name may be longer than the declared field, so it is read in place and not copied with the entry.
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

extension Folder {
  /// Creates a folder and its missing parents.
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
