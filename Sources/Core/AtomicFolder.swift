#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders of files that appear whole or not at all: filled under a temporary name in the same parent folder,
/// synchronized to the disk, and renamed.
package enum AtomicFolder {
  /// Throws unless a folder can be written at `path`. To be called before long work, so that none is lost to a wrong
  /// name.
  ///
  /// - Parameter replaceable: the names that may be lost when a folder is replaced. A folder that contains anything
  ///   else is refused.
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  package static func check(_ path: String, existing: AtomicFile.Existing, replaceable: Set<String>) throws {
    let path = Folder.resolved(path)
    if let folder = OpenFolder(path) {
      if existing == .refuse { throw FileFault.exists(path: path) }
      if let other = try folder.obstacle(to: replaceable) {
        throw FileFault.cannotCreate(path: path, reason: "the folder holds \(other), which would be lost")
      }
    } else {
      var status = stat()
      let reason = FileFault.reason
      if lstat(path, &status) == 0 {
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        throw FileFault.cannotCreate(path: path, reason: isFolder ? reason : "it is not a folder")
      }
      if errno != ENOENT { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    }
    let parent = AtomicFile.folder(of: path)
    if access(parent, W_OK) != 0 { throw FileFault.cannotCreate(path: path, reason: "\(parent): \(FileFault.reason)") }
  }

  /// Creates a folder under a temporary path, which is passed to `body` to fill; if that throws, nothing is left
  /// behind. `body` writes only files named in `replaceable`, through `AtomicFile`, and creates no folders.
  ///
  /// - Throws: as `check`, and whatever `body` throws; `FileFault.appeared` where something appeared in the meantime
  ///   that must not be lost: the new folder is then kept under another name.
  package static func write<R>(
    to path: String, existing: AtomicFile.Existing, replaceable: Set<String>, _ body: (String) throws -> R
  ) throws -> R {
    let path = Folder.resolved(path)
    try check(path, existing: existing, replaceable: replaceable)
    Leftovers.remove(in: AtomicFile.folder(of: path), of: replaceable)
    let pending = try PendingFolder(for: path, of: replaceable)
    defer { pending.discard() }
    let result = try body(pending.path)
    switch existing {
    case .refuse: try pending.publish()
    case .replace:
      if let former = try pending.replace() {
        // Something may have been added to it since the check.
        guard let folder = OpenFolder(former), (try? folder.obstacle(to: replaceable)) == .some(nil) else {
          throw try pending.takeBack(former)
        }
        if !folder.removeFiles(replaceable) || rmdir(former) != 0 {
          _ = try KeptName.give(former, insteadOf: path)
        }
      }
    }
    return result
  }
}
