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
