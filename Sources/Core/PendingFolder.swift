#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of files that is being filled beside its place under a temporary name, and gets its own when it is whole.
/// Dropped or discarded before that, it leaves nothing.
package final class PendingFolder {
  /// Where it is filled.
  package let path: String
  /// What it will be called.
  package let target: String
  private let names: Set<String>
  private let folder: OpenFolder
  private var isOpen = true

  /// Makes an empty folder beside `target`.
  ///
  /// - Parameter names: those of the files that it is filled with.
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

  /// Brings it to the disk and gives it its name, which nothing has.
  ///
  /// - Throws: `FileFault.appeared` where something took the name meanwhile: the folder is kept under another one;
  ///   `FileFault.cannotCreate`.
  package func publish() throws {
    AtomicFile.synchronizeFolder(path)
    if !Rename.withoutReplacing(path, target) {
      if !Rename.isTaken(errno) { throw FileFault.cannotCreate(path: target, reason: FileFault.reason) }
      throw try kept(from: path)
    }
    isNamed()
  }

  /// Brings it to the disk and gives it its name in the place of whatever is there.
  ///
  /// - Returns: the temporary path of what was there; nil for nothing.
  /// - Throws: `FileFault.cannotCreate`.
  package func replace() throws -> String? {
    AtomicFile.synchronizeFolder(path)
    // What is there can come and go meanwhile.
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

  /// Gives the name back to what had it before `replace`.
  ///
  /// - Returns: what to throw: it says under which name the new folder is kept.
  func takeBack(_ former: String) throws -> FileFault {
    if !Rename.exchanging(former, target) {
      throw FileFault.cannotCreate(path: target, reason: FileFault.reason)
    }
    return try kept(from: former)
  }

  /// Gives up what was written. Does nothing after it got its name.
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
