#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Folder {
  /// Removes a folder of files of some names. It goes away at once by renaming, so that it is never seen half emptied.
  ///
  /// Where `path` is a symbolic link, the link is removed and what it points to stays. A folder that holds anything else
  /// stays whole.
  ///
  /// - Returns: why it stays; nil where it is gone.
  package static func remove(_ path: String, of names: Set<String>) -> String? {
    var status = stat()
    if lstat(path, &status) != 0 { return errno == ENOENT ? nil : FileFault.reason }
    if status.st_mode & S_IFMT == S_IFLNK { return unlink(path) == 0 ? nil : FileFault.reason }
    if status.st_mode & S_IFMT != S_IFDIR { return "it is not a folder" }
    guard let folder = OpenFolder(path) else { return FileFault.reason }
    do {
      if let other = try folder.obstacle(to: names) { return "it holds \(other)" }
      // Locked, it is no leftover to another process.
      _ = folder.lock()
      let hidden = try TemporaryName.make(beside: path) { Rename.withoutReplacing(path, $0) ? $0 : nil }
      if folder.removeFiles(names) && rmdir(hidden) == 0 { return nil }
      // Something came into it at the last moment.
      let reason = FileFault.reason
      return "\(reason); what is left of it is \(hidden)"
    } catch {
      return "\(error)"
    }
  }

  /// Removes files that are listed, each by its path in a folder; links are removed and not followed.
  ///
  /// - Returns: the first that stays, and why; nil where all are gone.
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
