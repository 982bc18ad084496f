#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What writers that were ended left under temporary names.
package enum Leftovers {
  /// Something that stays, and why.
  package struct Remark: Sendable, Equatable {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// Removes from a folder the temporary files and folders that are nobody's any more. What is locked, or has another name
  /// than a temporary one, stays; so does a folder that holds anything but files of `names` and temporary ones.
  ///
  /// - Returns: what has a temporary name, is not locked and stays all the same.
  @discardableResult
  package static func remove(in path: String, of names: Set<String> = []) -> [Remark] {
    guard let folder = OpenFolder(path, followingLink: true), let present = try? folder.names() else { return [] }
    return present.filter(TemporaryName.matches).compactMap { name in
      reason(folder, name, names).map { Remark(path: path + "/" + name, reason: $0) }
    }
  }

  /// Removes the temporary files that are nobody's any more from the folders of some paths.
  package static func remove(besides paths: [String]) {
    for folder in Set(paths.map(AtomicFile.folder)) { remove(in: folder) }
  }

  /// Why a leftover stays; nil where it does not, or is none.
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
