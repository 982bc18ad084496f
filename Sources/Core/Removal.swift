#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Temporary files and folders left behind by writers that were killed.
package enum Leftovers {
  /// A path that was not removed, and why.
  package struct Remark: Sendable, Equatable {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// Removes from a folder the temporary files and folders whose writers have ended. Locked ones and other names stay;
  /// so does a temporary folder that contains anything but files of `names` and temporary ones.
  ///
  /// - Returns: unlocked temporary entries that could not be removed.
  @discardableResult
  package static func remove(in path: String, of names: Set<String> = []) -> [Remark] {
    guard let folder = OpenFolder(path, followingLink: true), let present = try? folder.names() else { return [] }
    return present.filter(TemporaryName.matches).compactMap { name in
      reason(folder, name, names).map { Remark(path: path + "/" + name, reason: $0) }
    }
  }

  /// Removes the leftovers in the folders that contain some paths.
  package static func remove(besides paths: [String]) {
    for folder in Set(paths.map(AtomicFile.folder)) { remove(in: folder) }
  }

  /// Why a leftover could not be removed; nil where it was, or is still in use.
  private static func reason(_ folder: OpenFolder, _ name: String, _ names: Set<String>) -> String? {
    switch folder.entry(name) {
    case nil: return nil
    case .file: return folder.unlinkUnlessLocked(name) ? nil : FileFault.reason
    case .link, .other: return "it is neither a file nor a folder"
    case .folder: break
    }
    guard let inner = OpenFolder(folder.path + "/" + name) else { return FileFault.reason }
    if !inner.lock() { return nil }
    do {
      if let other = try inner.obstacle(to: names) { return "it holds \(other)" }
    } catch {
      return "\(error)"
    }
    return inner.removeFiles(names) && rmdir(inner.path) == 0 ? nil : FileFault.reason
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
