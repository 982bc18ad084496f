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

extension Folder {
  /// Removes a folder that contains only files of the given names. It is renamed first, so that no one sees it half
  /// emptied.
  ///
  /// Where `path` is a symbolic link, the link is removed and what it points to stays. A folder that contains anything
  /// else is left untouched.
  ///
  /// - Returns: the reason why it was not removed; nil on success.
  package static func remove(_ path: String, of names: Set<String>) -> String? {
    var status = stat()
    if lstat(path, &status) != 0 { return errno == ENOENT ? nil : FileFault.reason }
    if status.st_mode & S_IFMT == S_IFLNK { return unlink(path) == 0 ? nil : FileFault.reason }
    if status.st_mode & S_IFMT != S_IFDIR { return "it is not a folder" }
    guard let folder = OpenFolder(path) else { return FileFault.reason }
    do {
      if let other = try folder.obstacle(to: names) { return "it holds \(other)" }
      // While it is locked, other processes do not treat it as a leftover.
      _ = folder.lock()
      let hidden = try TemporaryName.make(beside: path) { Rename.withoutReplacing(path, $0) ? $0 : nil }
      if folder.removeFiles(names) && rmdir(hidden) == 0 { return nil }
      // Something was added to it at the last moment.
      let reason = FileFault.reason
      return "\(reason); what is left of it is \(hidden)"
    } catch {
      return "\(error)"
    }
  }

  /// Removes listed files, given by their paths in a folder; links are removed, not followed.
  ///
  /// - Returns: the first file that was not removed, and why; nil on success.
  package static func removeFiles(_ paths: [String], in folder: String) -> Leftovers.Remark? {
    guard let open = OpenFolder(folder, followingLink: true) else {
      return .init(path: folder, reason: FileFault.reason)
    }
    for path in paths {
      if let reason = open.remove(path) { return .init(path: folder + "/" + path, reason: reason) }
    }
    return nil
  }
}
