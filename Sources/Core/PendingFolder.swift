#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of files filled under a temporary name in the parent folder of its path, and renamed when it is complete.
/// If it is released or discarded before that, nothing is left behind.
package final class PendingFolder {
  /// The temporary path that it is filled under.
  package let path: String
  /// Its final path.
  package let target: String
  private let names: Set<String>
  private let folder: OpenFolder
  private var isOpen = true

  /// Creates an empty folder in the parent folder of `target`.
  ///
  /// - Parameter names: the names of the files that it will contain.
  /// - Throws: `FileFault.cannotCreate`.
  package init(for target: String, of names: Set<String>) throws {
    self.target = target
    self.names = names
    folder = try TemporaryName.make(beside: target) { temporary in
      if mkdir(temporary, 0o777) != 0 { return nil }
      guard let folder = OpenFolder(temporary) else {
        let reason = errno
        rmdir(temporary)
        errno = reason
        return nil
      }
      if TemporaryName.claim(temporary, folder.descriptor) { return folder }
      errno = EEXIST
      return nil
    }
    path = folder.path
  }

  deinit { discard() }

  /// Synchronizes the folder to the disk and renames it to its path, which must be free.
  ///
  /// - Throws: `FileFault.appeared` where something took the name in the meantime: the folder is then kept under
  ///   another name; `FileFault.cannotCreate`.
  package func publish() throws {
    AtomicFile.synchronizeFolder(path)
    if !Rename.withoutReplacing(path, target) {
      if !Rename.isTaken(errno) { throw FileFault.cannotCreate(path: target, reason: FileFault.reason) }
      throw try kept(from: path)
    }
    isNamed()
  }

  /// Synchronizes the folder to the disk and renames it to its path, replacing whatever exists there.
  ///
  /// - Returns: the temporary path of what was replaced; nil for nothing.
  /// - Throws: `FileFault.cannotCreate`.
  package func replace() throws -> String? {
    AtomicFile.synchronizeFolder(path)
    // The target may appear and disappear in the meantime.
    for _ in 0..<8 {
      if Rename.withoutReplacing(path, target) {
        isNamed()
        return nil
      }
      if !Rename.isTaken(errno) { break }
      if Rename.exchanging(path, target) {
        isNamed()
        return path
      }
      if errno != ENOENT { break }
    }
    throw FileFault.cannotCreate(path: target, reason: FileFault.reason)
  }

  /// Restores what `replace` replaced.
  ///
  /// - Returns: the error to throw, with the path under which the new folder is kept.
  func takeBack(_ former: String) throws -> FileFault {
    if !Rename.exchanging(former, target) {
      throw FileFault.cannotCreate(path: target, reason: FileFault.reason)
    }
    return try kept(from: former)
  }

  /// Removes what was written. Does nothing once the folder has its final name.
  package func discard() {
    if !isOpen { return }
    isOpen = false
    if folder.removeFiles(names) { rmdir(path) }
  }

  private func isNamed() {
    isOpen = false
    AtomicFile.synchronizeFolder(AtomicFile.folder(of: target))
  }

  private func kept(from path: String) throws -> FileFault {
    let kept = try KeptName.give(path, insteadOf: target)
    isNamed()
    return .appeared([.init(path: target, kept: kept)])
  }
}
