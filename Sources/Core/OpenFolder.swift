#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open folder. Its entries are examined and removed through the descriptor, whatever its path refers to in the
/// meantime, and no link in it is followed.
final class OpenFolder {
  /// The kind of a directory entry.
  enum Entry {
    case file, folder, link, other
  }

  let path: String
  let descriptor: Int32

  /// - Parameter followingLink: whether `path` may be a link to a folder.
  /// - Returns: nil where it cannot be opened, with the reason in `errno`.
  init?(_ path: String, followingLink: Bool = false) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followingLink ? 0 : O_NOFOLLOW))
    if descriptor < 0 { return nil }
  }

  /// A subfolder; nil where it is a link or cannot be opened.
  private init?(_ name: String, in folder: OpenFolder) {
    path = folder.path + "/" + name
    descriptor = openat(folder.descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// The names in the folder, sorted by their bytes.
  ///
  /// - Throws: `FileFault.cannotRead`.
  func names() throws -> [String] {
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else {
      let reason = FileFault.reason
      if copy >= 0 { close(copy) }
      throw FileFault.cannotRead(path: path, reason: reason)
    }
    defer { closedir(stream) }
    return Folder.entries(in: stream).map(\.name)
  }

  /// The kind of an entry; nil where there is none.
  func entry(_ name: String) -> Entry? {
    var status = stat()
    if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  }

  /// Locks the folder for this process; false where another process holds the lock, or the file system has no locks.
  func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Removes a file or a link; a folder stays.
  func unlink(_ name: String) -> Bool { unlinkat(descriptor, name, 0) == 0 }

  /// Removes a file unless a writer has it locked.
  ///
  /// - Returns: false where the file is unlocked and could not be removed.
  func unlinkUnlessLocked(_ name: String) -> Bool {
    // Without O_NONBLOCK, opening a pipe of this name would wait for a writer.
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if file < 0 { return errno == ENOENT }
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) != 0 || unlink(name)
  }

  /// The first entry that is neither a file of `names` nor a temporary file; nil where there is none.
  func obstacle(to names: Set<String>) throws -> String? {
    for name in try self.names() {
      guard let entry = entry(name) else { continue }
      if entry == .folder { return "the folder \(name)" }
      if !names.contains(name) && !(entry == .file && TemporaryName.matches(name)) { return name }
    }
    return nil
  }

  /// Removes the files of the given names, and temporary files.
  ///
  /// - Returns: whether all of these were removed.
  func removeFiles(_ names: Set<String>) -> Bool {
    guard let present = try? self.names() else { return false }
    var isDone = true
    for name in present where names.contains(name) || TemporaryName.matches(name) {
      guard let entry = entry(name), entry != .folder else { continue }
      isDone = unlink(name) && isDone
    }
    return isDone
  }
}

extension OpenFolder {
  /// Removes a file or a link below this folder, without following links on the way.
  ///
  /// - Parameter path: relative to this folder, such as `a/b.npy`.
  /// - Returns: the reason why it was not removed; nil on success or where it did not exist.
  func remove(_ path: String) -> String? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    if parts.contains(where: { ["", ".", ".."].contains($0) }) { return "its path leads elsewhere" }
    var folder = self
    for part in parts.dropLast() {
      switch folder.entry(part) {
      case nil: return nil
      case .folder: break
      case .file, .link, .other: return "\(folder.path)/\(part) is no folder, and links are not followed"
      }
      guard let next = OpenFolder(part, in: folder) else { return FileFault.reason }
      folder = next
    }
    let name = parts[parts.count - 1]
    switch folder.entry(name) {
    case nil: return nil
    case .folder: return "it is a folder"
    case .file, .link, .other: return folder.unlink(name) ? nil : FileFault.reason
    }
  }
}
